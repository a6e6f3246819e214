"use strict";
const page = JSON.parse(document.getElementById("page").textContent);
const byId = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const runs = [], past = [];
let clock = 1, last = 1, playing = 0, cards = [], look, waiting = false, selected = 0;

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
  const canvas = sharp(byId("ground")), unseen = hidden();
  drawMap(canvas, page, unseen ? [] : runs, clock, look, unseen ? null : basinsNow(), unseen);
  if (unseen) drawStarts(canvas);
  drawInside(canvas);
  drawLosses(sharp(byId("loss")), unseen ? [] : runs);
  drawRates(sharp(byId("rate")), unseen ? [] : runs);
  page.panels.forEach((panel, k) => drawPanel(sharp(byId(`panel-${k}`)), panel, unseen ? [] : runs));
  nameRates();
  const step = Math.floor(clock + 1e-9), told = `step ${step} of ${last}`;
  byId("step").textContent = told;
  byId("clock").value = unseen ? 0 : clock;
  byId("clock").setAttribute("aria-valuetext", told);
  cards.forEach(({ run, now, swatch }) => {
    now.textContent = unseen ? "Where will it end?" : readout(run, step);
    drawSwatch(swatch, run);
    placeStart(run);
  });
  tellInside();
  tellPredict();
  tellLamps();
  if (!playing) byId("ground").setAttribute("aria-label", unseen ? `Map of ${page.surface}. The paths are hidden.` : described(step));
}

/* Loss, and rate or length, of runs against the step. */
const curvesOf = (shown, all) => all.map((values, k) => ({ values, index: shown[k].index }));

function drawLosses(part, shown) {
  const losses = shown.map((run) => run.path.loss);
  const curves = curvesOf(shown, losses).map((curve, k) => {
    const kept = shown[k].live ? [] : shown[k].record.kept; // between those rows, straight lines, as on the map
    return kept.length ? { ...curve, at: kept, values: kept.map((row) => curve.values[row]) } : curve;
  });
  drawCurves(part, curves, lossScale(losses), last, clock, look, false);
}

function drawRates(part, shown) {
  const { curves } = ratesOrLengths(shown.map((run) => run.path));
  drawCurves(part, curvesOf(shown, curves), rateScale(curves), last, clock, look, true);
}

/* What else was measured of runs, and where their limits are. */
function drawPanel(part, panel, shown) {
  const own = shown.filter((run) => run.own), of = (curves, run) => curves[Number(run.model)];
  const limits = panel.limits.length ? own.map((run) => ({ ...of(panel.limits, run), index: run.index, limit: panel.alike ? "ink" : "own" })) : [];
  const curves = own.map((run) => ({ ...of(panel.curves, run), index: run.index }));
  drawCurves(part, [...limits, ...curves], { log: false, low: 0, high: panel.high }, last, clock, look, false);
}

function nameRates() {
  const { name } = ratesOrLengths(runs.map((run) => run.path));
  byId("rate-name").textContent = name;
  byId("rate").setAttribute("aria-label", `${name[0].toUpperCase()}${name.slice(1)} against step`);
}

/* The starts alone. */
function drawStarts({ pen, width, height }) {
  const place = placing(width, height);
  for (const run of runs) drawStart(pen, place([run.path.w[0], run.path.w[1]]), look.runs[run.index], Math.min(1, 0.6 + width / 1600), look);
}

const rowOf = (run, step) => Math.min(step, run.path.steps);
const placeOf = (run, row) => [run.path.w[2 * row], run.path.w[2 * row + 1]];

function readout(run, step) {
  const row = rowOf(run, step), place = placeOf(run, row);
  const lost = run.lost ? ". With these settings torch refuses, or takes steps that this page does not hold; the last path stays." : "";
  const apart = !run.lost && sureOf(run) < run.path.steps ? `. Beyond step ${sureOf(run)}, the last digit of a number decides: torch may go another way.` : "";
  return `loss ${quantity(run.path.loss[row])} at (${place.map((w) => quantity(w)).join(", ")})${isInView(place) ? "" : ", outside the view"}${lost}${apart}`;
}

function described(step) {
  const told = runs.map((run) => {
    const row = rowOf(run, step), at = (place) => `(${place.map((w) => quantity(w)).join(", ")})`;
    return `${run.title} from ${at(placeOf(run, 0))} is at ${at(placeOf(run, row))}, loss ${quantity(run.path.loss[row])}`;
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
  drawAdding();
  drawVotes();
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
    background: of("background"), runs: Array.from({ length: MOST_RUNS }, (_, k) => of(`run-${k}`)),
    inks: Object.fromEntries(["gradient", "velocity", "other", "place", "decay", "update"].map((name) => [name, of(name)])),
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
