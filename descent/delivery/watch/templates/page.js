"use strict";
// A page of `descent watch`: asks for the frame under the playhead, and draws what comes over one connection.

const THEMES = ["dark", "light"];
const KEPT = 700; // pictures kept in the page
const AHEAD = 20; // frames asked for in advance while playing
const by = (id) => document.getElementById(id);
const canvases = Object.fromEntries(THEMES.map((theme) => [theme, document.querySelector(`[data-theme="${theme}"] canvas`)]));

let film = null; // what the server told of the film
let frame = 0; // the playhead
let themes = ["dark"];
let socket = null;
let playing = null; // {clock, until}
const kept = new Map(); // pictures by theme and frame, those used last at the end
const shown = {}; // the frame that is on a canvas, by theme
const asked = {}; // what was asked for last, by theme
let fresh = {}; // the construction whose pictures are kept, by theme

// Frames

const seconds = (number) => number / (film ? film.rate : 30);
const last = () => (film ? Math.max(0, film.plays.reduce((sum, play) => Math.max(sum, play[0] + play[1]), 0) - 1) : 0);
const key = (theme, number) => `${theme} ${number}`;

function keep(theme, number, picture) {
  kept.delete(key(theme, number));
  kept.set(key(theme, number), picture);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
}

function forget(theme) {
  for (const each of [...kept.keys()]) if (each.startsWith(`${theme} `)) kept.delete(each);
  delete shown[theme];
  delete asked[theme];
  delete canvases[theme].dataset.frame;
}

async function paint(theme, number) {
  const picture = kept.get(key(theme, number));
  if (shown[theme] === number || !picture) return;
  shown[theme] = number;
  const bitmap = await createImageBitmap(picture);
  if (shown[theme] !== number) return bitmap.close(); // another one came meanwhile
  const canvas = canvases[theme];
  if (canvas.width !== bitmap.width) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  canvas.dataset.frame = number;
  canvas.dataset.generation = fresh[theme] ?? -1;
}

function want(theme) {
  const wanted = [];
  const end = playing ? Math.min(frame + AHEAD, last()) : frame;
  for (let number = frame; number <= end; number++) if (!kept.has(key(theme, number))) wanted.push(number);
  const text = JSON.stringify({ theme, frames: wanted });
  if (!wanted.length || asked[theme] === text || socket?.readyState !== WebSocket.OPEN) return;
  asked[theme] = text;
  socket.send(text);
}

function show() {
  for (const theme of themes) {
    if (kept.has(key(theme, frame))) paint(theme, frame);
    want(theme);
  }
}

function go(number) {
  frame = Math.min(Math.max(0, Math.round(number)), last());
  tell();
  show();
}

// What stands beside the pictures

const time = (value) => `${value.toFixed(1)} s`;

function beatAt(number) {
  const now = seconds(number) + 1e-6;
  return film ? film.beats.findLastIndex((beat) => beat.start <= now) : -1;
}

function tell() {
  const at = by("at");
  at.value = frame;
  const k = beatAt(frame);
  const beat = film?.beats[k];
  at.setAttribute("aria-valuetext", `${time(seconds(frame))}${beat ? `, beat ${k + 1}: ${beat.note}` : ""}`);
  by("clock").textContent = film ? `${time(seconds(frame))} of ${time(film.seconds)}, frame ${frame}` : "";
  document.documentElement.dataset.frame = frame;
  const now = seconds(frame);
  const cue = film?.captions.find(([start, end]) => start <= now && now < end);
  by("caption").textContent = cue ? cue[2] : "";
  [...by("beats").children].forEach((each, place) => each.classList.toggle("now", place === k));
  [...by("list").children].forEach((each, place) => {
    if (place === k) each.firstChild.setAttribute("aria-current", "true");
    else each.firstChild.removeAttribute("aria-current");
  });
}

