"use strict";
/* Inside one step: its parts as arrows on the map, and as numbers beside it. */
const inside = { on: false, path: null, rows: [], scales: null };

/* The row under the clock: the step that the ball is taking, or its last one. */
function rowNow(run) {
  if (inside.path !== run.path) Object.assign(inside, { path: run.path, rows: stepParts(run) }, { scales: null });
  inside.scales = inside.scales || arrowScales(run, inside.rows);
  const k = Math.min(Math.floor(clock + 1e-9), inside.rows.length - 1);
  return { k, row: inside.rows[k] };
}

const insideRun = () => (inside.on && !hidden() ? runs.find((run) => run.index === selected && run.live && !run.lost) : null);

function drawInside({ pen, width, height }) {
  const run = insideRun();
  if (!run) return;
  const { row } = rowNow(run), place = placing(width, height), size = Math.max(width, height), taken = [];
  if (!row) return;
  pen.save();
  const at = (w) => place(near(w, page.domain)), box = [0, 0, width, height];
  const drawn = arrowsOf(run, row).map((arrow) => {
    const factor = inside.scales(arrow);
    return { ...arrow, to: [row.at[0] + factor * arrow.way[0], row.at[1] + factor * arrow.way[1]] };
  }).filter(({ to }) => to.every(Number.isFinite));
  const wideFirst = [...drawn].sort((one, other) => Number(Boolean(other.held)) - Number(Boolean(one.held)));
  for (const { to, ink, held } of wideFirst) drawArrow(pen, at(row.at), at(to), look.inks[ink], box, size, held ? 7 : 3); // others may lie on it
  for (const { name, to, ink } of drawn) drawName(pen, name, at(row.at), at(to), look.inks[ink], box, taken);
  pen.restore();
}

function drawArrow(pen, from, to, ink, box, size, wide) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
  if (length < 1) return;
  const tip = Math.min(Math.max(9, size / 60) + wide - 3, 0.6 * length), [u, v] = [dx / length, dy / length];
  const base = [to[0] - u * tip, to[1] - v * tip], part = clipped(from, base, box);
  for (const [width, colour] of [[wide + 2.5, look.chip], [wide, ink]]) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width;
    pen.lineCap = "butt";
    pen.lineJoin = "miter";
    pen.beginPath();
    if (part) {
      pen.moveTo(...part[0]);
      pen.lineTo(...part[1]);
      pen.stroke();
    }
    pen.beginPath();
    pen.moveTo(...to);
    pen.lineTo(base[0] - 0.42 * v * tip, base[1] + 0.42 * u * tip);
    pen.lineTo(base[0] + 0.42 * v * tip, base[1] - 0.42 * u * tip);
    pen.closePath();
    pen.lineWidth = 2;
    if (colour === look.chip) pen.stroke();
    else pen.fill();
  }
}

/* An arrow's name beside its tip, where there is room for it. */
function drawName(pen, name, from, to, ink, [left, top, right, bottom], taken) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 14) return;
  pen.font = `600 13px ${look.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const half = pen.measureText(name).width / 2 + 4, [u, v] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const wanted = [[u, v], [-v, u], [v, -u], [0, -1], [0, 1]].map(([a, b]) => [to[0] + a * (half + 7), to[1] + b * 15]);
  const free = wanted.find(([x, y]) => x - half > left && x + half < right && y - 10 > top && y + 10 < bottom
    && !taken.some(([p, q, other]) => Math.abs(p - x) < half + other && Math.abs(q - y) < 18));
  if (!free) return;
  taken.push([...free, half]);
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = look.chip;
  pen.strokeText(name, ...free);
  pen.fillStyle = ink;
  pen.fillText(name, ...free);
}

/* The numbers: what was drawn, what else the optimizer holds, and how many times its length an arrow is drawn. */
function tellInside() {
  const run = insideRun(), box = byId("inside-table");
  box.hidden = !inside.on || hidden();
  byId("inside").setAttribute("aria-pressed", String(inside.on));
  if (box.hidden) return;
  const now = run && rowNow(run), row = now && now.row;
  if (!row) return void box.replaceChildren(element("p", { className: "why", textContent: run ? `${run.title} takes no step from there.` : "Choose a live run to see inside its steps." }));
  const arrows = arrowsOf(run, row), drawn = (name) => arrows.find((arrow) => !arrow.held && arrow.name === name);
  const line = (name, values, arrow) => {
    const mark = element("span", { className: "arrow" });
    if (arrow) mark.style.setProperty("--of", `var(--${arrow.ink})`);
    else mark.classList.add("none");
    const cells = (Array.isArray(values) ? values : [values, null]).map((value) => element("td", { textContent: value === null ? "" : quantity(value) }));
    const told = arrow ? `× ${arrow.name.startsWith("−") ? "−" : ""}${quantity(inside.scales(arrow))}` : "";
    return element("tr", {}, element("th", { scope: "row" }, mark, name), ...cells, element("td", { textContent: told }));
  };
  const lines = [line("gradient ∇L", row.gradient, drawn("−∇L"))];
  for (const [name, values] of Object.entries(row.held)) lines.push(line(name, values, arrows.find((arrow) => arrow.held === name)));
  if (row.decay) lines.push(line("weight decay’s part", row.decay, drawn("weight decay")));
  lines.push(line("step taken", row.step, drawn("step")));
  const head = element("tr", {}, ...["", ...page.names, "drawn"].map((text) => (text ? element("th", { scope: "col", textContent: text }) : element("td"))));
  const caption = element("caption", { textContent: `Step ${now.k + 1} of ${run.title}, from (${row.at.map((w) => quantity(w)).join(", ")})` });
  box.replaceChildren(element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...lines)));
}

function setInside(on) {
  inside.on = on;
  if (on && !runs.find((run) => run.index === selected).live) select((runs.find((run) => run.live) || runs[0]).index);
  note();
  draw();
}
