"use strict";
/* Takes steps with torch's own programs. A path holds flat arrays, a row before each step and one behind the last.
   Whoever wants to look inside is shown the numbers before each step, those after it, and the settings used. */
function takeSteps(run, start, settings, rates, steps, seen) {
  const surface = run.surface, regime = run.regimes.find((each) => each.fits(settings));
  if (!regime) return { left: 0 };
  const round = run.single ? Math.fround : (value) => value;
  const p = settings.slice(), w = [], loss = [], lr = [];
  let x = regime.first.slice();
  x[0] = round(start[0]);
  x[1] = round(start[1]);
  for (let k = 0; k <= steps; k++) {
    const [value, g0, g1] = surface(x[0], x[1]);
    w.push(x[0], x[1]);
    loss.push(value);
    if (k === steps || !Number.isFinite(value)) break;
    if (rates) {
      p[run.lr] = rates.lr[k];
      if (rates.momentum && run.momentum >= 0) p[run.momentum] = rates.momentum[k];
    }
    lr.push(run.lr >= 0 ? p[run.lr] : NaN);
    [x[2], x[3], x[4]] = [g0, g1, value];
    const next = rates && !regime.fits(p) ? null : programOf(regime, k)(x, p);
    if (!next) return { left: k };
    if (seen) seen(k, x, next, p, regime);
    x = next;
  }
  return { w, loss, lr, steps: loss.length - 1 };
}

const programOf = (regime, k) => regime.steps[Math.min(k, regime.steps.length - 1)];
