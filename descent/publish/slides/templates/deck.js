const quiet = matchMedia("(prefers-reduced-motion: reduce)");
const mirror = /receiver/i.test(location.search); // the deck inside the speaker view, which must not speak too
const body = document.body;
const silent = body.classList.contains("silent"); // somebody speaks: the films have no sound
const chip = document.querySelector("#said");
let muted = silent;
let held = null; // what was shown, and whether it played, when the overview or the black screen came

const away = () => Reveal.isOverview() || Reveal.isPaused();
const shown = () => Reveal.getCurrentSlide().querySelector("video");
const loops = (video) => video.hasAttribute("data-loops") && !quiet.matches;

// A browser may refuse to play aloud before the first key or click; then, and where motion is unwelcome, the film
// waits with its own controls. A film that is left before it could begin needs none.
const play = (video) => video.play().catch((reason) => { if (reason.name === "NotAllowedError") video.controls = true; });

const begin = () => {
  const video = shown();
  if (!video || mirror || away()) return;
  video.currentTime = 0;
  video.muted = muted;
  if (quiet.matches) video.controls = true;
  else play(video);
};

const toggle = () => {
  const video = shown();
  if (!video || away()) return;
  if (video.paused) play(video);
  else video.pause();
};

const captions = () => { body.classList.toggle("captions"); tell(); };

const mute = () => {
  muted = !muted;
  for (const video of document.querySelectorAll("video")) video.muted = muted;
  chip.textContent = muted ? "Sound off" : "Sound on";
  chip.classList.remove("passing");
  void chip.offsetWidth; // so that it fades anew
  chip.classList.add("passing");
  tell();
};

// Nothing plays, and nothing is heard, where many slides or none are seen.
const hold = () => {
  const video = shown();
  held ??= { video, playing: Boolean(video && !video.paused && !video.ended) };
  video?.pause();
};

const goOn = () => {
  if (!held || away()) return;
  const { video, playing } = held;
  held = null;
  if (shown() !== video) begin();
  else if (playing) play(video);
};

// A caption's words, each with its second where the cue tells it; the first word begins with the cue.
const spokenWords = (cue) => {
  const told = [...cue.getCueAsHTML().childNodes];
  const timed = told.some((node) => node.nodeType === Node.PROCESSING_INSTRUCTION_NODE);
  let at = cue.startTime;
  return told.flatMap((node) => {
    if (node.nodeType === Node.PROCESSING_INSTRUCTION_NODE) {
      at = node.data.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
      return [];
    }
    return node.textContent.split(/(\s+)/).filter(Boolean).map((text) => {
      if (!timed || !text.trim()) return text;
      const word = document.createElement("span");
      word.textContent = text;
      word.dataset.at = at;
      return word;
    });
  });
};

// Words light up as they are spoken.
const light = (video, caption) => {
  for (const word of caption.querySelectorAll("[data-at]")) {
    word.classList.toggle("ahead", Number(word.dataset.at) > video.currentTime + 0.01);
  }
  if (video.paused || video.ended || video.lighting) return;
  video.lighting = true; // one loop for each film
  requestAnimationFrame(() => { video.lighting = false; light(video, caption); });
};

for (const section of document.querySelectorAll("section.film")) {
  const video = section.querySelector("video");
  const caption = section.querySelector(".caption span");
  video.addEventListener("play", () => { video.controls = false; });
  video.addEventListener("click", (event) => { if (!video.controls && !event.defaultPrevented) toggle(); });
  video.addEventListener("ended", () => {
    if (!loops(video) || mirror || video !== shown()) return;
    video.muted = true; // what is said is said once
    video.currentTime = 0;
    play(video);
  });
  for (const event of ["play", "seeked"]) video.addEventListener(event, () => light(video, caption));
  caption.addEventListener("click", ({ target }) => {
    if (target.dataset.at && getSelection().isCollapsed) video.currentTime = Number(target.dataset.at) + 0.001;
  });
  section.querySelector("button").addEventListener("click", toggle);
  for (const track of video.textTracks) {
    track.mode = "hidden"; // cues come, but are not drawn over the picture
    track.addEventListener("cuechange", () => {
      caption.replaceChildren(...[...track.activeCues].flatMap((cue, k) => [...(k ? ["\n"] : []), ...spokenWords(cue)]));
      light(video, caption);
    });
  }
}

Reveal.on("ready", begin);
Reveal.on("slidechanged", begin);
Reveal.on("paused", hold); // the screen is black
Reveal.on("resumed", goOn);
Reveal.on("overviewshown", hold);
Reveal.on("overviewhidden", goOn);
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  navigationMode: "linear",
  transition: "none",
  backgroundTransition: "none",
  autoPlayMedia: false,
  viewDistance: 2,
  plugins: [RevealNotes],
});
const keys = [["K", "Pause or play", toggle], ["C", "Captions on or off", captions]];
if (!silent) keys.push(["M", "Sound off or on", mute]);
for (const [key, description, act] of keys) {
  Reveal.addKeyBinding({ keyCode: key.charCodeAt(0), key, description }, () => (mirror ? ask(key) : act()));
}
