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

for (const section of document.querySelectorAll("section.film")) {
  const video = section.querySelector("video");
  const caption = section.querySelector(".caption");
  video.addEventListener("play", () => { video.controls = false; });
  video.addEventListener("click", (event) => { if (!video.controls && !event.defaultPrevented) toggle(); });
  video.addEventListener("ended", () => {
    if (!loops(video) || mirror || video !== shown()) return;
    video.muted = true; // what is said is said once
    video.currentTime = 0;
    play(video);
  });
  section.querySelector("button").addEventListener("click", toggle);
  for (const track of video.textTracks) {
    track.mode = "hidden"; // cues come, but are not drawn over the picture
    track.addEventListener("cuechange", () => {
      caption.textContent = [...track.activeCues].map((cue) => cue.getCueAsHTML().textContent).join("\n");
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
