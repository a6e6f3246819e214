"use strict";
/* The address holds what was changed, its parts apart by ~: 0@-11,9;lr=0.02;of.1=4 is the first run's start, rate and a
   scheduler's setting; 0- a run that was removed; 2+Adam@-12,10,25;lr=0.1 one that was added in the third colour, from
   there, for 25 steps; 2+0@… a copy of the first. inside=0 and predict=1 say what is looked at. */
function addressOf(runs) {
  const parts = page.runs.flatMap((_, k) => (runs.some((run) => run.model === String(k) && run.index === k) ? [] : [`${k}-`]));
  for (const run of runs) {
    const first = firstState(run.model, run.index), original = run.model === String(run.index);
    const changed = run.settings.flatMap(([name, value], k) => (run.p[k] === value ? [] : [`${name}=${run.p[k]}`]));
    if (run.notch) changed.push(`of.${run.notch.table}=${run.notch.at}`);
    const moved = run.start.some((w, k) => w !== first.start[k]);
    if (!original) parts.push([`${run.index}+${encodeURIComponent(run.model)}@${run.start.join(",")},${run.steps}`, ...changed].join(";"));
    else if (moved || changed.length) parts.push([`${run.index}@${moved ? run.start.join(",") : ""}`, ...changed].join(";"));
  }
  if (inside.on) parts.push(`inside=${selected}`);
  if (predict.on) parts.push("predict=1");
  return parts.length ? `#${parts.join("~")}` : "";
}

/* What an address says: runs as data, and what is looked at. Whatever is not as it should be is left as it is. */
function readAddress(hash) {
  const states = page.runs.map((_, k) => firstState(String(k), k)), seen = { inside: null, predict: false };
  for (const text of hash.replace(/^#/, "").split("~")) {
    const [, colour, gone, key, place, rest] = /^([0-7])(?:(-)|(?:\+([^@;]+))?@([^;]*)(.*))$/.exec(text) || [];
    if (text === "predict=1") seen.predict = true;
    else if (/^inside=[0-7]$/.test(text)) seen.inside = Number(text.slice(7));
    else if (gone) states.splice(0, states.length, ...states.filter((state) => state.index !== Number(colour)));
    else if (key !== undefined) addFrom(states, Number(colour), key, place, rest);
    else if (colour !== undefined) changeFrom(states.find((state) => state.model === colour), place, rest);
  }
  return { states: states.length ? states : page.runs.map((_, k) => firstState(String(k), k)), ...seen };
}

function addFrom(states, index, key, place, rest) {
  let name;
  try {
    name = decodeURIComponent(key);
  } catch {
    return;
  }
  const model = models.get(name), numbers = place.split(",").map(Number), [steps] = numbers.slice(2);
  if (!model || !model.live || states.some((state) => state.index === index) || numbers.length !== 3 || !isInView(numbers)) return;
  const state = { ...firstState(name, index), start: numbers.slice(0, 2) };
  if (!model.own && Number.isInteger(steps) && steps >= 1 && steps <= MOST_ADDED_STEPS) state.steps = steps;
  readSettings(state, rest);
  states.push(state);
}

function changeFrom(state, place, rest) {
  if (!state || !models.get(state.model).live) return;
  const start = place.split(",").map(Number);
  if (place && start.length === 2 && isInView(start)) state.start = start;
  readSettings(state, rest);
}

const isInView = (point) => page.domain.every(([low, high], k) => point[k] >= low && point[k] <= high);

function readSettings(state, text) {
  const model = models.get(state.model);
  for (const part of text.split(";")) {
    const [name, value] = part.split("="), number = Number(value);
    if (!value || !Number.isFinite(number)) continue;
    if (name.startsWith("of.")) {
      const table = Number(name.slice(3));
      if (table > 0 && model.rates[table] && model.rates[table].tables[number]) state.notch = { table, at: number };
      continue;
    }
    const slider = model.sliders.find((each) => each.name === name);
    if (slider && accepts(slider, number)) state.p[model.settings.findIndex(([each]) => each === name)] = number;
  }
}