function made(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

function lay() {
  by("title").textContent = film.title;
  document.title = `${film.title} – descent watch`;
  by("at").max = last();
  by("beats").replaceChildren(
    ...film.beats.map((beat) => {
      const part = made("div", beat.note);
      part.style.left = `${(100 * beat.start) / film.seconds}%`;
      part.style.width = `${(100 * (beat.end - beat.start)) / film.seconds}%`;
      return part;
    }),
  );
  by("list").replaceChildren(
    ...film.beats.map((beat) => {
      const item = made("li");
      const button = made("button");
      button.type = "button";
      button.append(made("span", time(beat.start), "when"), made("span", beat.note));
      if (beat.say !== beat.note) button.append(made("span", beat.say, "say"));
      button.addEventListener("click", () => go(Math.ceil(beat.start * film.rate)));
      item.append(button);
      return item;
    }),
  );
  for (const canvas of Object.values(canvases)) canvas.style.aspectRatio = `${film.width} / ${film.height}`;
}

let found = { claims: [], faults: [], checked: false };

function judge() {
  const remarks = film ? film.remarks.map((remark) => ({ ...remark, themes: [] })) : [];
  const faults = [...found.faults, ...remarks].sort((one, other) => (one.at ?? -1) - (other.at ?? -1));
  const wrong = found.claims.filter((claim) => claim.fault);
  by("faults").replaceChildren(
    ...faults.map((fault) => {
      const item = made("li");
      const text = fault.themes.length ? `In the ${fault.themes.join(" and ")} theme, ${fault.text}` : fault.text;
      if (fault.at === null) item.textContent = text;
      else {
        const button = made("button", text);
        button.type = "button";
        button.addEventListener("click", () => go(fault.at * film.rate - 1));
        item.append(made("span", `${time(fault.at)} `, "when"), button);
      }
      return item;
    }),
  );
  by("marks").replaceChildren(
    ...faults
      .filter((fault) => fault.at !== null && film)
      .map((fault) => {
        const mark = made("div");
        mark.style.left = `${Math.min(100, (100 * fault.at) / film.seconds)}%`; // it may be of the film before
        return mark;
      }),
  );
  by("claimed").hidden = !found.claims.length;
  by("claims").replaceChildren(
    ...found.claims.map((claim) => {
      const item = made("li", claim.fault ? `${claim.text} (${claim.fault})` : claim.text, claim.fault ? "false" : "");
      item.prepend(made("span", claim.fault ? "False: " : "Holds: ", "unseen"));
      return item;
    }),
  );
  const count = faults.length + wrong.length;
  by("verdict").textContent = !found.checked ? "Checking …" : count ? `${count} to look at` : "Nothing to find fault with";
}

function broken(why) {
  by("broken").hidden = !why;
  if (!why) return;
  const name = why.file.split("/").pop();
  by("broken-where").textContent = why.line ? `${name}, line ${why.line}` : "It cannot be drawn as it is now";
  by("broken-text").textContent = why.text;
  by("broken-source").replaceChildren(
    ...(why.source || []).map(([number, text]) => {
      const item = made("li", undefined, number === why.line ? "here" : "");
      item.append(made("span", String(number)), made("span", text));
      return item;
    }),
  );
}


function state(told) {
  const bad = Boolean(told.broken);
  by("state").className = told.busy ? "busy" : bad ? "bad" : "";
  by("state").textContent = told.busy ? "Drawing it again …" : bad ? "Broken" : "Up to date";
  if (!told.busy) broken(told.broken);
  document.documentElement.dataset.state = told.busy ? "busy" : bad ? "broken" : "ready";
}

// Playing: the sound's clock leads, pictures follow as they come

let audio = null; // the context, made at the first play: browsers want a click before it
let track = { name: "", buffer: null, source: null };
let muted = false;

async function fetchTrack(name) {
  track.name = name;
  track.buffer = null;
  if (!name || !audio) return;
  const answer = await fetch(`sound/${name}.wav`);
  if (!answer.ok) return;
  const buffer = await audio.decodeAudioData(await answer.arrayBuffer());
  if (track.name === name) track.buffer = buffer;
}

async function play(until) {
  if (!film) return;
  if (frame >= last()) go(0);
  if (!audio) {
    audio = new AudioContext();
    await fetchTrack(track.name);
  }
  await audio.resume();
  const begin = seconds(frame);
  if (track.buffer && !muted && begin < track.buffer.duration) {
    track.source = audio.createBufferSource();
    track.source.buffer = track.buffer;
    track.source.connect(audio.destination);
    track.source.start(0, begin);
  }
  const from = audio.currentTime;
  playing = { clock: () => begin + audio.currentTime - from, until: until ?? film.seconds };
  document.documentElement.dataset.sounding = track.source ? "yes" : "no";
  by("play").textContent = "Stop";
  by("play").setAttribute("aria-pressed", "true");
  requestAnimationFrame(tick);
}

function stop() {
  playing = null;
  track.source?.stop();
  track.source = null;
  document.documentElement.dataset.sounding = "no";
  by("play").textContent = "Play";
  by("play").setAttribute("aria-pressed", "false");
}

function tick() {
  if (!playing) return;
  const now = playing.clock();
  const end = Math.min(Math.round(playing.until * film.rate) - 1, last());
  const number = Math.min(Math.floor(now * film.rate + 1e-6), end);
  if (number !== frame) go(number);
  else show();
  if (now >= playing.until) stop();
  else requestAnimationFrame(tick);
}

const toggle = () => (playing ? stop() : play());

function playBeat() {
  const beat = film?.beats[beatAt(frame)];
  if (!beat) return;
  if (playing) stop();
  go(Math.ceil(beat.start * film.rate));
  play(beat.end);
}

function byBeat(step) {
  if (!film) return;
  const k = beatAt(frame);
  const here = k >= 0 ? Math.ceil(film.beats[k].start * film.rate) : 0;
  const next = step < 0 && frame > here ? k : k + step;
  jump(next < 0 ? 0 : next >= film.beats.length ? last() : Math.ceil(film.beats[next].start * film.rate));
}

function jump(number) {
  const again = playing;
  if (again) stop();
  go(number);
  if (again) play();
}

function mute() {
  muted = !muted;
  by("sound").setAttribute("aria-pressed", String(!muted));
  if (playing) {
    const until = playing.until;
    stop();
    play(until);
  }
}

function choose(value) {
  themes = value === "both" ? THEMES : [value];
  for (const theme of THEMES) canvases[theme].parentElement.hidden = !themes.includes(theme);
  document.querySelector(`#themes [value="${value}"]`).checked = true;
  show();
}

// The connection

const heard = {
  subject(told) {
    if (!film) by("title").textContent = told.name;
    if (!heard.chosen) choose(told.theme);
    heard.chosen = true;
  },
  film(told) {
    film = told;
    lay();
    judge();
    document.documentElement.dataset.generation ??= told.generation;
    go(Math.min(frame, last()));
  },
  fresh(told) {
    fresh[told.theme] = told.generation;
    forget(told.theme);
    document.documentElement.dataset.generation = told.generation;
    show();
  },
  state,
  found(told) {
    found = told;
    judge();
  },
  sound(told) {
    const silent = told.mute ? `Without sound: ${told.mute}` : "";
    by("silence").textContent = silent;
    by("sound").disabled = !told.name;
    document.documentElement.dataset.sound = told.name;
    if (told.name !== track.name) fetchTrack(told.name);
  },
  undrawn(told) {
    by("state").className = "bad";
    by("state").textContent = told.text;
  },
};

function picture(data) {
  const length = new DataView(data).getUint32(0);
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  if (fresh[told.theme] === undefined) fresh[told.theme] = told.generation;
  if (told.generation < fresh[told.theme]) return;
  keep(told.theme, told.frame, new Blob([new Uint8Array(data, 4 + length)], { type: "image/webp" }));
  if (!playing || told.frame <= frame) paint(told.theme, told.frame);
}

let patience = 500;

function connect() {
  const address = new URL("live", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    patience = 500;
    THEMES.forEach(forget);
    fresh = {};
    show();
  });
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return picture(data);
    const told = JSON.parse(data);
    heard[told.type]?.(told);
  });
  socket.addEventListener("close", () => {
    by("state").className = "bad";
    by("state").textContent = "No connection; is descent watch still running?";
    document.documentElement.dataset.state = "lost";
    setTimeout(connect, patience);
    patience = Math.min(2 * patience, 10000);
  });
}

// Hands

by("at").addEventListener("input", () => {
  if (playing) stop();
  go(Number(by("at").value));
});
by("play").addEventListener("click", toggle);
by("beat").addEventListener("click", playBeat);
by("before").addEventListener("click", () => byBeat(-1));
by("after").addEventListener("click", () => byBeat(1));
by("sound").addEventListener("click", mute);
by("themes").addEventListener("change", (event) => choose(event.target.value));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.matches("input[type=radio]") && event.key.startsWith("Arrow")) return;
  if (event.key === " " && target.matches("button:focus-visible, summary, input[type=radio]")) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const around = ["dark", "light", "both"];
  const now = themes.length > 1 ? "both" : themes[0];
  const done =
    step ? () => (event.shiftKey ? byBeat(step) : jump(frame + step))
    : event.key === " " ? toggle
    : event.key === "Home" ? () => jump(0)
    : event.key === "End" ? () => jump(last())
    : event.key === "b" || event.key === "B" ? playBeat
    : event.key === "m" || event.key === "M" ? mute
    : event.key === "t" || event.key === "T" ? () => choose(around[(around.indexOf(now) + 1) % 3])
    : null;
  if (!done) return;
  event.preventDefault();
  done();
});

connect();
