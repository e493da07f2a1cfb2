// The chat as a round button on any site: <script src=".../widget.js" async></script>
// Everything is in a shadow root, so that the site's styles and the chat's cannot meet. The chat itself is the page in a
// frame; this script never sees what is written there. `PatchbayChat.open()` and `.close()` are for the site's own use.
(() => {
  const script = document.currentScript;
  if (!script || window.PatchbayChat) return;

  const page = script.src.replace(/\/widget\.js([?#].*)?$/u, "");
  const origin = new URL(page).origin;
  const visited = `patchbay-chat:${page}`; // set once the chat has been opened: only then is there anything to be unread
  const WORDS = {
    en: ["Open the chat", "Close the chat", "unread"],
    de: ["Chat öffnen", "Chat schließen", "ungelesen"],
    fr: ["Ouvrir la discussion", "Fermer la discussion", "non lus"],
    es: ["Abrir el chat", "Cerrar el chat", "sin leer"],
    fi: ["Avaa keskustelu", "Sulje keskustelu", "lukematta"],
  };
  const STYLE = `
    :host { all: initial !important; position: fixed !important; inset: auto 0 0 auto !important; z-index: 2147483000 !important;
      display: block !important; color-scheme: light dark; font: 600 12px/1 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    * { box-sizing: border-box; }
    [hidden] { display: none; }
    button { position: fixed; right: calc(20px + env(safe-area-inset-right, 0px)); bottom: calc(20px + env(safe-area-inset-bottom, 0px));
      display: grid; place-items: center; width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; cursor: pointer; font: inherit;
      background: var(--accent); color: var(--on-accent); box-shadow: 0 6px 24px #0005, inset 0 0 0 1px color-mix(in srgb, var(--on-accent) 16%, var(--accent)); transition: transform .2s; }
    button:hover { transform: scale(1.05); }
    button:focus { outline: none; }
    button:focus-visible { outline: 3px solid var(--on-accent); outline-offset: -6px; box-shadow: 0 0 0 3px var(--accent), 0 6px 24px #0005; }
    svg { grid-area: 1 / 1; width: 28px; height: 28px; fill: none; stroke: currentcolor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; transition: opacity .2s, transform .2s; }
    svg + svg, .open svg { opacity: 0; transform: rotate(-45deg) scale(.6); }
    .open svg + svg { opacity: 1; transform: none; }
    span { position: absolute; top: -3px; right: -3px; min-width: 23px; padding: 5px 6px; border-radius: 12px; background: #c62828; color: #fff; text-align: center; box-shadow: 0 0 0 2px #fff; }
    iframe { position: fixed; right: calc(20px + env(safe-area-inset-right, 0px)); bottom: calc(94px + env(safe-area-inset-bottom, 0px));
      width: 396px; height: min(680px, 100dvh - 118px); border: 0; border-radius: 20px; background: Canvas; box-shadow: 0 16px 56px #0004, 0 0 0 1px #8882;
      color-scheme: light dark; transform-origin: 100% 100%; transition: opacity .18s, transform .18s, visibility .18s; }
    iframe:not(.open) { visibility: hidden; opacity: 0; transform: translateY(12px) scale(.97); }
    @media (max-width: 500px), (max-height: 440px) {
      iframe { inset: var(--top, 0) 0 auto 0; width: 100%; height: var(--height, 100dvh); border-radius: 0; box-shadow: none; }
      button.open { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
  `;

  const language = navigator.languages.map((name) => name.slice(0, 2)).find((name) => name in WORDS) ?? "en";
  const [openWords, closeWords, unreadWords] = WORDS[language];
  const host = document.createElement("patchbay-chat");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const badge = document.createElement("span");
  let frame = null;
  let isOpen = false;
  window.PatchbayChat = Object.freeze({ open, close });

  function build(about) {
    const sheet = new CSSStyleSheet(); // unlike a <style>, no policy of the site forbids it
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const accent = /^#[0-9a-f]{6}$/iu.test(about.colour) ? about.colour : "#4454c8";
    host.style.setProperty("--accent", accent);
    host.style.setProperty("--on-accent", readableOn(accent));
    host.lang = language;
    badge.hidden = true;
    badge.setAttribute("aria-hidden", "true"); // the button's name says it
    button.type = "button";
    button.append(icon("M4 5h16v11.5h-9.2L6.2 20.3v-3.8H4zM8.5 9.3h7M8.5 12.4h4.5"), icon("M6 9l6 6 6-6"), badge);
    button.addEventListener("click", () => (isOpen ? close() : open()));
    host.setAttribute("role", "complementary");
    host.setAttribute("aria-label", about.title);
    root.append(button);
    document.body.append(host);
    show(0);
    if (remembered()) makeFrame();
  }

  function open() {
    if (isOpen || !host.isConnected) return;
    makeFrame();
    remember();
    turn(true);
    frame.focus();
  }

  function close() {
    if (!isOpen) return;
    const wasInside = root.activeElement !== null;
    turn(false);
    if (wasInside) button.focus();
  }

  function turn(on) {
    isOpen = on;
    frame.classList.toggle("open", on);
    button.classList.toggle("open", on);
    button.setAttribute("aria-expanded", String(on));
    show(0);
    tell();
  }

  function makeFrame() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.src = `${page}?widget`;
    frame.title = host.getAttribute("aria-label");
    frame.addEventListener("load", tell);
    root.prepend(frame);
  }

  /** Says to the page in the frame whether it is seen. */
  function tell() {
    frame.contentWindow.postMessage({ patchbay: "chat", open: isOpen }, origin);
  }

  function show(unread) {
    badge.hidden = !unread || isOpen;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    button.setAttribute(
      "aria-label",
      isOpen ? closeWords : badge.hidden ? openWords : `${openWords}, ${unread} ${unreadWords}`,
    );
  }

  addEventListener("message", ({ source, origin: from, data }) => {
    if (!frame || source !== frame.contentWindow || from !== origin || data?.patchbay !== "chat") return;
    if (data.close) close();
    if (Number.isInteger(data.unread)) show(data.unread);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen && root.activeElement) close();
  });
  // The keys of a phone cover the frame without making it smaller.
  const seen = window.visualViewport;
  const fit = () => {
    host.style.setProperty("--height", `${seen.height}px`);
    host.style.setProperty("--top", `${seen.offsetTop}px`);
  };
  seen?.addEventListener("resize", fit);
  seen?.addEventListener("scroll", fit);

  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    svg.firstChild.setAttribute("d", path);
    return svg;
  }

  /** White where it has a contrast of 4.5 or more, else black. */
  function readableOn(hex) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5 ? "#fff" : "#000";
  }

  function remembered() {
    try {
      return localStorage.getItem(visited) !== null;
    } catch {
      return false; // the site's visitor lets it keep nothing
    }
  }

  function remember() {
    try {
      localStorage.setItem(visited, "");
    } catch {
      // The badge then shows from the first opening on each page.
    }
  }

  fetch(`${page}/api/about`, { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`HTTP ${answer.status}`))))
    .then((about) => (document.body ? build(about) : addEventListener("DOMContentLoaded", () => build(about))))
    .catch((error) =>
      console.warn(
        `Patchbay chat: not shown, because ${page} does not answer this site. Is ${location.origin} among its allowed_origins?`,
        error,
      ),
    );
})();
