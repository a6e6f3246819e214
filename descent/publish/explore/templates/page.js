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

/* The ground of where runs end, made anew only when what decides it has changed. */
const basins = { key: "", picture: null, later: 0 };

function basinsNow() {
  const run = runs[Number(byId("grounds").value)];
  if (byId("grounds").value === "" || !run) return null;
  const dark = byId("scheme").textContent === "Light", key = JSON.stringify([run.index, run.p, run.notch, dark]);
  if (key !== basins.key) {
    const begun = performance.now(), found = basinClasses(run, painter.side);
    Object.assign(basins, { key, picture: found && basinPicture(found, dark) });
    drawKey(found, dark);
    clearTimeout(basins.later);
    if (performance.now() - begun > QUICK && painter.side > 64) painter.side /= 2;
    if (found && found.side < SIDE && found.side === painter.side) basins.later = setTimeout(() => sharpen(run, key, dark), 400);
  }
  return basins.picture;
}

/* A ground that was drawn coarsely to be quick, in full once nothing moves. */
function sharpen(run, key, dark) {
  if (basins.key !== key) return;
  basins.picture = basinPicture(basinClasses(run, SIDE), dark);
  draw();
}

const KINDS_ARE_LOSSES = page.kinds.length > 0 && !page.kinds[0].name.startsWith("(");

function drawKey(found, dark) {
  const entry = (name, colour) => {
    const item = element("li", { textContent: name });
    item.style.setProperty("--of", colour);
    return item;
  };
  const share = (which) => found.classes.reduce((sum, ending) => sum + which(ending), 0) / found.classes.length;
  const told = (part) => (part > 0 && part < 0.005 ? "under 1 %" : `${Math.round(100 * part)} %`);
  const kinds = found ? page.kinds.map((kind, k) => [kind.name, dark ? kind.dark : kind.light, share((ending) => page.kind_of[ending] === k)]) : [];
  if (found) kinds.push(["still moving", "var(--line)", share((ending) => ending === MOVING)], ["gone", "var(--chip)", share((ending) => ending === DIVERGED)]);
  const shown = kinds.filter(([, , part]) => part > 0).map(([name, colour, part]) => entry(`${name}: ${told(part)}`, colour));
  if (found) shown.unshift(element("li", { className: "plain", textContent: KINDS_ARE_LOSSES ? "ends at a loss of" : "ends at" }));
  byId("key").replaceChildren(...(found ? shown : [element("li", { textContent: "these settings take a way that was not captured" })]));
}

byId("grounds").onchange = () => {
  byId("key").replaceChildren();
  basins.key = "";
  draw();
};

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

/* Starts: to be dragged, or moved by the arrow keys. */
function placeStart(run) {
  const [[left, right], [bottom, top]] = page.domain;
  if (!run.handle) return;
  run.handle.style.left = `${((run.start[0] - left) / (right - left)) * 100}%`;
  run.handle.style.top = `${((top - run.start[1]) / (top - bottom)) * 100}%`;
  run.handle.setAttribute("aria-label", `Start of ${together(run).map((each) => each.title).join(" and ")}: ${quantity(run.start[0])}, ${quantity(run.start[1])}. Move it with the arrow keys.`);
}

function moveStart(moved, w1, w2) {
  const [[left, right], [bottom, top]] = page.domain;
  const figures = (value, span) => Number(value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(span)))));
  const to = [figures(Math.min(Math.max(w1, left), right), right - left), figures(Math.min(Math.max(w2, bottom), top), top - bottom)];
  for (const run of moved) {
    run.start = to.slice();
    follow(run);
  }
  measure();
  note();
  draw();
}

/* Runs that start at one point are moved as one. */
const together = (run) => runs.filter((each) => each.live && each.start[0] === run.start[0] && each.start[1] === run.start[1]);

function handle(run) {
  const button = element("button", { type: "button" });
  const [[left, right], [bottom, top]] = page.domain;
  button.style.setProperty("--own", `var(--run-${run.index})`);
  let off = [0, 0], held = null;
  const at = (event) => {
    const box = byId("map").getBoundingClientRect();
    return [left + ((event.clientX - box.left) / box.width) * (right - left), top - ((event.clientY - box.top) / box.height) * (top - bottom)];
  };
  button.onpointerdown = (event) => {
    remember();
    button.setPointerCapture(event.pointerId);
    button.classList.add("held");
    const [w1, w2] = at(event);
    off = [run.start[0] - w1, run.start[1] - w2];
    held = together(run);
  };
  button.onpointermove = (event) => {
    if (!held) return;
    const [w1, w2] = at(event);
    moveStart(held, w1 + off[0], w2 + off[1]);
  };
  button.onpointerup = button.onpointercancel = () => {
    held = null;
    button.classList.remove("held");
  };
  button.onkeydown = (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }, way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    remember();
    const much = event.shiftKey ? 0.1 : 0.01;
    moveStart(together(run), run.start[0] + way[0] * much * (right - left), run.start[1] + way[1] * much * (top - bottom));
  };
  return button;
}

