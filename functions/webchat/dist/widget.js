// Shows the chat as a round button on any site: <script src=".../widget.js" async></script>
// Everything is in a shadow root, so that the styles of the site and of the chat do not affect each other. The chat is
// the page in a frame; this script never sees the messages. Sites may call PatchbayChat.open() and .close().

/** @import { About } from "../types.js" */

(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || window.PatchbayChat) return;

  const page = script.src.replace(/\/widget\.js([?#].*)?$/u, "");
  const origin = new URL(page).origin;
  const openedKey = `patchbay-chat:${page}`; // set when the chat was opened once: before, nothing can be unread
  /** @type {Record<string, [open: string, close: string, unread: string]>} */
  const TEXTS = {
    en: ["Open chat", "Close chat", "unread"],
    de: ["Chat öffnen", "Chat schließen", "ungelesen"],
    fr: ["Ouvrir la discussion", "Fermer la discussion", "non lus"],
    es: ["Abrir el chat", "Cerrar el chat", "sin leer"],
    fi: ["Avaa keskustelu", "Sulje keskustelu", "lukematta"],
  };
  const STYLE = `
    :host {
      all: initial !important;
      position: fixed !important;
      inset: auto 0 0 auto !important;
      z-index: 2147483000 !important;
      display: block !important;
      color-scheme: light dark;
      font:
        600 12px / 1 system-ui,
        -apple-system,
        "Segoe UI",
        Roboto,
        sans-serif;
    }
    * {
      box-sizing: border-box;
    }
    [hidden] {
      display: none;
    }
    button {
      position: fixed;
      right: calc(20px + env(safe-area-inset-right, 0px));
      bottom: calc(20px + env(safe-area-inset-bottom, 0px));
      display: grid;
      place-items: center;
      width: 60px;
      height: 60px;
      padding: 0;
      border: 0;
      border-radius: 50%;
      cursor: pointer;
      font: inherit;
      background: var(--accent);
      color: var(--on-accent);
      box-shadow:
        0 6px 24px #0005,
        inset 0 0 0 1px color-mix(in srgb, var(--on-accent) 16%, var(--accent));
      transition: transform 0.2s;
    }
    button:hover {
      transform: scale(1.05);
    }
    button:focus {
      outline: none;
    }
    button:focus-visible {
      outline: 3px solid var(--on-accent);
      outline-offset: -6px;
      box-shadow:
        0 0 0 3px var(--accent),
        0 6px 24px #0005;
    }
    svg {
      grid-area: 1 / 1;
      width: 28px;
      height: 28px;
      fill: none;
      stroke: currentcolor;
      stroke-width: 1.9;
      stroke-linecap: round;
      stroke-linejoin: round;
      transition:
        opacity 0.2s,
        transform 0.2s;
    }
    svg + svg,
    .open svg {
      opacity: 0;
      transform: rotate(-45deg) scale(0.6);
    }
    .open svg + svg {
      opacity: 1;
      transform: none;
    }
    span {
      position: absolute;
      top: -3px;
      right: -3px;
      min-width: 23px;
      padding: 5px 6px;
      border-radius: 12px;
      background: #c62828;
      color: #fff;
      text-align: center;
      box-shadow: 0 0 0 2px #fff;
    }
    iframe {
      position: fixed;
      right: calc(20px + env(safe-area-inset-right, 0px));
      bottom: calc(94px + env(safe-area-inset-bottom, 0px));
      width: 396px;
      height: min(680px, 100dvh - 118px);
      border: 0;
      border-radius: 20px;
      background: Canvas;
      box-shadow:
        0 16px 56px #0004,
        0 0 0 1px #8882;
      color-scheme: light dark;
      transform-origin: 100% 100%;
      transition:
        opacity 0.18s,
        transform 0.18s,
        visibility 0.18s;
    }
    iframe:not(.open) {
      visibility: hidden;
      opacity: 0;
      transform: translateY(12px) scale(0.97);
    }
    @media (max-width: 500px), (max-height: 440px) {
      iframe {
        inset: var(--top, 0) 0 auto 0;
        width: 100%;
        height: var(--height, 100dvh);
        border-radius: 0;
        box-shadow: none;
      }
      button.open {
        display: none;
      }
    }
    @media (prefers-reduced-motion: reduce) {
      * {
        transition: none !important;
      }
    }
  `;

  const language = navigator.languages.map((name) => name.slice(0, 2)).find((name) => name in TEXTS) ?? "en";
  const [openText, closeText, unreadText] = TEXTS[language];
  const host = document.createElement("patchbay-chat");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const badge = document.createElement("span");
  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let isOpen = false;
  window.PatchbayChat = Object.freeze({ open, close });

  /** @param {About} about */
  function build(about) {
    const sheet = new CSSStyleSheet(); // a site's policy may forbid a <style>, but not this
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const accent = /^#[0-9a-f]{6}$/iu.test(about.colour) ? about.colour : "#4454c8";
    host.style.setProperty("--accent", accent);
    host.style.setProperty("--on-accent", readableOn(accent));
    host.lang = language;
    badge.hidden = true;
    badge.setAttribute("aria-hidden", "true"); // the button's label says it
    button.type = "button";
    const bubble = icon("M4 5h16v11.5h-9.2L6.2 20.3v-3.8H4zM8.5 9.3h7M8.5 12.4h4.5");
    button.append(bubble, icon("M6 9l6 6 6-6"), badge);
    button.addEventListener("click", () => (isOpen ? close() : open()));
    host.setAttribute("role", "complementary");
    host.setAttribute("aria-label", about.title);
    root.append(button);
    document.body.append(host);
    show(0);
    if (wasOpened()) makeFrame();
  }

  function open() {
    if (isOpen || !host.isConnected) return;
    rememberOpening();
    toggle(true);
    makeFrame().focus();
  }

  function close() {
    if (!isOpen) return;
    const hadFocus = root.activeElement !== null;
    toggle(false);
    if (hadFocus) button.focus();
  }

  /** @param {boolean} on */
  function toggle(on) {
    isOpen = on;
    makeFrame().classList.toggle("open", on);
    button.classList.toggle("open", on);
    button.setAttribute("aria-expanded", String(on));
    show(0);
    reportVisibility();
  }

  function makeFrame() {
    if (frame) return frame;
    frame = document.createElement("iframe");
    frame.src = `${page}?widget`;
    frame.title = host.getAttribute("aria-label") ?? "";
    frame.addEventListener("load", reportVisibility);
    root.prepend(frame);
    return frame;
  }

  /** Lets the page in the frame know whether it is visible. */
  function reportVisibility() {
    frame?.contentWindow?.postMessage({ patchbay: "chat", open: isOpen }, origin);
  }

  /** @param {number} unread */
  function show(unread) {
    badge.hidden = !unread || isOpen;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    const closedText = badge.hidden ? openText : `${openText}, ${unread} ${unreadText}`;
    button.setAttribute("aria-label", isOpen ? closeText : closedText);
  }

  addEventListener("message", ({ source, origin: from, data }) => {
    if (!frame || source !== frame.contentWindow || from !== origin || data?.patchbay !== "chat") return;
    if (data.close) close();
    if (Number.isInteger(data.unread)) show(data.unread);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen && root.activeElement) close();
  });
  // A phone's keyboard covers the frame without resizing it.
  const viewport = window.visualViewport;
  const fit = () => {
    host.style.setProperty("--height", `${viewport?.height}px`);
    host.style.setProperty("--top", `${viewport?.offsetTop}px`);
  };
  viewport?.addEventListener("resize", fit);
  viewport?.addEventListener("scroll", fit);

  /** @param {string} d */
  function icon(d) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    svg.append(path);
    return svg;
  }

  /** @param {string} hex White where it has a contrast of 4.5 or more, else black. */
  function readableOn(hex) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5 ? "#fff" : "#000";
  }

  function wasOpened() {
    try {
      return localStorage.getItem(openedKey) !== null;
    } catch {
      return false; // the visitor lets the site store nothing
    }
  }

  function rememberOpening() {
    try {
      localStorage.setItem(openedKey, "");
    } catch {
      // The number of unread messages then appears only after the chat was opened on the page.
    }
  }

  fetch(`${page}/api/about`, { credentials: "omit" })
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`HTTP ${response.status}`))))
    .then((about) => (document.body ? build(about) : addEventListener("DOMContentLoaded", () => build(about))))
    .catch((error) => {
      const advice = `Is ${location.origin} among its allowed_origins?`;
      console.warn(`Patchbay chat: not shown, because ${page} did not respond to this site. ${advice}`, error);
    });
})();
