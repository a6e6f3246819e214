"use strict";
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

/* A handle for each live run, that of the selected run on top. */
function placeHandles() {
  for (const run of runs) run.handle = run.live ? handle(run) : null;
  byId("starts").replaceChildren(...runs.filter((run) => run.handle).map((run) => run.handle));
}

function handle(run) {
  const button = element("button", { type: "button", id: `start-${run.index}` });
  const [[left, right], [bottom, top]] = page.domain;
  button.style.setProperty("--own", `var(--run-${run.index})`);
  let off = [0, 0], held = null;
  const at = (event) => {
    const box = byId("map").getBoundingClientRect();
    return [left + ((event.clientX - box.left) / box.width) * (right - left), top - ((event.clientY - box.top) / box.height) * (top - bottom)];
  };
  button.onpointerdown = (event) => {
    remember();
    select(run.index);
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
    select(run.index);
    const much = event.shiftKey ? 0.1 : 0.01;
    moveStart(together(run), run.start[0] + way[0] * much * (right - left), run.start[1] + way[1] * much * (top - bottom));
  };
  return button;
}
