"use strict";
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

/* What buttons and keys do; while the paths are hidden, the clock stands still. */
const acts = {
  play: () => (hidden() ? roll() : playing ? pause() : play()),
  back: () => hidden() || (pause(), go(Math.ceil(clock - 1e-9) - 1)),
  on: () => hidden() || (pause(), go(Math.floor(clock + 1e-9) + 1)),
  first: () => hidden() || (pause(), go(0)),
  end: () => hidden() || (pause(), go(last)),
  inside: () => byId("inside").hidden || setInside(!inside.on),
  predict: () => byId("predict").hidden || setPredict(!predict.on),
  reset: () => (remember(), put(FIRST)),
  undo,
};
const KEYS = { " ": "play", ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "end", i: "inside", p: "predict" };

function listen() {
  for (const name of ["play", "back", "on", "inside", "predict", "reset", "undo"]) byId(name).onclick = acts[name];
  byId("clock").oninput = () => (hidden() ? draw() : (playing && pause(), go(Number(byId("clock").value))));
  byId("roll").onclick = () => (predict.rolled ? setPredict(true) : roll());
  byId("forget").onclick = () => (predict.votes.clear(), draw());
  byId("save").onclick = savePicture;
  byId("add").onclick = () => addOffer(byId("offered").value);
  document.addEventListener("keydown", pressed);
  window.addEventListener("resize", draw);
  window.addEventListener("hashchange", () => show(readAddress(location.hash)));
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.type !== "text") return void (event.preventDefault(), undo());
  const free = event.target === document.body || event.target.id === "clock", voting = event.target.dataset.choice !== undefined;
  if (event.ctrlKey || event.metaKey || event.altKey || !(free || (voting && /^[0-9]$/.test(event.key)))) return;
  if (hidden() && /^[0-9]$/.test(event.key) && Number(event.key) <= page.minima.length) return vote(Number(event.key) - 1);
  if (KEYS[event.key]) (event.preventDefault(), acts[KEYS[event.key]]());
}