/* The clock. */
function go(step) {
  clock = Math.min(Math.max(step, 0), last);
  draw();
}

function pause() {
  playing = 0;
  byId("play").textContent = "Play";
  draw();
}

function play() {
  if (clock >= last - 1e-9) clock = 0;
  const begun = performance.now(), from = clock, rate = last / Math.min(Math.max(last * 0.12, 3), 12), mine = {};
  playing = mine;
  byId("play").textContent = "Pause";
  const frame = (now) => {
    if (playing !== mine) return;
    const to = from + (Math.max(now - begun, 0) / 1000) * rate;
    go(still.matches ? Math.floor(to) : to);
    if (to >= last) pause();
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

byId("play").onclick = () => (playing ? pause() : play());
byId("back").onclick = () => (pause(), go(Math.ceil(clock - 1e-9) - 1));
byId("on").onclick = () => (pause(), go(Math.floor(clock + 1e-9) + 1));
byId("clock").oninput = () => (playing && pause(), go(Number(byId("clock").value)));
byId("undo").onclick = undo;
byId("reset").onclick = () => (remember(), put(FIRST));
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.type !== "text") return void (event.preventDefault(), undo());
  if (event.ctrlKey || event.metaKey || event.altKey || (event.target !== document.body && event.target.id !== "clock")) return;
  const keys = {
    " ": () => byId("play").click(), ArrowLeft: () => byId("back").click(), ArrowRight: () => byId("on").click(),
    Home: () => (pause(), go(0)), End: () => (pause(), go(last)),
  };
  if (keys[event.key]) (event.preventDefault(), keys[event.key]());
});
window.addEventListener("resize", draw);
window.addEventListener("hashchange", () => {
  put(FIRST);
  readAddress(location.hash, runs);
  put(taken());
});

function axes() {
  const [[left, right], [bottom, top]] = page.domain;
  const span = ticks(0, Math.max(right - left, top - bottom), 6)[1];
  const along = (low, high, place) => {
    const found = [];
    for (let k = Math.ceil(low / span - 1e-9); k * span <= high + 1e-9 * span; k++) {
      if (place === "left" && (k * span - low) / (high - low) > 0.94) continue; // there stands the axis's name
      if (place === "bottom" && (k * span - low) / (high - low) > 0.96) continue;
      const text = element("span", { textContent: quantity(Number((k * span).toPrecision(12))) });
      text.style[place] = `${((k * span - low) / (high - low)) * 100}%`;
      found.push(text);
    }
    return found;
  };
  const called = (name) => element("span", { className: "name", textContent: name });
  byId("w1").replaceChildren(...along(left, right, "left"), called("w₁"));
  byId("w2").replaceChildren(...along(bottom, top, "bottom"), called("w₂"));
}

/* How far the page is from torch, in a sentence. */
function verdict() {
  const live = runs.filter((run) => run.live), said = [];
  if (live.length) {
    const far = Math.max(...live.map((run) => run.verdict.far));
    const whole = live.every((run) => run.verdict.whole);
    const until = whole ? "at every step" : "as far as rounding does not decide";
    said.push(element("b", { textContent: "Live: torch's own steps." }), far === 0 ? ` The same numbers as torch's record, ${until}.`
      : ` At most ${quantity(far, 2)} from torch's record, ${until}.`);
    for (const run of live.filter((each) => !each.verdict.whole)) said.push(` ${run.title} is compared until step ${run.verdict.step}: beyond it, the last digit of a number changes the path.`);
  }
  const others = runs.length - live.length;
  if (others) said.push(` ${others === runs.length ? "Recorded" : others === 1 ? "One run is recorded" : `${others} runs are recorded`}: to be watched, not moved.`);
  byId("verdict").replaceChildren(...said);
}

dress();
if (location.hash) readAddress(location.hash, runs);
runs.forEach(follow);
measure();
clock = last;
for (const run of runs.filter((each) => each.live)) byId("starts").append((run.handle = handle(run)));
const grounds = page.minima.length ? runs.filter((run) => run.live && run.steps >= LAST && run.steps <= MOST_STEPS) : [];
grounds.forEach((run) => byId("grounds").append(element("option", { value: run.index, textContent: `where ${run.title} ends, from each start` })));
document.querySelector(".under").hidden = !grounds.length;
axes();
verdict();
drawCards();
document.documentElement.dataset.ready = "yes";
