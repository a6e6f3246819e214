--- Films, moving pictures, stills and figures in pages that pandoc or Quarto makes, from blocks ```{descent} Film```.
--  Metadata: descent-media-dir (_descent), descent-render (true), descent-theme (auto), descent-command (descent).

local blocks = {}

local function words(value, default)
  return value == nil and default or pandoc.utils.stringify(value)
end

--- The argument and the lines of a block; nil if it is another's.
local function ours(block)
  if block.t == "CodeBlock" and (block.classes:includes("descent") or block.classes:includes("{descent}")) then
    local argument, lines = "", {}
    for line in (block.text .. "\n"):gmatch("(.-)\n") do
      if argument == "" and #lines == 0 and not line:match("^%s*:") then argument = line else lines[#lines + 1] = line end
    end
    return { argument = argument, lines = pandoc.List(lines) }
  end
  -- What pandoc's own Markdown makes of ```{descent} Film: code in a paragraph, its line ends lost.
  if block.t == "Para" and #block.content == 1 and block.content[1].t == "Code" then
    local rest = (block.content[1].text .. " "):match("^{descent}%s+(.*)$")
    if rest then
      local argument, lines = rest:match("^(.-)%s*$"), {}
      local first = (" " .. rest):find("%s:[%a-]+:%s")
      if first then
        argument = rest:sub(1, first - 1)
        local options = (" " .. rest):sub(first)
        for option in options:gsub("%s(:[%a-]+:%s)", "\n%1"):gmatch("[^\n]+") do
          if option:match("%S") then lines[#lines + 1] = option:match("^%s*(.-)%s*$") end
        end
      end
      return { argument = argument, lines = pandoc.List(lines) }
    end
  end
end

local function collect(block)
  local found = ours(block)
  if found then blocks[#blocks + 1] = found end
end

--- The folders on the way to a path from the root.
local function way(path)
  if pandoc.path.is_relative(path) then path = pandoc.path.join({ pandoc.system.get_working_directory(), path }) end
  local parts = {}
  for part in path:gmatch("[^/\\]+") do
    if part == ".." then parts[#parts] = nil elseif part ~= "." then parts[#parts + 1] = part end
  end
  return parts
end

--- The media folder as the page that is written finds it, percent-encoded.
local function address(folder)
  local output, same, steps = PANDOC_STATE.output_file, 0, {}
  local from, to = way(output and pandoc.path.directory(output) or "."), way(folder)
  while from[same + 1] and from[same + 1] == to[same + 1] do same = same + 1 end
  for _ = same + 1, #from do steps[#steps + 1] = ".." end
  for k = same + 1, #to do
    steps[#steps + 1] = to[k]:gsub("[^%w._~-]", function(c) return ("%%%02X"):format(c:byte()) end)
  end
  return #steps == 0 and "." or table.concat(steps, "/")
end

local function inlines(text)
  local document = pandoc.read(text, "markdown")
  return pandoc.utils.blocks_to_inlines(document.blocks)
end

local function split(text)
  local found = {}
  for word in text:gmatch("%S+") do found[#found + 1] = word end
  return found
end

local function is_page()
  return FORMAT:match("html") or FORMAT:match("revealjs") or FORMAT:match("slidy")
end

local function shown(element)
  local content
  if element.html == "" then
    content = pandoc.Para({ pandoc.Emph({ pandoc.Str(element.alt) }) })
  elseif is_page() then
    content = pandoc.RawBlock("html", element.html)
  else
    content = pandoc.Plain({ pandoc.Image({ pandoc.Str(element.alt) }, element.picture) })
  end
  local place = pandoc.Attr(element.name, { "descent-media", table.unpack(split(element.class)) })
  if element.caption == "" then return pandoc.Div({ content }, place) end
  return pandoc.Figure({ content }, { long = { pandoc.Plain(inlines(element.caption)) } }, place)
end

local function make(document)
  if #blocks == 0 then return nil end
  local meta = document.meta
  local folder = words(meta["descent-media-dir"], "_descent")
  local input = PANDOC_STATE.input_files[1]
  local page = input and input ~= "-" and pandoc.path.directory(input) or "."
  local arguments = { "media", "-o", folder, "--address", address(folder), "--page", page, "--theme", words(meta["descent-theme"], "auto") }
  if meta["descent-render"] ~= nil then
    arguments[#arguments + 1] = meta["descent-render"] and words(meta["descent-render"]) ~= "false" and "--render" or "--no-render"
  end
  local printed = pandoc.pipe(words(meta["descent-command"], "descent"), arguments, pandoc.json.encode(pandoc.List(blocks)))
  local made = pandoc.json.decode(printed, false)
  local number = 0
  local function replace(block)
    if not ours(block) then return nil end
    number = number + 1
    local element = made.blocks[number]
    if element.problem ~= "" then
      io.stderr:write(("[WARNING] %s, block %d of descent: %s\n"):format(input or "-", number, element.problem))
    end
    return element.alt == "" and {} or shown(element)
  end
  document = document:walk({ traverse = "topdown", CodeBlock = replace, Para = replace })
  if is_page() then document.blocks:insert(pandoc.RawBlock("html", "<script>" .. made.script .. "</script>")) end
  return document
end

return {
  { traverse = "topdown", CodeBlock = collect, Para = collect },
  { Pandoc = make },
}
