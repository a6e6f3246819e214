"use strict";
/* What is on screen, as text: a command, a TOML file, Python. What cannot be written is a sentence that says why. */
const literal = (text) => JSON.stringify(text).replaceAll("\u007f", "\\u007f"); // for Python and TOML
const quoted = (text) => (/^[\w./:,=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`); // a word of a shell

/* The settings of an optimizer as they are now: those that it was given, and those that were moved. */
function settingsNow(run, language) {
  const found = new Map(run.optimizer.settings.map(([name, text, python]) => [name, language === "python" ? python : text]));
  const whole = (name) => run.sliders.some((slider) => slider.name === name && slider.whole);
  run.settings.forEach(([name, value], k) => {
    if (run.p[k] === value) return;
    const [key, index] = name.split(".");
    if (index === undefined) return void found.set(key, typed(run.p[k], whole(name)));
    const parts = run.settings.flatMap(([each], i) => (each.startsWith(`${key}.`) ? [typed(run.p[i], false)] : []));
    found.set(key, `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`);
  });
  return found;
}

function scheduleNow(run, language) {
  const found = new Map(run.schedule.settings.map(([name, text, python]) => [name, language === "python" ? python : text]));
  if (run.notch) {
    const table = run.rates[run.notch.table], before = found.get(table.name);
    found.set(table.name, typed(table.values[run.notch.at], /^-?\d+$/.test(before) && Number.isInteger(table.values[run.notch.at])));
  }
  return found;
}

const called = (settings) => [...settings].map(([name, text]) => `${name}=${text}`).join(", ");
const call = (name, settings) => (settings.size ? `${name}(${called(settings)})` : name);
const partial = (name, settings) => `partial(${[name, ...(settings.size ? [called(settings)] : [])].join(", ")})`;
const asText = (run) => call(run.optimizer.text, settingsNow(run, "text")) + (run.schedule ? ` + ${call(run.schedule.text, scheduleNow(run, "text"))}` : "");
const MOST_NAMED = 80; // characters of a name that `descent animate` takes

/* A run's own name; with a number where a run that is another has it too. */
const nameNow = (run) => (run.called && runs.some((other) => other.called === run.called && asText(other) !== asText(run)) ? run.title : run.called);
const startOf = (run) => run.start.map((w) => typed(w, Number.isInteger(w)));

/* Why runs cannot be written; the second, by a command. */
function unwritten(run) {
  const why = run.optimizer.why || (run.schedule && run.schedule.why);
  return why ? `${run.title} cannot be written: ${why}.` : "";
}

/* The settings that are no numbers. */
const fixedOf = (run) => [...settingsNow(run, "text")].filter(([key]) => !run.settings.some(([name]) => name.split(".")[0] === key));

function noCommand() {
  const odd = runs.map(unwritten).find(Boolean);
  if (odd) return odd;
  const long = runs.find((run) => [...run.called].length > MOST_NAMED);
  if (long) return `${long.title} has a longer name than a command takes: copy it as Python.`;
  const same = runs.map((run) => JSON.stringify([run.optimizer.text, run.p, fixedOf(run), run.schedule && [...scheduleNow(run, "text")], run.start, run.steps, run.more]));
  const twice = runs.find((_, k) => same.indexOf(same[k]) < k);
  if (twice) return `${twice.title} is there twice, and a film shows each run once: change or remove one of the two.`;
  const more = runs.find((run) => run.more.length);
  if (more) return `No command takes ${more.more[0]} of ${more.title}: copy it as Python.`;
  return page.ground.key ? "" : `The surface ${page.surface} stands in no file that a command could name: copy it as Python.`;
}

/* A title says what the file's runs do; of others it may not be true. */
const titleNow = () => (page.titled && JSON.stringify(taken()) === JSON.stringify(FIRST) ? page.title : "");
const viewed = () => (page.ground.viewed || page.ground.key === "data" ? [] : page.domain.flat());

function toml() {
  const lines = [`${page.ground.key} = ${literal(page.ground.text)}`];
  if (page.ground.standardize) lines.push("standardize = true");
  if (viewed().length) lines.push(`domain = [${viewed().map((w) => typed(w)).join(", ")}]`);
  if (titleNow()) lines.push(`title = ${literal(titleNow())}`);
  for (const run of runs) {
    lines.push("", "[[runs]]", `optimizer = ${literal(asText(run))}`, `start = [${startOf(run).join(", ")}]`, `steps = ${run.steps}`);
    if (run.called) lines.push(`label = ${literal(nameNow(run))}`);
  }
  return `${lines.join("\n")}\n`;
}

/* One line if every run starts at every start and all take as many steps; else a file, and the command that reads it. */
function command() {
  const words = runs.map((run) => `${run.called ? `${nameNow(run)} = ` : ""}${asText(run)}`), starts = runs.map((run) => startOf(run).join(","));
  const [own, from] = [[...new Set(words)], [...new Set(starts)]];
  const every = own.length * from.length === runs.length && runs.every((run, k) => words[k] === own[Math.floor(k / from.length)] && starts[k] === from[k % from.length]);
  if (!every || runs.some((run) => run.steps !== runs[0].steps || !isPlain(run.called))) {
    const text = toml(), end = ["END", "END_OF_RACE"].find((word) => !text.split("\n").includes(word));
    return `cat > from-page.toml <<'${end}'\n${text}${end}\ndescent animate from-page.toml\n`;
  }
  const options = [[`--${page.ground.key}`, page.ground.text], ...from.map((start) => ["--start", start]), ["--steps", String(runs[0].steps)]];
  if (viewed().length) options.push(["--domain", viewed().map((w) => typed(w)).join(",")]);
  if (titleNow()) options.push(["--title", titleNow()]);
  const parts = [...options.map(([option, value]) => `${option} ${quoted(value)}`), ...(page.ground.standardize ? ["--standardize"] : []), ...own.map(quoted)];
  return `descent animate ${parts.join(" ")}\n`;
}

/* A name that can stand before an equals sign, and is not taken for an option. */
const isPlain = (name) => !/[=()[\]{}]/.test(name) && !name.startsWith("-");

function python() {
  if (page.ground.key === "data") return pythonOfData();
  const { imports, python: surface } = page.ground, known = new Set(["from functools import partial", "from descent import Run", "from descent import explore", ...imports]);
  const lines = runs.map((run) => {
    [run.optimizer, run.schedule, run].forEach((each) => each && each.imports.forEach((line) => known.add(line)));
    const parts = ["surface", partial(run.optimizer.python, settingsNow(run, "python")), `(${startOf(run).join(", ")})`, String(run.steps)];
    if (run.schedule) parts.push(partial(run.schedule.python, scheduleNow(run, "python")));
    return `    Run(${[...parts, ...run.more, ...(run.called ? [`name=${literal(nameNow(run))}`] : [])].join(", ")}),`;
  });
  const ground = surface ? `surface = ${surface}\n` : `# surface: your own, ${literal(page.surface)}\n`, title = titleNow();
  return `${importLines(known)}\n\n${ground}runs = [\n${lines.join("\n")}\n]\nexplore(runs, "page.html"${title ? `, title=${literal(title)}` : ""})\n`;
}

/* Points in a file: descent.animate takes what a TOML file says. */
function pythonOfData() {
  const lines = runs.map((run) => {
    const parts = [`"optimizer": ${literal(asText(run))}`, `"start": [${startOf(run).join(", ")}]`, `"steps": ${run.steps}`, ...(run.called ? [`"label": ${literal(nameNow(run))}`] : [])];
    return `    {${parts.join(", ")}},`;
  });
  const options = [`data=${literal(page.ground.text)}`, ...(page.ground.standardize ? ["standardize=True"] : []), ...(titleNow() ? [`title=${literal(titleNow())}`] : [])];
  return `from descent import animate\n\nanimate(\n${lines.join("\n")}\n    ${options.join(", ")},\n)\n`;
}

/* Imports, those of one module in one line. */
function importLines(known) {
  const of = new Map(), whole = [];
  for (const line of known) {
    const [, module, name] = /^from (\S+) import (\S+)$/.exec(line) || [];
    if (module) of.set(module, [...(of.get(module) || []), name]);
    else whole.push(line);
  }
  const later = ([module]) => Number(!["dataclasses", "functools"].includes(module)); // Python's own come first
  return [...whole.sort(), ...[...of].sort().sort((one, other) => later(one) - later(other)).map(([module, names]) => `from ${module} import ${names.sort().join(", ")}`)].join("\n");
}

/* The text in a language, or why there is none. */
function writtenAs(language) {
  if (language === "python") {
    const odd = runs.map(unwritten).find(Boolean) || (page.ground.key === "data" ? noCommand() : "");
    return odd ? { why: odd } : { text: python() };
  }
  const why = noCommand();
  return why ? { why } : { text: language === "toml" ? toml() : command() };
}
