"use strict";
/* The address holds what was changed: #0@-11,9;lr=0.02;of.1=4~1@… for the first run's start, rate and a notch. */
function addressOf(runs) {
  const changed = runs.flatMap((run) => {
    const parts = run.settings.flatMap(([name, value], k) => (run.p[k] === value ? [] : [`${name}=${run.p[k]}`]));
    if (run.notch) parts.push(`of.${run.notch.table}=${run.notch.at}`);
    const moved = run.start.some((w, k) => w !== run.first[k]);
    return moved || parts.length ? [[`${run.index}@${moved ? run.start.join(",") : ""}`, ...parts].join(";")] : [];
  });
  return changed.length ? `#${changed.join("~")}` : "";
}

/* Takes over what an address says of runs that are live; whatever is not as it should be is left as it is. */
function readAddress(hash, runs) {
  for (const text of hash.replace(/^#/, "").split("~")) {
    const [head, ...parts] = text.split(";"), [index, place] = head.split("@"), run = runs[Number(index)];
    if (!run || !run.live || place === undefined) continue;
    const start = place.split(",").map(Number);
    if (place && start.length === 2 && start.every((w, k) => w >= page.domain[k][0] && w <= page.domain[k][1])) run.start = start;
    for (const part of parts) {
      const [name, value] = part.split("="), number = Number(value);
      if (!value || !Number.isFinite(number)) continue;
      if (name.startsWith("of.")) {
        const table = Number(name.slice(3));
        if (table > 0 && run.rates[table] && run.rates[table].tables[number]) run.notch = { table, at: number };
        continue;
      }
      const slider = run.sliders.find((each) => each.name === name);
      if (slider && !(slider.least !== null && number < slider.least) && !(slider.most !== null && number > slider.most)) {
        run.p[run.settings.findIndex(([each]) => each === name)] = number;
      }
    }
  }
}
