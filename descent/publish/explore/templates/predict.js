"use strict";
/* Predict: the paths are hidden, the room chooses where the selected run will end, then it is rolled. */
const predict = { on: false, rolled: false, votes: new Map() };
const NOWHERE = -1;
const hidden = () => predict.on && !predict.rolled;
const asked = () => runs.find((run) => run.index === selected);
const votesOf = (run) => predict.votes.get(run.index) || predict.votes.set(run.index, new Map()).get(run.index);

function setPredict(on) {
  pause();
  Object.assign(predict, { on, rolled: false });
  clock = on ? 0 : last;
  drawVotes();
  note();
  draw();
}

function roll() {
  predict.rolled = true;
  clock = 0;
  play();
}

function vote(choice) {
  if (!hidden()) return;
  const votes = votesOf(asked());
  votes.set(choice, (votes.get(choice) || 0) + 1);
  draw();
}

const choiceName = (choice) => (choice === NOWHERE ? "none of them" : `minimum ${choice + 1}`);
const choices = () => [...page.minima.keys(), NOWHERE];

/* The buttons: on the map at each minimum, and below it in a row. */
function drawVotes() {
  document.body.classList.toggle("unseen", hidden());
  byId("predict").setAttribute("aria-pressed", String(predict.on));
  byId("predict-box").hidden = byId("votes").hidden = !predict.on;
  byId("save").disabled = hidden();
  if (!predict.on) return;
  const button = (choice) => {
    const made = element("button", { type: "button", disabled: !hidden() }, element("b", { textContent: choice === NOWHERE ? "none" : String(choice + 1) }), element("span"));
    made.dataset.choice = choice;
    made.onclick = () => vote(choice);
    return made;
  };
  const [[left, right], [bottom, top]] = page.domain;
  byId("votes").replaceChildren(...page.minima.map(([w1, w2], k) => {
    const made = button(k);
    made.style.left = `${((w1 - left) / (right - left)) * 100}%`;
    made.style.top = `${((top - w2) / (top - bottom)) * 100}%`;
    return made;
  }));
  byId("votes").classList.toggle("many", page.minima.length > 12);
  byId("choices").replaceChildren(button(NOWHERE));
}

function tellPredict() {
  document.title = byId("title").textContent = hidden() ? page.asked : page.title; // a title may be the answer
  if (!predict.on) return;
  const run = asked(), votes = votesOf(run), all = [...votes.values()].reduce((sum, count) => sum + count, 0);
  document.body.classList.toggle("unseen", hidden());
  byId("save").disabled = hidden();
  byId("votes").classList.toggle("aside", !hidden()); // once the ends are seen, nothing covers them
  for (const button of document.querySelectorAll("[data-choice]")) {
    const choice = Number(button.dataset.choice), count = votes.get(choice) || 0, at = page.minima[choice];
    button.disabled = !hidden();
    button.lastChild.textContent = count ? String(count) : "";
    button.setAttribute("aria-label", `${choiceName(choice)}${at ? ` at (${at.map((w) => quantity(w)).join(", ")})` : ""}: ${count} ${count === 1 ? "vote" : "votes"}`);
  }
  byId("roll").textContent = predict.rolled ? "Ask again" : "Roll";
  byId("forget").disabled = !all;
  const question = `Where will ${run.title} be after ${run.steps} ${run.steps === 1 ? "step" : "steps"}? ${all ? `${all} ${all === 1 ? "vote" : "votes"}.` : "Click a minimum, or type its number."}`;
  const answer = clock < last - 1e-9 ? `${run.title} rolls.` : runs.filter((each) => each === run || voted(each)).map(outcome).join(" ");
  const told = predict.rolled ? answer : question;
  if (byId("question").textContent !== told) byId("question").textContent = told;
}

const voted = (run) => [...votesOf(run).values()].some(Boolean);

/* Where a run ends: at a minimum if its last steps are near it, as the ground of endings has it. */
function endOf({ path, steps }) {
  if (steps >= LAST) return endingOf(path, steps);
  const at = path.steps === steps ? [path.w[2 * steps], path.w[2 * steps + 1]] : [NaN, NaN];
  const away = page.minima.map(([w1, w2]) => Math.hypot(at[0] - w1, at[1] - w2)), least = lowest(away);
  return least <= page.within ? away.indexOf(least) : MOVING;
}

function outcome(run) {
  const end = endOf(run), choice = end >= 0 ? end : NOWHERE, votes = votesOf(run);
  const all = [...votes.values()].reduce((sum, count) => sum + count, 0), right = votes.get(choice) || 0;
  const where = end >= 0 ? `ends at ${choiceName(end)}` : end === DIVERGED ? "is gone: its loss left the numbers" : `is at none of them after ${run.path.steps} steps`;
  return `${run.title} ${where}${all ? `, as ${right} of ${all} said` : ""}.`;
}
