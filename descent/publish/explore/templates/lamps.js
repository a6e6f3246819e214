"use strict";
/* A film's claims, judged of what is on screen, as descent/record/predicates.py judges them: true, false, or null where
   the page cannot tell. tests/explore/test_lamps.py compares the two. */
const diverged = ({ loss }) => !Number.isFinite(loss[loss.length - 1]);
const awayFrom = ({ w, loss }, [a, b]) => Array.from(loss, (_, k) => Math.hypot(w[2 * k] - a, w[2 * k + 1] - b));
const endPoint = ({ w }) => [w[w.length - 2], w[w.length - 1]];
const both = (one, other) => (one === false || other === false ? false : one === null || other === null ? null : true);
const not = (told) => (told === null ? null : !told);

const MOST_FOLLOWED = 10000; // steps, as in descent/record/tails.py

/* A run, as it would go on to so many times its length; null where a scheduler decides, or torch alone knows. */
function longer(run, times) {
  if (times === 1 || diverged(run.path)) return run;
  if (!run.live || run.lost || run.rates.length || 25 * run.steps > MOST_FOLLOWED) return null;
  const path = takeSteps(run, run.start, run.p, null, run.steps * times);
  return path.left === undefined ? { ...run, path, steps: run.steps * times } : null;
}

function stays(run, home, within) {
  const on = longer(run, 25);
  return on && !diverged(on.path) && awayFrom(on.path, home).slice(run.path.steps).every((away) => away <= within);
}

/* The rows at which moves of an amplitude, each against the one before, are complete. */
function swingRows(values, amplitude) {
  let low = values[0], high = values[0], direction = 0;
  const found = [];
  values.forEach((value, row) => {
    [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (direction !== 1 && value - low >= amplitude) [direction, high] = [1, value];
    else if (direction !== -1 && high - value >= amplitude) [direction, low] = [-1, value];
    else return;
    found.push(row);
  });
  return found;
}

const JUDGES = {
  reaches({ point, within, by }, { path }) {
    const away = awayFrom(path, point), later = away.slice(1, by === null ? undefined : by + 1);
    return !diverged(path) && later.some((far) => far <= within && far < away[0]);
  },
  settles({ point, within, last }, run) {
    const { path } = run, home = point || endPoint(path);
    const close = !diverged(path) && path.steps >= last && awayFrom(path, home).slice(-last - 1).every((far) => far <= within);
    return close && (point ? true : stays(run, home, within));
  },
  stalls({ near: place, within, last }, run) {
    const { path } = run, end = endPoint(path);
    const came = !diverged(path) && awayFrom(path, place || end)[0] > within;
    const astray = page.lowest.every(([a, b]) => Math.hypot(end[0] - a, end[1] - b) > within);
    return came && astray && JUDGES.settles({ point: place, within, last }, run);
  },
  escapes({ point, radius }, { path }) {
    const inside = awayFrom(path, point).map((far) => far <= radius);
    return !diverged(path) && inside.some(Boolean) && path.loss[path.steps] < lowest(Array.from(path.loss).filter((_, k) => inside[k]));
  },
  oscillates({ amplitude, last: count, until, swings }, { path }) {
    const end = until === null ? path.steps : until;
    if (diverged(path) || path.steps < end || end < count) return false;
    const rows = (axis) => swingRows(Array.from({ length: count + 1 }, (_, k) => path.w[2 * (end - count + k) + axis]), amplitude);
    return [rows(0), rows(1)].some((found) => found.length >= swings && found[found.length - 1] > count / 2);
  },
  diverges(_, { path }) {
    const loss = Array.from(path.loss), end = loss[loss.length - 1];
    if (diverged(path)) return Math.abs(end) === Infinity ? true : null; // whether it is undefined there, torch knows
    return !isInView(endPoint(path)) && end > highest(loss.slice(0, -1));
  },
  lasting({ holds, lengths }, run) {
    return lengths.reduce((told, times) => {
      const on = told === false ? null : longer(run, times);
      return both(told, on && judge(holds, [on]));
    }, true);
  },
  each: ({ holds }, ...all) => all.reduce((told, run) => both(told, judge(holds, [run])), true),
  none: ({ holds }, ...all) => all.reduce((told, run) => both(told, not(judge(holds, [run]))), true),
  same({ what }, ...all) {
    const known = {
      surface: () => 0, start: (run) => run.start, lr: (run) => (run.lr >= 0 ? run.p[run.lr] : 0), steps: (run) => run.steps,
      optimizer: (run) => run.optimizer.text || run.name, scheduler: (run) => [run.scheduler, run.notch],
    };
    return what.every((name) => new Set(all.map((run) => JSON.stringify(known[name](run)))).size === 1);
  },
};

const judge = ({ name, arguments: given }, all) => JUDGES[name](given, ...all);

/* What the film says, each with its lamp. */
const TOLD = new Map([[true, ["holds", "true"]], [false, ["does not hold", "false"]], [null, ["cannot be told here", "unknown"]], [undefined, ["not about these runs", "none"]]]);
let judging = 0, judged = "";

function tellLamps() {
  byId("lamps").hidden = !page.lamps.length || hidden();
  if (byId("lamps").hidden) return;
  const now = JSON.stringify(taken());
  if (now === judged) return;
  judged = now;
  clearTimeout(judging);
  judging = setTimeout(drawLamps, 60);
}

/* A run's mark, so that "it" in a sentence has its run. */
function lookOf(run) {
  const mark = element("canvas", { className: "mark", role: "img" });
  mark.setAttribute("aria-label", `${run.title}:`);
  requestAnimationFrame(() => drawSwatch(mark, run));
  return mark;
}

/* Whether a run is torch's to its end: as it was made it was compared, and what was not the last digit may decide. */
const isSure = (run) => sureOf(run) >= run.path.steps || isAsMade(run);

function drawLamps() {
  const items = page.lamps.map(({ text, runs: about, check }) => {
    const those = about.map((k) => runs.find((run) => run.model === String(k) && run.index === k));
    const [word, state] = TOLD.get(those.every(Boolean) ? (check.name === "same" || those.every(isSure) ? judge(check, those) : null) : undefined);
    return element("li", { className: `lamp ${state}` }, ...those.filter(Boolean).map(lookOf), element("span", { textContent: text }), " ", element("em", { textContent: word }));
  });
  byId("claims").replaceChildren(...items);
}
