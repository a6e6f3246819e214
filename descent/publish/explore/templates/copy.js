"use strict";
/* The dialog with what is on screen as text. */
const LANGUAGES = [["command", "Command"], ["toml", "TOML"], ["python", "Python"]];

function showText() {
  const language = document.querySelector("[name=language]:checked").value, { text, why } = writtenAs(language);
  byId("text").hidden = byId("take").hidden = !text;
  byId("text").value = text || "";
  byId("text").rows = Math.min(Math.max((text || "").split("\n").length, 3), 18);
  byId("copied").textContent = why || "";
}

/* The old way of copying: it works in frames of learning platforms too, where the new one may not even be asked for. */
function takeText() {
  byId("text").select();
  byId("copied").textContent = document.execCommand("copy") ? "Copied." : "This browser lets no page copy: the text is selected, press Ctrl C.";
}

function prepareCopy() {
  byId("languages").append(...LANGUAGES.map(([value, word], k) => element("label", {}, element("input", { type: "radio", name: "language", value, checked: !k, onchange: showText }), word)));
  byId("copy").onclick = () => (showText(), byId("copying").showModal());
  byId("take").onclick = takeText;
  byId("close").onclick = () => byId("copying").close();
}
