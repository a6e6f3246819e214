"use strict";
/* A card for each run: what it is, whether it is live, and its settings. */
const element = (name, options = {}, ...children) => {
  const made = Object.assign(document.createElement(name), options);
  made.append(...children);
  return made;
};

const TURNS = 1000;
const scaled = (slider, share) => {
  if (slider.scale === "log") return slider.low * (slider.high / slider.low) ** share;
  if (slider.scale === "one") return 1 - (1 - slider.low) * ((1 - slider.high) / (1 - slider.low)) ** share;
  return slider.low + share * (slider.high - slider.low);
};
const shareOf = (slider, value) => {
  const within = Math.min(Math.max(value, slider.low), slider.high);
  if (slider.scale === "log") return Math.log(within / slider.low) / Math.log(slider.high / slider.low);
  if (slider.scale === "one") return Math.log((1 - within) / (1 - slider.low)) / Math.log((1 - slider.high) / (1 - slider.low));
  return (within - slider.low) / (slider.high - slider.low);
};
const tidy = (slider, value) => {
  if (slider.whole) return Math.round(value);
  if (slider.scale === "one") return 1 - Number((1 - value).toPrecision(3));
  return slider.scale === "log" ? Number(value.toPrecision(3)) : Number(value.toFixed(3));
};
const spoken = (name) => name.replace(/\.(\d)$/, "[$1]");

/* A row of a card: a slider over shares of its way, and the value, to be typed. */
function settingRow(run, name, shown, value, range, share, onShare, typed) {
  const id = `run-${run.index}-${name}`.replace(/[^\w-]/g, "-");
  const label = element("label", { htmlFor: id });
  spoken(shown).split(/(?<=_)/).forEach((part) => label.append(part, element("wbr")));
  const slide = element("input", { type: "range", id, min: 0, max: range, step: 1, value: Math.round(share * range) });
  const box = element("input", { type: "text", inputMode: "decimal", value: setting(value), autocomplete: "off" });
  const wrong = element("span", { className: "wrong" });
  slide.setAttribute("aria-valuetext", setting(value));
  box.setAttribute("aria-label", `${spoken(shown)} of ${run.title}, typed`);
  slide.oninput = () => {
    const now = onShare(Number(slide.value) / range);
    box.value = setting(now);
    wrong.textContent = "";
    box.removeAttribute("aria-invalid");
    slide.setAttribute("aria-valuetext", box.value);
  };
  slide.onpointerdown = slide.onkeydown = remember;
  box.onchange = () => {
    const text = box.value.trim().replace("−", "-").replace(",", "."), number = Number(text);
    const fault = text === "" || !Number.isFinite(number) ? "A number belongs here." : typed(number);
    wrong.textContent = fault || "";
    if (fault) box.setAttribute("aria-invalid", "true");
  };
  return element("div", { className: "row" }, label, slide, box, wrong);
}

function optimizerRow(run, slider) {
  const place = run.settings.findIndex(([name]) => name === slider.name);
  const put = (value) => {
    run.p[place] = value;
    changed(run);
    return value;
  };
  const typed = (number) => {
    if (slider.least !== null && number < slider.least) return `Nothing below ${setting(slider.least)} is taken here.`;
    if (slider.most !== null && number > slider.most) return `Nothing above ${setting(slider.most)} is taken here.`;
    if (slider.whole && !Number.isInteger(number)) return "A whole number belongs here.";
    const before = run.p[place], known = past.length;
    remember();
    put(number);
    if (run.lost) {
      past.length = known;
      put(before);
      return "With the other settings torch refuses this, or takes steps that this page does not hold.";
    }
    drawCards();
    return "";
  };
  const value = run.p[place];
  return settingRow(run, slider.name, slider.name, value, TURNS, shareOf(slider, value),
    (share) => put(Math.abs(share - shareOf(slider, slider.value)) < 0.5 / TURNS ? slider.value : tidy(slider, scaled(slider, share))), typed);
}

