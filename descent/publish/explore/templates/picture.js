"use strict";
/* The picture to keep: title, map, curves and what the runs are, twice as sharp as on screen, whatever the window. */
const PICTURE = { width: 1280, edge: 32, gap: 36, map: 720, twice: 2, line: 1.4 };

/* A text in lines of a width; a word that is longer is broken. */
function inLines(pen, text, width) {
  const lines = [];
  let line = "";
  const fits = (words) => pen.measureText(words).width <= width;
  for (const word of text.split(/\s+/).filter(Boolean)) {
    let rest = word;
    if (line && fits(`${line} ${rest}`)) {
      line += ` ${rest}`;
      continue;
    }
    if (line) lines.push(line);
    while (!fits(rest) && rest.length > 1) {
      let most = rest.length - 1;
      while (most > 1 && !fits(rest.slice(0, most))) most--;
      lines.push(rest.slice(0, most));
      rest = rest.slice(most);
    }
    line = rest;
  }
  return line ? [...lines, line] : lines;
}

/* Where everything stands, in pixels of the screen; heights follow from the texts. */
function layOut(pen) {
  const { width, edge, gap } = PICTURE, sized = (size, weight) => `${weight} ${size}px ${look.font}`;
  pen.font = sized(28, 650);
  const title = { size: 28, weight: 650, lines: inLines(pen, page.title, width - 2 * edge), x: edge, y: edge };
  const top = edge + title.lines.length * 28 * PICTURE.line + 12, wide = Math.min(PICTURE.map, PICTURE.map * page.axes.ratio);
  const map = { x: edge + 44, y: top, width: wide, height: wide / page.axes.ratio };
  const column = { x: map.x + map.width + gap, width: width - edge - map.x - map.width - gap };
  const loss = { ...column, y: top + 20, height: 210 }, rate = { ...column, y: loss.y + loss.height + 34, height: 130 };
  const panels = page.panels.map((panel, k) => ({ panel, ...column, y: rate.y + (rate.height + 34) * (k + 1), height: 130 }));
  let y = rate.y + (rate.height + 34) * (panels.length + 1) - 14;
  const keys = runs.map((run) => {
    pen.font = sized(15, 600);
    const name = inLines(pen, run.title, column.width - 30);
    pen.font = sized(14, 400);
    const texts = [toldOf(run), readout(run, Math.floor(clock + 1e-9))].flatMap((text) => inLines(pen, text, column.width - 30));
    const key = { run, x: column.x, y, name, texts };
    y += (name.length * 15 + texts.length * 14) * PICTURE.line + 8;
    return key;
  });
  const notes = [`step ${Math.floor(clock + 1e-9)} of ${last}`, byId("scales").textContent, arrowsTold()].filter(Boolean).join(" · ");
  pen.font = sized(14, 400);
  const foot = { size: 14, weight: 400, lines: inLines(pen, notes, map.width), x: map.x, y: map.y + map.height + 34 };
  const height = Math.ceil(Math.max(y, foot.y + foot.lines.length * 14 * PICTURE.line) + edge - 8);
  return { title, map, loss, rate, panels, keys, foot, height };
}

/* A run's settings as they are now, in a line. */
function toldOf(run) {
  if (!run.live) return run.record.kept.length ? "recorded" : run.label;
  const given = new Set(run.optimizer.settings.map(([name]) => name));
  const shown = run.settings.filter(([name, value], k) => given.has(name.split(".")[0]) || run.p[k] !== value || name === "lr");
  const told = shown.map(([name]) => `${spoken(name)} ${setting(run.p[run.settings.findIndex(([each]) => each === name)])}`);
  const moved = run.notch ? ` with ${run.rates[run.notch.table].name} ${setting(run.rates[run.notch.table].values[run.notch.at])}` : "";
  return [`${run.name} ${told.join(" ")}`, ...(run.scheduler ? [`${run.scheduler}${moved}`] : [])].join(" · ");
}

/* Which arrows there are, and how many times their length. */
function arrowsTold() {
  const run = insideRun(), row = run && rowNow(run).row;
  return row ? `Arrows: ${arrowsOf(run, row).map((arrow) => `${arrow.name} × ${quantity(inside.scales(arrow))}`).join(", ")}` : "";
}

function drawPicture() {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), plan = layOut(pen), { twice, width } = PICTURE;
  [canvas.width, canvas.height] = [twice * width, twice * plan.height];
  const within = ({ x, y, width, height }, paint) => {
    pen.save();
    pen.setTransform(twice, 0, 0, twice, twice * x, twice * y);
    pen.beginPath();
    paint({ pen, width, height });
    pen.restore();
  };
  pen.setTransform(twice, 0, 0, twice, 0, 0);
  pen.fillStyle = look.background;
  pen.fillRect(0, 0, width, plan.height);
  within(plan.map, (part) => {
    pen.rect(0, 0, part.width, part.height);
    pen.clip();
    drawMap(part, page, runs, clock, look, basinsNow(), false);
    drawInside(part);
  });
  drawAxes(pen, plan.map);
  const low = ratesOrLengths(runs.map((run) => run.path));
  within(plan.loss, (part) => drawLosses(part, runs));
  within(plan.rate, (part) => drawRates(part, runs));
  for (const { panel, ...box } of plan.panels) within(box, (part) => drawPanel(part, panel, runs));
  const told = plan.panels.map((box) => [box.panel.limits.length ? `${box.panel.name}, ${box.panel.limit} dashed` : box.panel.name, box]);
  for (const [text, { x, y }] of [["loss", plan.loss], [low.name, plan.rate], ...told]) write(pen, [text], x, y - 20, 14, 600, look.ink);
  write(pen, plan.title.lines, plan.title.x, plan.title.y, 28, 650, look.ink);
  write(pen, plan.foot.lines, plan.foot.x, plan.foot.y, 14, 400, look.soft);
  for (const { run, x, y, name, texts } of plan.keys) {
    pen.fillStyle = look.runs[run.index];
    shape(pen, LOOKS.markers[run.index], x + 10, y + 11, 8);
    pen.fill();
    write(pen, name, x + 30, y, 15, 600, look.ink);
    write(pen, texts, x + 30, y + name.length * 15 * PICTURE.line, 14, 400, look.soft);
  }
  return canvas;
}

function write(pen, lines, x, y, size, weight, ink) {
  pen.font = `${weight} ${size}px ${look.font}`;
  pen.fillStyle = ink;
  pen.textAlign = "left";
  pen.textBaseline = "top";
  lines.forEach((line, k) => pen.fillText(line, x, y + k * size * PICTURE.line + 0.2 * size));
}

/* The frame, numbers and names of the map's axes. */
function drawAxes(pen, { x, y, width, height }) {
  pen.strokeStyle = look.line;
  pen.lineWidth = 1;
  pen.strokeRect(x, y, width, height);
  pen.font = `13px ${look.font}`;
  pen.fillStyle = look.soft;
  const [across, up] = page.axes.numbers;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const [share, text] of across) if (share <= 0.94) pen.fillText(text, x + share * width, y + height + 8);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [share, text] of up) if (share <= 0.96) pen.fillText(text, x - 8, y + (1 - share) * height);
  pen.fillStyle = look.ink;
  pen.fillText(page.names[1], x - 8, y + 7);
  pen.textBaseline = "top";
  pen.fillText(page.names[0], x + width, y + height + 8);
}

async function savePicture() {
  await document.fonts.ready;
  const canvas = drawPicture();
  draw();
  canvas.toBlob((blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: `${page.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "runs"}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }, "image/png");
}
