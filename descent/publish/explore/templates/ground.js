"use strict";
/* The ground of where runs end, made anew only when what decides it has changed. */
const basins = { key: "", picture: null, later: 0 };

function basinsNow() {
  const chosen = byId("grounds").value, run = runs.find((each) => String(each.index) === chosen);
  if (chosen === "" || !run) return null;
  const dark = byId("scheme").textContent === "Light", key = JSON.stringify([run.model, run.steps, run.p, run.notch, dark]);
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

/* The runs whose ground can be shown. */
function listGrounds() {
  const select = byId("grounds"), before = select.value;
  const shown = page.minima.length ? runs.filter((run) => run.live && run.steps >= LAST && run.steps <= MOST_STEPS) : [];
  select.replaceChildren(element("option", { value: "", textContent: "the loss" }),
    ...shown.map((run) => element("option", { value: run.index, textContent: `where ${run.title} ends, from each start` })));
  select.value = shown.some((run) => String(run.index) === before) ? before : "";
  if (select.value !== before) byId("key").replaceChildren();
  byId("grounds").parentElement.hidden = !shown.length;
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
  byId("key").replaceChildren(...(found ? shown : [element("li", { textContent: "with these settings torch refuses, or takes steps that this page does not hold" })]));
}

byId("grounds").onchange = () => {
  byId("key").replaceChildren();
  basins.key = "";
  draw();
};
