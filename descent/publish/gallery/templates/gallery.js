"use strict";
// Everything here is extra: without it, films play, links lead, and the code can be read.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = { get: () => { try { return localStorage.getItem("scheme"); } catch { return null; } },
                 set: (value) => { try { localStorage.setItem("scheme", value); } catch { /* private mode */ } } };
  if (["dark", "light"].includes(kept.get())) root.dataset.scheme = kept.get(); // before anything is painted
  const scheme = () => root.dataset.scheme || (dark.matches ? "dark" : "light");

  addEventListener("DOMContentLoaded", () => {
    const all = (selector, within = document) => [...within.querySelectorAll(selector)];
    const one = (selector) => document.querySelector(selector);
    const say = (text) => { one("[data-status]").textContent = text; };
    for (const element of all(".needs-script")) element.hidden = false;

    // A page to take hold of, beside the film: loaded when it is asked for, in the colours of this one.
    const video = one("video");
    const frame = one(".try iframe");
    const tabs = all("[role=tab]");
    const tell = () => frame?.contentWindow?.postMessage({ descent: "holder", theme: scheme() }, "*");
    const show = (name) => {
      for (const tab of tabs) {
        const chosen = tab.getAttribute("aria-controls") === name;
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
      }
      if (name !== "try") return;
      video.pause();
      if (!frame.hasAttribute("src")) frame.src = frame.dataset.src;
    };
    for (const tab of tabs) {
      tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
      tab.addEventListener("keydown", (event) => {
        if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
        const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
        other.focus();
        other.click();
      });
    }
    if (frame) {
      const asked = () => { if (location.hash === "#try") show("try"); };
      addEventListener("message", (event) => {
        if (event.source === frame.contentWindow && event.data?.descent === "page") tell();
      });
      addEventListener("hashchange", asked);
      asked();
    }

    // A film that is stopped, or exchanged, before it has begun is no fault.
    const play = () => video.play().catch((reason) => { if (reason.name !== "AbortError") throw reason; });

    // Colours, and the film that suits them.
    const suit = () => {
      const other = scheme() === "dark" ? "light" : "dark";
      one("[data-scheme-name]").textContent = `${other[0].toUpperCase()}${other.slice(1)}`;
      one("[data-switch]").setAttribute("aria-label", `Use ${other} colours`);
      tell();
      const film = video?.dataset[scheme()];
      if (!film || video.getAttribute("src") === film) return;
      const { currentTime, paused, played, playbackRate } = video;
      video.defaultPlaybackRate = playbackRate; // which is what a new source starts with
      video.poster = video.dataset[`${scheme()}Poster`];
      video.src = film;
      if (played.length || currentTime) {
        seek(currentTime);
        if (!paused) play();
      }
    };
    one("[data-switch]").addEventListener("click", () => {
      root.dataset.scheme = scheme() === "dark" ? "light" : "dark";
      kept.set(root.dataset.scheme);
      suit();
    });
    dark.addEventListener("change", suit);

    // Chapters. A server without ranges lets a browser play but not seek: then the film is fetched whole.
    const ready = () => new Promise((done) => {
      if (video.readyState) return done();
      video.addEventListener("loadedmetadata", () => done(), { once: true });
      video.load();
    });
    const reachable = (time) => {
      for (let k = 0; k < video.seekable.length; k++) {
        if (video.seekable.start(k) <= time && time <= video.seekable.end(k)) return true;
      }
      return false;
    };
    const seek = async (time) => {
      await ready();
      if (!reachable(time) && location.protocol !== "file:" && !video.src.startsWith("blob:")) {
        video.src = URL.createObjectURL(await (await fetch(video.src)).blob());
        await ready();
      }
      video.currentTime = time;
    };
    for (const button of all("[data-seek]")) {
      button.addEventListener("click", async () => {
        if (frame) show("film");
        await seek(Number(button.dataset.seek) + 0.001); // not the last picture of the chapter before
        play();
      });
    }
    const lists = all(".chapters ol, .transcript").map((list) => all("[data-seek]", list));
    const follow = () => {
      for (const buttons of lists) {
        const now = buttons.filter((button) => Number(button.dataset.seek) <= video.currentTime + 0.01).at(-1);
        for (const button of buttons) {
          if (button === now) button.setAttribute("aria-current", "true");
          else button.removeAttribute("aria-current");
        }
      }
    };
    if (video) for (const event of ["timeupdate", "seeked", "play"]) video.addEventListener(event, follow);

    // Words: the one that is spoken is lit, and a click on one plays from there.
    const words = all("[data-at]").map((element, k, every) => {
      const line = element.parentElement;
      const next = every[k + 1]?.parentElement === line ? every[k + 1].dataset.at : line.dataset.until;
      return { element, from: Number(element.dataset.at), until: Number(next) };
    });
    let lit = null;
    const light = () => {
      const now = words.find(({ from, until }) => from <= video.currentTime + 0.01 && video.currentTime + 0.01 < until);
      if (now?.element === lit) return;
      lit?.classList.remove("spoken");
      lit = now?.element ?? null;
      lit?.classList.add("spoken");
    };
    // Captions stand below the picture, where their words can be lit and clicked; in full screen, the browser shows them.
    const said = one(".said");
    const wordsOf = (cue) => {
      let at = cue.startTime;
      return [...cue.getCueAsHTML().childNodes].flatMap((node) => {
        if (node.nodeType === Node.PROCESSING_INSTRUCTION_NODE) {
          at = node.data.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
          return [];
        }
        return node.textContent.split(/(\s+)/).filter(Boolean).map((text) => {
          if (!text.trim()) return text;
          const word = Object.assign(document.createElement("span"), { textContent: text });
          word.dataset.at = at;
          return word;
        });
      });
    };
    const lightSaid = () => {
      for (const word of said?.children ?? []) {
        word.classList.toggle("ahead", Number(word.dataset.at) > video.currentTime + 0.01);
      }
    };
    if (said) {
      const track = video.textTracks[0];
      const below = () => { track.mode = document.fullscreenElement ? "showing" : "hidden"; };
      below();
      document.addEventListener("fullscreenchange", below);
      video.addEventListener("webkitbeginfullscreen", () => { track.mode = "showing"; });
      video.addEventListener("webkitendfullscreen", below);
      track.addEventListener("cuechange", () => {
        said.replaceChildren(...[...track.activeCues].flatMap(wordsOf));
        lightSaid();
      });
      said.addEventListener("click", ({ target }) => {
        if (target.dataset.at && getSelection().isCollapsed) seek(Number(target.dataset.at) + 0.001);
      });
    }
    const keepLit = () => {
      lightSaid();
      light();
      if (!video.paused && !video.ended) requestAnimationFrame(keepLit);
    };
    if (video && words.length) {
      video.addEventListener("play", keepLit);
      video.addEventListener("seeked", light);
      video.addEventListener("seeked", lightSaid);
    }
    for (const { element, from } of words) {
      element.addEventListener("click", async () => {
        if (!getSelection().isCollapsed) return; // somebody selects text
        await seek(from + 0.001);
        play();
      });
    }

    // Copying, in the way the page is allowed to.
    const copied = async (element) => {
      const text = element.textContent;
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        getSelection().selectAllChildren(element);
        return document.execCommand("copy");
      }
    };
    for (const button of all("[data-copy]")) {
      button.addEventListener("click", async () => {
        const done = await copied(document.getElementById(button.dataset.copy));
        button.textContent = done ? "Copied" : "Selected";
        say(done ? "Copied to the clipboard." : "The text is selected; copy it with the keyboard.");
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    }

    // Search: all words and all tags must be there.
    const filter = one("[data-filter]");
    const input = filter?.querySelector("input");
    const tags = filter ? all("[data-tag]", filter) : [];
    const films = all("[data-film]");
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = tags.filter((tag) => tag.getAttribute("aria-pressed") === "true").map((tag) => tag.dataset.tag);
      for (const film of films) {
        const has = film.dataset.tags.split("|");
        film.hidden = !(words.every((word) => film.dataset.words.includes(word)) && wanted.every((tag) => has.includes(tag)));
      }
      for (const lesson of all("[data-lesson]")) lesson.hidden = !all("[data-film]:not([hidden])", lesson).length;
      const shown = films.filter((film) => !film.hidden).length;
      one("[data-none]").hidden = shown > 0;
      say(`${shown} of ${films.length} films shown.`);
    };
    if (filter) {
      filter.addEventListener("submit", (event) => event.preventDefault());
      input.addEventListener("input", apply);
      for (const tag of tags) {
        tag.addEventListener("click", () => {
          tag.setAttribute("aria-pressed", String(tag.getAttribute("aria-pressed") !== "true"));
          apply();
        });
      }
      one("[data-clear]").addEventListener("click", () => {
        input.value = "";
        for (const tag of tags) tag.setAttribute("aria-pressed", "false");
        apply();
        input.focus();
      });
    }
    suit();
  });
})();
