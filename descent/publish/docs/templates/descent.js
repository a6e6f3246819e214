/* Films and pictures in the colours of the page behind them, whatever switches those. Without this script they follow
   what the reader's system prefers. */
"use strict";
(() => {
  const DARK = "(prefers-color-scheme: dark)";
  const prefersDark = matchMedia(DARK);
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  const isDarkBehind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = getComputedStyle(each).backgroundColor;
      pixel.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
      if (alpha > 127) return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
    }
    return prefersDark.matches && getComputedStyle(document.documentElement).colorScheme.includes("dark");
  };

  // A page in a frame listens to what holds it.
  const dress = (frame) => {
    const theme = frame.dataset.descentTheme || (isDarkBehind(frame.parentElement) ? "dark" : "light");
    frame.contentWindow?.postMessage({ descent: "holder", theme }, "*");
  };
  const pages = () => [...document.querySelectorAll("iframe.descent-page")];

  const settle = () => {
    pages().forEach(dress);
    for (const element of document.querySelectorAll("[data-descent-themes]")) {
      const theme = isDarkBehind(element.parentElement) ? "dark" : "light";
      const before = element.dataset.descentThemes || (prefersDark.matches ? "dark" : "light");
      if (element.dataset.descentThemes === theme) continue;
      element.dataset.descentThemes = theme;
      for (const source of element.querySelectorAll("source")) {
        source.dataset.media ??= source.media;
        if (source.dataset.media.includes(DARK)) {
          source.media = theme === "dark" ? source.dataset.media.replace(DARK, "(min-width: 0)") : "not all";
        }
      }
      if (element.tagName === "VIDEO") {
        element.poster = element.dataset[theme];
        if (theme !== before && element.paused && !element.currentTime) element.load();
      }
    }
  };

  const begin = () => {
    settle();
    addEventListener("message", ({ source, data }) => {
      if (data?.descent === "page") pages().filter((frame) => frame.contentWindow === source).forEach(dress);
    });
    const observer = new MutationObserver(settle);
    for (const each of [document.documentElement, document.body]) observer.observe(each, { attributes: true });
    prefersDark.addEventListener("change", settle);
    document.addEventListener("transitionend", (event) => {
      if (event.target === document.body || event.target === document.documentElement) settle();
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
