"use strict";
/* In a frame of a page that knows of it (a deck, a gallery, documentation), it takes on that page's theme, and a deck
   gets the keys that turn its slides. Both only send messages, so that a sandbox may keep them apart. */
if (window.parent !== window) {
  const holder = { theme: "", keys: false };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || !data || data.descent !== "holder") return;
    holder.keys = data.keys === true;
    if (data.theme === holder.theme || !["dark", "light"].includes(data.theme)) return;
    holder.theme = document.documentElement.dataset.scheme = data.theme;
    dress();
    draw();
  });
  document.addEventListener("keydown", (event) => {
    if (!holder.keys || !["Escape", "PageUp", "PageDown"].includes(event.key)) return;
    event.preventDefault();
    window.parent.postMessage({ descent: "key", key: event.key }, "*");
  });
  window.parent.postMessage({ descent: "page" }, "*");
}
