"use strict";
/* What each step of a run is made of: the gradient, what the optimizer holds after it, the step, and what of the step is
   weight decay's: the step less the one that the same program takes without it. */
function stepParts(run) {
  const place = run.settings.findIndex(([name]) => name === "weight_decay"), rows = [];
  takeSteps(run, run.start, run.p, ratesOf(run, run.p, run.notch), run.steps, (k, before, after, p, regime) => {
    const moved = [after[0] - before[0], after[1] - before[1]];
    const free = place >= 0 && p[place] !== 0 ? without(run, k, before, p, place, regime) : null;
    rows.push({
      at: [before[0], before[1]], gradient: [before[2], before[3]], step: moved,
      decay: free && [after[0] - free[0], after[1] - free[1]], held: heldAfter(regime.names, after),
    });
  });
  return rows;
}

/* Where the same step leads from the same numbers if a setting is nought. */
function without(run, k, before, p, place, regime) {
  const other = p.slice();
  other[place] = 0;
  const plain = run.regimes.find((each) => each.fits(other));
  if (!plain) return null;
  const x = plain.names.map((name, slot) => (regime.names.includes(name) ? before[regime.names.indexOf(name)] : plain.first[slot]));
  return programOf(plain, k)(x, other);
}

/* The optimizer's own numbers by torch's names: one for each parameter, or one in all. */
function heldAfter(names, x) {
  const held = {};
  names.slice(5).forEach((name, k) => {
    const [, key, which] = /^(.*?)(?:\.([01]))?$/.exec(name);
    if (which === undefined) held[key] = x[5 + k];
    else (held[key] = held[key] || [NaN, NaN])[Number(which)] = x[5 + k];
  });
  return held;
}

/* What is drawn of a row: name, the way in parameters, colour, and what kind of thing it is. A direction that an optimizer
   holds is one that it goes against, as it goes against the gradient. */
function arrowsOf(run, row) {
  const found = [{ name: "−∇L", way: row.gradient.map((g) => -g), ink: "gradient" }];
  run.buffers.forEach(([name, kind], k) => {
    if (!Array.isArray(row.held[name]) || kind === "size") return;
    if (kind === "direction") found.push({ name: `−${name}`, held: name, way: row.held[name].map((h) => -h), ink: k % 2 ? "other" : "velocity" });
    else found.push({ name, held: name, way: row.held[name].map((h, i) => h - row.at[i]), ink: "place", exact: true });
  });
  if (row.decay) found.push({ name: "weight decay", way: row.decay, ink: "decay", stepped: true });
  found.push({ name: "step", way: row.step, ink: "update", stepped: true });
  return found;
}

/* How long a way is, as a share of the map's longer side. */
function lengthOnMap([w1, w2]) {
  const [[left, right], [bottom, top]] = page.domain, { ratio } = page.axes;
  return Math.hypot((w1 / (right - left)) * ratio, w2 / (top - bottom)) / Math.max(ratio, 1);
}

const LONG = 0.2, SHORT = 0.05; // of the map: how long arrows are made, and steps that need not be
const roundDown = (value) => {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((m) => m * unit <= value * (1 + 1e-9)) * unit;
};

/* How many times their length arrows are drawn, by name and for all steps of a run: steps as they are if those can be
   seen; what is in the gradient's size, like the gradient. */
function arrowScales(run, rows) {
  const lengths = {};
  for (const row of rows) for (const { name, way } of arrowsOf(run, row)) (lengths[name] = lengths[name] || []).push(lengthOnMap(way));
  const usual = (name) => {
    const sorted = (lengths[name] || []).filter((length) => length > 0 && Number.isFinite(length)).sort((a, b) => a - b);
    return sorted[Math.floor(0.8 * (sorted.length - 1))] || 0;
  };
  const fitting = (name) => (usual(name) ? roundDown(LONG / usual(name)) : 1);
  const step = usual("step") >= SHORT ? 1 : Math.max(1, fitting("step")), gradient = fitting("−∇L");
  return (arrow) => {
    if (arrow.exact) return 1;
    if (arrow.stepped) return step;
    const own = fitting(arrow.name);
    return own / gradient <= 5 && own / gradient >= 0.2 ? gradient : own;
  };
}
