// A page to take hold of lies over its slide, as large as the window and unscaled, so that its letters and its touch are
// its own. It is loaded when its slide is turned to, and stays as it was left. On a phone, where slides are scrolled
// through, its picture opens it. In the speaker view, which would show another one, the picture stands for it.
const pages = document.querySelector("#pages");
const framed = new Map();
let opened = null; // by hand

const loadPage = (slide) => {
  const frame = document.createElement("iframe");
  frame.title = slide.querySelector("h2").textContent;
  frame.sandbox = pages.dataset.sandbox;
  frame.allow = "clipboard-write";
  frame.src = slide.dataset.page;
  framed.set(slide, frame);
  pages.querySelector(".frames").append(frame);
};

const showPage = () => {
  const slide = Reveal.isScrollView() ? opened : Reveal.getCurrentSlide();
  const shown = !mirror && !away() && Boolean(slide?.dataset.page);
  if (shown && !framed.has(slide)) loadPage(slide);
  for (const [each, frame] of framed) frame.hidden = each !== slide;
  pages.hidden = !shown;
  if (!shown) takeKeys();
};

// A frame that was clicked has the keys until they are taken from it.
const takeKeys = () => {
  if (document.activeElement?.tagName !== "IFRAME") return;
  document.activeElement.blur();
  window.focus();
};

const turn = (way) => {
  opened = null;
  showPage();
  if (way === "next") Reveal.next();
  else Reveal.prev();
};
for (const button of pages.querySelectorAll("[data-turn]")) button.addEventListener("click", () => turn(button.dataset.turn));
for (const button of document.querySelectorAll(".try button")) {
  button.addEventListener("click", () => { opened = button.closest(".try"); showPage(); });
}

window.addEventListener("message", ({ source, data }) => {
  if (![...framed.values()].some((frame) => frame.contentWindow === source)) return;
  if (data?.descent === "page") {
    const theme = document.querySelector("meta[name=color-scheme]").content;
    source.postMessage({ descent: "holder", theme, keys: true }, "*");
  } else if (data?.descent === "key") {
    takeKeys();
    if (data.key !== "Escape") turn(data.key === "PageDown" ? "next" : "prev");
  }
});

for (const kind of ["ready", "slidechanged", "overviewshown", "overviewhidden", "paused", "resumed"]) Reveal.on(kind, showPage);
if (Reveal.isReady()) showPage();
