// The speaker view is a window of reveal.js with this deck in it twice: the slide of the moment, which follows the film
// of the deck that everybody sees, without a sound, and the next one, which stands still. Pages that are opened as
// files may not look into each other, but may send messages.
const following = mirror && /postMessageEvents/.test(location.search);
const seconds = (section) => Number(section?.dataset.seconds ?? 0);
const clock = (time) => `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, "0")}`;
const deckOf = () => window.parent.opener; // of a slide in the speaker view
let view = null; // of the deck: the speaker view

const ask = (key) => deckOf()?.postMessage({ descent: "key", key }, "*");

// Deck: tell the speaker view how far the film is.
const tell = () => {
  if (mirror || !view || view.closed || !view.frames.length) return;
  const video = shown();
  view.frames[0].postMessage({
    descent: "film",
    slide: Reveal.getIndices().h,
    time: video?.currentTime ?? 0,
    playing: Boolean(video && !video.paused && !video.ended),
    captions: body.classList.contains("captions"),
    muted,
  }, "*");
};

const hear = (event) => {
  if (typeof event.data === "string") {
    if (!/"reveal-notes"/.test(event.data) || !/"(connected|heartbeat)"/.test(event.data)) return;
    view = event.source;
    tell();
  } else if (event.data?.descent === "key" && view && event.source === view.frames[0]) {
    keys.find(([key]) => key === event.data.key)?.[2]();
  }
};

// Speaker view: show it, and how much is left of it and of the deck.
const follow = (event) => {
  if (event.source !== deckOf() || event.data?.descent !== "film") return;
  const { slide, time, playing, captions, muted } = event.data;
  const sections = Reveal.getSlides();
  const left = Math.max(0, seconds(sections[slide]) - time);
  const after = sections.slice(slide + 1).reduce((sum, section) => sum + seconds(section), 0);
  const video = sections[slide]?.querySelector("video");
  const again = video?.hasAttribute("data-loops") ? ", then again" : "";
  document.querySelector("#left").textContent = [
    video && `${clock(left)} left of this beat${again}`,
    `${clock(left + after)} to the end`,
    muted && !silent && "sound off",
  ].filter(Boolean).join(" · ");
  body.classList.toggle("captions", captions);
  if (!video || slide !== Reveal.getIndices().h) return;
  video.muted = true;
  if (Math.abs(video.currentTime - time) > (playing ? 0.3 : 0.02)) video.currentTime = time;
  if (playing && video.paused) video.play().catch(() => {});
  if (!playing && !video.paused) video.pause();
};

if (following) {
  body.classList.add("speaker");
  window.addEventListener("message", follow);
} else if (!mirror) {
  window.addEventListener("message", hear);
  for (const kind of ["play", "pause", "seeked", "timeupdate", "ended"]) {
    for (const video of document.querySelectorAll("video")) video.addEventListener(kind, tell);
  }
  for (const kind of ["slidechanged", "overviewshown", "overviewhidden"]) Reveal.on(kind, tell);
}
