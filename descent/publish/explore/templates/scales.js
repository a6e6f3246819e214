"use strict";
/* Which axes values go on, and how far off a point is drawn: the rules of descent/look/axes.py, which the page needs
   while settings move. tests/explore/test_scales.py compares the two. */
const lowest = (values) => values.reduce((best, value) => Math.min(best, value), Infinity);
const highest = (values) => values.reduce((best, value) => Math.max(best, value), -Infinity);

function lossRange(curves) {
  const low = lowest(curves.map(lowest)), start = highest(curves.map((curve) => curve[0])), cap = start + 3 * (start - low);
  let stay = curves.map((curve) => curve[curve.length - 1] <= cap);
  if (start <= low || !stay.some(Boolean)) stay = curves.map(() => true); // all rise: there is nobody to squash
  const high = highest(curves.map((curve, k) => highest([start, ...(stay[k] ? [highest(curve)] : [highest(curve.filter((v) => v <= cap))])])));
  return [low, high - low <= 1e-6 * Math.abs(low) ? low + (Math.abs(low) || 1) : high];
}

function lossScale(curves) {
  const finite = curves.map((curve) => Array.from(curve).filter(Number.isFinite)).filter((curve) => curve.length);
  if (!finite.length) return { log: false, low: 0, high: 1 };
  const [low, high] = lossRange(finite), room = 0.05 * (high - low);
  const log = low > 0 && highest(finite.map(highest)) / low > 100;
  return log ? { log, low: low / 1.6, high: high * 1.6 } : { log, low: low - room, high: high + room };
}

function rateScale(rates) {
  const curves = rates.map((curve) => Array.from(curve).filter(Number.isFinite)).filter((curve) => curve.length);
  if (!curves.length) return { log: false, low: 0, high: 1 };
  const peaks = curves.map(highest), least = lowest(peaks), top = highest(peaks);
  if (!(least > 0 && top / least > 10)) return { log: false, low: 0, high: 1.2 * top || 1 };
  const low = Math.max(lowest(curves.map((curve) => lowest(curve.filter((v) => v > 0)))), least / 100);
  return { log: true, low: low / 1.6, high: top * 1.6 };
}

/* What is shown of every step: the rate that it used; where a run has none, the length of each run's. */
function ratesOrLengths(paths) {
  if (!paths.some((path) => path.lr.some(Number.isNaN))) return { name: "learning rate", curves: paths.map((path) => path.lr) };
  const moved = (w, k) => Math.hypot(w[2 * k + 2] - w[2 * k], w[2 * k + 3] - w[2 * k + 1]);
  return { name: "length of the step", curves: paths.map(({ w, steps }) => Array.from({ length: steps }, (_, k) => moved(w, k))) };
}

/* A finite point, brought nearer on its line to the middle of the view where it is more than so many views away. */
function near([w1, w2], [[left, right], [bottom, top]], views = 1e9) {
  const shrink = Math.max(Math.max(Math.abs(w1), Math.abs(w2)) / 1e150, 1);
  const [x, y] = [(w1 / shrink - (left + right) / 2) / (right - left), (w2 / shrink - (bottom + top) / 2) / (top - bottom)];
  const far = Math.max(Math.abs(x), Math.abs(y));
  if (!(far > views)) return [w1, w2];
  const share = views / far;
  return [(left + right) / 2 + x * share * (right - left), (bottom + top) / 2 + y * share * (top - bottom)];
}

/* The part of a straight line inside a box [left, top, right, bottom], null if there is none. */
function clipped([x0, y0], [x1, y1], [left, top, right, bottom]) {
  let from = 0, to = 1;
  for (const [way, room] of [[x0 - x1, x0 - left], [x1 - x0, right - x0], [y0 - y1, y0 - top], [y1 - y0, bottom - y0]]) {
    if (way === 0 && room < 0) return null;
    if (way < 0) from = Math.max(from, room / way);
    if (way > 0) to = Math.min(to, room / way);
  }
  const at = (share) => (share === 0 ? [x0, y0] : share === 1 ? [x1, y1] : [x0 + share * (x1 - x0), y0 + share * (y1 - y0)]);
  return from > to ? null : [at(from), at(to)];
}
