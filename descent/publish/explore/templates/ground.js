"use strict";
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
