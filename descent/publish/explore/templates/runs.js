"use strict";
/* The runs: those that the file was made with, those that were added, and what each is like. */
const models = new Map(); // by what the address calls them: a number for a run of the file, a name for an optimizer
const MOST_RUNS = 8, MOST_ADDED_STEPS = 5000;

function readModels() {
  page.runs.forEach((data, index) => {
    const model = { ...readRun(data), own: true, live: false, verdict: null };
    if (model.code >= 0) believe(model);
    models.set(String(index), model);
  });
  for (const data of page.offers) {
    const model = { ...readRun({ ...data, rates: [] }), own: false, scheduler: "", schedule: null, called: "", more: [], imports: [] };
    model.steps = model.recorded.steps;
    believe(model);
    if (model.live) models.set(data.key, model);
  }
}

/* Compares what the page computes with torch's record. */
function believe(model) {
  const settings = model.settings.map(([, value]) => value);
  model.surface = model.single ? SURFACES.single : SURFACES.double;
  model.regimes = OPTIMIZERS[model.code];
  model.verdict = compare(takeSteps(model, model.start, settings, ratesOf(model, settings, null), model.steps), model.record);
  model.live = model.verdict.holds;
  if (!model.live) model.why = `this browser's numbers leave torch's at step ${model.verdict.step}.`;
}

/* A run as data, from which it can be made again: which model, which colour, where it starts, its numbers. */
const stateOf = ({ model, index, start, p, notch, steps }) => ({ model, index, start: start.slice(), p: p.slice(), notch, steps });
const taken = () => runs.map(stateOf);

function firstState(key, index) {
  const { start, settings, steps } = models.get(key);
  return { model: key, index, start: start.slice(), p: settings.map(([, value]) => value), notch: null, steps };
}

function makeRun(state) {
  const model = models.get(state.model), run = { ...model, ...state, start: state.start.slice(), p: state.p.slice() };
  if (!model.own) run.sliders = model.sliders.map((slider) => around(slider, state.p[model.lr]));
  return run;
}

/* The slider of a rate that was taken over from another run, as far about it as about any. */
function around(slider, value) {
  if (slider.name !== "lr" || slider.scale !== "log" || !(value > 0) || slider.most !== null) return slider;
  const reach = slider.value / slider.low;
  return { ...slider, value, low: value / reach, high: value * reach };
}

function nameRuns() {
  const base = (run) => run.called || run.name;
  for (const run of runs) {
    const same = runs.filter((other) => base(other) === base(run));
    run.title = same.length > 1 ? `${base(run)} ${same.indexOf(run) + 1}` : base(run);
  }
}

const stepsOf = (run) => takeSteps(run, run.start, run.p, ratesOf(run, run.p, run.notch), run.steps);

function follow(run) {
  const path = run.live ? stepsOf(run) : run.recorded;
  run.lost = path.left !== undefined;
  if (!run.lost) run.path = path;
  run.path = run.path || (run.own ? run.recorded : { w: [...run.start], loss: [NaN], lr: [], steps: 0 });
}

const isAsMade = (run) => JSON.stringify(stateOf(run)) === JSON.stringify(firstState(run.model, run.index));

/* Until which step rounding does not decide; asked when it is shown, not for every step of a drag. */
function sureOf(run) {
  if (run.judgedPath !== run.path) [run.judgedPath, run.sure] = [run.path, sureSteps(run)];
  return run.sure;
}

/* As far as torch's record tells; of a run that was moved, as long as those stay beside it that start one unit in the
   last place away. */
function sureSteps(run) {
  const unit = run.single ? 2 ** -23 : 2 ** -52, { path } = run;
  if (!run.live || run.lost) return path.steps;
  if (run.own && isAsMade(run)) return run.verdict.whole ? path.steps : run.verdict.step;
  const beside = [0, 1].map((axis) => {
    const start = run.start.slice();
    start[axis] += (Math.abs(start[axis]) || 1) * unit;
    return takeSteps(run, start, run.p, ratesOf(run, run.p, run.notch), run.steps);
  });
  for (let k = 0; k <= path.steps; k++) {
    for (const { w, loss, left } of beside) {
      if (left !== undefined || k >= loss.length) return k - 1;
      for (const axis of [0, 1]) {
        const at = path.w[2 * k + axis], [low, high] = page.domain[axis];
        if (!(Math.abs(at - w[2 * k + axis]) <= 1e-4 * Math.max(high - low, Math.abs(at))) && Number.isFinite(at)) return k - 1;
      }
    }
  }
  return path.steps;
}

/* What is on screen, from data. */
function put(states) {
  const before = new Map(runs.map((run) => [`${run.model} ${run.index}`, run.path]));
  runs.splice(0, runs.length, ...states.map(makeRun));
  for (const run of runs) {
    run.path = before.get(`${run.model} ${run.index}`);
    follow(run);
  }
  nameRuns();
  if (!runs.some((run) => run.index === selected)) selected = runs[0].index;
  measure();
  placeHandles();
  listGrounds();
  drawCards();
  note();
}

/* Undo: what the runs are like before each change. */
function remember() {
  const now = taken(), text = JSON.stringify(now);
  if (!past.length || JSON.stringify(past[past.length - 1]) !== text) past.push(now);
  byId("undo").disabled = false;
}

function undo() {
  const now = JSON.stringify(taken());
  while (past.length && JSON.stringify(past[past.length - 1]) === now) past.pop();
  if (past.length) put(past.pop());
  byId("undo").disabled = !past.length;
}

/* Adding, copying, removing. */
const freeColour = () => Array.from({ length: MOST_RUNS }, (_, k) => k).find((k) => !runs.some((run) => run.index === k));

function add(state) {
  if (runs.length >= MOST_RUNS) return;
  remember();
  const index = freeColour();
  put([...taken(), { ...state, index }]);
  select(index);
  byId(`chosen-${index}`).focus();
}

/* An optimizer from where the selected run starts, with torch's own settings, but for the rate of that run. */
function addOffer(key) {
  const from = runs.find((run) => run.index === selected), model = models.get(key), state = firstState(key, 0);
  const rate = from.live && from.lr >= 0 ? from.p[from.lr] : NaN, slider = model.sliders.find(({ name }) => name === "lr");
  if (slider && Number.isFinite(rate) && accepts(slider, rate)) state.p[model.lr] = rate;
  add({ ...state, start: from.start.slice(), steps: from.steps });
}

function remove(run) {
  remember();
  const place = runs.indexOf(run);
  put(taken().filter((_, k) => k !== place));
  select(runs[Math.min(place, runs.length - 1)].index);
  byId(`chosen-${selected}`).focus();
}

const accepts = (slider, value) => !(slider.whole && !Number.isInteger(value)) && !(slider.least !== null && value < slider.least) && !(slider.most !== null && value > slider.most);

function select(index) {
  if (selected === index) return;
  selected = index;
  for (const { run, chosen, body } of cards) {
    chosen.checked = run.index === index;
    body.classList.toggle("selected", run.index === index);
  }
  note();
  draw();
}
