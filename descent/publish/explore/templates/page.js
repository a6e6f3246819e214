"use strict";
const page = JSON.parse(document.getElementById("page").textContent);
const byId = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const runs = page.runs.map((data, index) => Object.assign(readRun(data), { index }));
const past = [];
let clock = 0, last = 1, playing = 0, cards = [], look, waiting = false;

/* What the page computes, and whether that is torch's. */
for (const run of runs) {
  run.first = run.start.slice();
  run.p = run.settings.map(([, value]) => value);
  run.notch = null;
  run.live = run.code >= 0;
  const same = runs.filter((other) => other.name === run.name);
  run.title = same.length > 1 ? `${run.name} ${same.indexOf(run) + 1}` : run.name;
  if (run.live) {
    run.surface = run.single ? SURFACES.single : SURFACES.double;
    run.regimes = OPTIMIZERS[run.code];
    run.verdict = compare(stepsOf(run), run.record);
    if (!run.verdict.holds) {
      run.live = false;
      run.why = `this browser's numbers leave torch's at step ${run.verdict.step}.`;
    }
  }
}

function stepsOf(run) {
  return takeSteps(run, run.start, run.p, ratesOf(run, run.p, run.notch), run.steps);
}

function follow(run) {
  const path = run.live ? stepsOf(run) : run.recorded;
  run.lost = path.left !== undefined;
  if (!run.lost) run.path = path;
  run.path = run.path || run.recorded;
}

function changed(run) {
  follow(run);
  measure();
  note();
  draw();
}

function measure() {
  const before = last, ended = clock >= last - 1e-9;
  last = Math.max(1, ...runs.map((run) => run.path.steps));
  byId("clock").max = last;
  if (last !== before) clock = ended ? last : Math.min(clock, last);
}

/* Undo: what a run is like, before each change. */
const taken = () => runs.map(({ start, p, notch }) => ({ start: start.slice(), p: p.slice(), notch }));

function remember() {
  const now = taken(), text = JSON.stringify(now);
  if (!past.length || JSON.stringify(past[past.length - 1]) !== text) past.push(now);
  byId("undo").disabled = false;
}

function put(states) {
  runs.forEach((run, k) => Object.assign(run, { start: states[k].start.slice(), p: states[k].p.slice(), notch: states[k].notch }));
  runs.forEach(follow);
  measure();
  note();
  drawCards();
}

const FIRST = taken();

function undo() {
  const now = JSON.stringify(taken());
  while (past.length && JSON.stringify(past[past.length - 1]) === now) past.pop();
  if (past.length) put(past.pop());
  byId("undo").disabled = !past.length;
}

/* The address follows once nothing has changed for a while; a frame without an address of its own has none. */
let noting = 0;

function note() {
  clearTimeout(noting);
  noting = setTimeout(() => {
    try {
      history.replaceState(null, "", addressOf(runs) || location.href.split("#")[0]);
    } catch {
      // a sandboxed frame may not
    }
  }, 250);
}

/* Drawing, once a frame. */
function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    drawAll();
  });
}

function drawAll() {
  drawMap(byId("ground"), page, runs, clock, look, basinsNow());
  const losses = runs.map((run) => ({ values: run.path.loss, index: run.index }));
  const rates = runs.map((run) => ({ values: run.path.lr, index: run.index }));
  drawCurves(byId("loss"), losses, lossScale(losses.map((each) => each.values)), last, clock, look, false);
  drawCurves(byId("rate"), rates, rateScale(rates.map((each) => each.values)), last, clock, look, true);
  const step = Math.floor(clock + 1e-9);
  byId("step").textContent = `step ${step} of ${last}`;
  byId("clock").value = clock;
  byId("clock").setAttribute("aria-valuetext", `step ${step} of ${last}`);
  runs.forEach((run, k) => {
    const row = Math.min(step, run.path.steps), [w1, w2] = [run.path.w[2 * row], run.path.w[2 * row + 1]];
    const lost = run.lost ? " These settings take a way that was not captured; the last path stays." : "";
    cards[k].now.textContent = `loss ${quantity(run.path.loss[row])} at (${quantity(w1)}, ${quantity(w2)})${lost}`;
    drawSwatch(cards[k].swatch, run);
    placeStart(run);
  });
  if (!playing) byId("ground").setAttribute("aria-label", described(step));
}

function described(step) {
  const told = runs.map((run) => {
    const row = Math.min(step, run.path.steps);
    return `${run.title} from (${quantity(run.path.w[0])}, ${quantity(run.path.w[1])}) is at (${quantity(run.path.w[2 * row])}, ${quantity(run.path.w[2 * row + 1])}), loss ${quantity(run.path.loss[row])}`;
  });
  return `Map of ${page.surface} at step ${step}: ${told.join("; ")}.`;
}

function drawSwatch(canvas, run) {
  const { pen, width, height } = sharp(canvas);
  pen.fillStyle = look.runs[run.index];
  shape(pen, LOOKS.markers[run.index], width / 2, height / 2, 7);
  pen.fill();
}

function drawCards() {
  const focused = document.activeElement && document.activeElement.id;
  cards = runs.map(card);
  byId("cards").replaceChildren(...cards.map((each) => each.body));
  if (focused && byId(focused)) byId(focused).focus();
  drawAll();
}

/* The theme: the system's, or the other one. */
function dress() {
  const own = document.documentElement.dataset.scheme;
  const dark = own ? own === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const style = getComputedStyle(document.documentElement), of = (name) => style.getPropertyValue(`--${name}`).trim();
  const picture = new Image();
  picture.onload = draw;
  picture.src = MAPS[dark ? "dark" : "light"];
  look = {
    picture, font: getComputedStyle(document.body).fontFamily, ink: of("ink"), soft: of("soft"), line: of("line"),
    chip: of("chip"), rim: of("rim"), hair: `color-mix(in srgb, ${of("background")}, ${of("line")} 38%)`,
    runs: runs.map((run) => of(`run-${run.index}`)),
  };
  byId("scheme").textContent = dark ? "Light" : "Dark";
  byId("scheme").setAttribute("aria-label", `Switch to the ${dark ? "light" : "dark"} theme`);
}

byId("scheme").onclick = () => {
  document.documentElement.dataset.scheme = byId("scheme").textContent.toLowerCase();
  dress();
  draw();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (dress(), draw()));
