const quiet = matchMedia("(prefers-reduced-motion: reduce)");
const notes = /receiver/i.test(location.search); // the deck inside the speaker view, which must not speak too

const shown = () => Reveal.getCurrentSlide().querySelector("video");

// A browser may refuse to play aloud before the first key or click; then, and where motion is unwelcome, the film
// waits with its own controls.
const play = (video) => video.play().catch(() => { video.controls = true; });

const begin = () => {
  const video = shown();
  if (!video || notes) return;
  video.currentTime = 0;
  if (quiet.matches) video.controls = true;
  else play(video);
};

const toggle = () => {
  const video = shown();
  if (!video) return;
  if (video.paused) play(video);
  else video.pause();
};

for (const section of document.querySelectorAll("section.film")) {
  const video = section.querySelector("video");
  const caption = section.querySelector(".caption");
  video.addEventListener("play", () => { video.controls = false; });
  video.addEventListener("click", () => { if (!video.controls) toggle(); });
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
Reveal.on("paused", () => shown()?.pause()); // the screen is black
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
Reveal.addKeyBinding({ keyCode: 75, key: "K", description: "Pause or play" }, toggle);
Reveal.addKeyBinding({ keyCode: 67, key: "C", description: "Captions on or off" }, () => {
  document.body.classList.toggle("captions");
});
