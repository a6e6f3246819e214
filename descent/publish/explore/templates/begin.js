"use strict";
/* The axes' numbers, the verdict, and the beginning of it all. */
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