/* A scheduler's setting: each of its values has a table, and only one setting is off its own at a time. */
function schedulerRow(run, table) {
  const { name, values } = run.rates[table], last = values.length - 1;
  const at = run.notch && run.notch.table === table ? run.notch.at : run.rates[table].at;
  const put = (notch) => {
    run.notch = notch === run.rates[table].at ? null : { table, at: notch };
    changed(run);
    return values[notch];
  };
  const typed = (number) => {
    if (!values.includes(number)) return `Its rates are known for ${values.map((value) => setting(value)).join(", ")}.`;
    remember();
    put(values.indexOf(number));
    drawCards();
    return "";
  };
  return settingRow(run, `of-${name}`, name, values[at], last, at / last, (share) => put(Math.round(share * last)), typed);
}

const OFTEN = ["lr", "momentum", "betas.0", "betas.1", "weight_decay", "alpha", "rho", "etas.0", "etas.1"];

function card(run) {
  const swatch = element("canvas");
  swatch.setAttribute("aria-hidden", "true");
  const badge = element("span", { className: "badge", textContent: run.live ? "live" : "recorded" });
  const chosen = element("input", { type: "radio", name: "chosen", id: `chosen-${run.index}`, checked: run.index === selected });
  chosen.setAttribute("aria-label", `Choose ${run.title}`);
  chosen.onchange = () => select(run.index);
  const heading = element("label", { htmlFor: chosen.id }, swatch, element("span", { textContent: run.title }));
  const body = element("section", { className: "card" },
    element("div", { className: "head" }, chosen, element("h2", {}, heading), badge), element("p", { className: "now" }));
  body.setAttribute("aria-label", run.title);
  body.style.setProperty("--own", `var(--run-${run.index})`);
  body.classList.toggle("selected", run.index === selected);
  body.onfocusin = () => select(run.index);
  if (run.live) body.append(...settingRows(run));
  else body.append(element("p", { className: "why", textContent: run.record.kept.length ? run.why : `${run.label}. Shown as torch recorded it: ${run.why}` }));
  body.append(cardButtons(run));
  return { run, body, swatch, chosen, now: body.querySelector(".now") };
}

function settingRows(run) {
  const often = run.sliders.filter((slider) => OFTEN.includes(slider.name));
  const seldom = run.sliders.filter((slider) => !OFTEN.includes(slider.name)), rows = [];
  if (run.called) rows.push(element("p", { className: "why", textContent: run.name }));
  const fixed = fixedOf(run).map(([key, text]) => `${key} = ${text}`).join(", "); // what makes it another optimizer, and has no slider
  if (fixed) rows.push(element("p", { className: "why", textContent: fixed }));
  rows.push(...often.map((slider) => optimizerRow(run, slider)));
  if (run.scheduler) rows.push(element("p", { className: "why", textContent: run.scheduler }));
  rows.push(...run.rates.slice(1).map((_, k) => schedulerRow(run, k + 1)));
  if (seldom.length) {
    const more = element("details", { open: opened.has(run.index) }, element("summary", { textContent: "More settings" }),
      ...seldom.map((slider) => optimizerRow(run, slider)));
    more.ontoggle = () => opened[more.open ? "add" : "delete"](run.index);
    rows.push(more);
  }
  return rows;
}

const opened = new Set(); // cards that show all of their settings

function cardButtons(run) {
  const button = (word, id, act, disabled) => {
    const made = element("button", { type: "button", id: `${id}-${run.index}`, textContent: word, disabled });
    made.setAttribute("aria-label", `${word} ${run.title}`);
    made.onclick = act;
    return made;
  };
  const copy = run.live ? [button("Duplicate", "duplicate", () => add(stateOf(run)), runs.length >= MOST_RUNS)] : [];
  return element("div", { className: "small" }, ...copy, button("Remove", "remove", () => remove(run), runs.length === 1));
}

/* What can be added: an optimizer with torch's own settings, where the selected run starts. */
function drawAdding() {
  const offered = [...models.values()].filter((model) => !model.own), box = byId("adding");
  box.hidden = !offered.length;
  byId("add").disabled = runs.length >= MOST_RUNS;
  byId("add").textContent = runs.length >= MOST_RUNS ? `${MOST_RUNS} runs are all that fit` : "Add a run";
  if (byId("offered").options.length) return;
  for (const [key, model] of models) if (!model.own) byId("offered").append(element("option", { value: key, textContent: key }));
}
