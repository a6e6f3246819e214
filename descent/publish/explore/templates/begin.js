"use strict";
/* The axes' numbers, the verdict, and the beginning of it all. */
function axes() {
  for (const [name, side, place, room] of [[page.names[0], "w1", "left", 0.94], [page.names[1], "w2", "bottom", 0.96]]) {
    const numbers = page.axes.numbers[side === "w1" ? 0 : 1].filter(([share]) => share <= room); // there stands the axis's name
    const texts = numbers.map(([share, textContent]) => {
      const text = element("span", { textContent });
      text.style[place] = `${share * 100}%`;
      return text;
    });
    byId(side).replaceChildren(...texts, element("span", { className: "name", textContent: name }));
  }
  const told = [page.note, page.axes.own ? "Each axis has its own scale." : ""].filter(Boolean).join(" ");
  byId("scales").textContent = told;
  byId("scales").hidden = !told;
}

/* How far the page is from torch, in a sentence. */
function verdict() {
  const all = page.runs.map((_, k) => models.get(String(k))), live = all.filter((model) => model.live), said = [];
  if (live.length) {
    const far = Math.max(...live.map((model) => model.verdict.far));
    const whole = live.every((model) => model.verdict.whole);
    const until = whole ? "at every step" : "as far as rounding does not decide";
    said.push(element("b", { textContent: "Live: torch's own steps." }), far === 0 ? ` The same numbers as torch's record, ${until}.`
      : ` At most ${quantity(far, 2)} from torch's record, ${until}.`);
    const names = new Map(taken().map((state, k) => [state.model, runs[k].title]));
    all.forEach((model, k) => {
      if (model.live && !model.verdict.whole && names.has(String(k))) said.push(` ${names.get(String(k))} is compared until step ${model.verdict.step}: beyond it, the last digit of a number changes the path.`);
    });
  }
  const others = all.length - live.length;
  if (others) said.push(` ${others === all.length ? "Recorded" : others === 1 ? "One run is recorded" : `${others} runs are recorded`}: to be watched, not moved.`);
  byId("verdict").replaceChildren(...said);
}

/* What an address asks for, drawn once. */
function show({ states, inside: looked, predict: hide }) {
  inside.on = looked !== null;
  if (looked !== null) selected = looked;
  if (predict.on !== hide || predict.rolled) Object.assign(predict, { on: hide, rolled: false });
  if (hide) clock = 0;
  put(states);
}

readModels();
const FIRST = page.runs.map((_, k) => firstState(String(k), k));
dress();
byId("inside").hidden = ![...models.values()].some((model) => model.live);
listen();
prepareCopy();
axes();
show(readAddress(location.hash));
verdict();
document.fonts.ready.then(draw); // what was drawn before is in another font
document.documentElement.dataset.ready = "yes";
