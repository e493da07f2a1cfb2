// A voice note: a button, how far it has been played, and how long it is.

import { el, icon } from "./dom.js";

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * @param {string} url
 * @param {number} duration seconds
 */
export function voiceNote(url, duration) {
  const sound = el("audio", { src: url, preload: "none" });
  const time = el("span", { class: "voice-time" }, clock(duration));
  const played = el("span", { class: "voice-bar", "aria-hidden": "true" }, el("i"));
  const button = el("button", { type: "button", class: "voice-button" });
  const show = () => {
    const label = sound.paused ? `Play the voice note, ${clock(duration)}` : "Pause the voice note";
    button.replaceChildren(icon(sound.paused ? "play" : "pause"));
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  const move = () => {
    const length = Number.isFinite(sound.duration) ? sound.duration : duration;
    played.style.setProperty("--played", `${length ? (100 * sound.currentTime) / length : 0}%`);
    time.textContent = clock(sound.paused ? duration : sound.currentTime);
  };
  button.addEventListener("click", () => {
    if (sound.paused) sound.play().catch((error) => console.info("The voice note cannot be played:", error));
    else sound.pause();
  });
  for (const event of ["play", "pause"]) sound.addEventListener(event, show);
  for (const event of ["timeupdate", "pause"]) sound.addEventListener(event, move);
  show();
  return el("div", { class: "voice" }, button, played, time, sound);
}
