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
