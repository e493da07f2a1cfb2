// Files that are to be sent with a message: chosen, dropped or pasted, and checked before anything is sent.

/** @import { AttachmentKind, FileFacts, StagedFile, UploadLimits } from "../types.js" */

import { el, icon, iconButton } from "./dom.js";
import { sizeOf, t } from "./texts.js";

/** @type {Record<string, string>} */
const TYPES_BY_EXTENSION = { heic: "image/heic", heif: "image/heif", m4a: "audio/mp4", csv: "text/csv" };
const UNKNOWN = "application/octet-stream";
const PREVIEWED = /^(?:image\/(?:jpeg|png|gif|webp|avif|bmp)|(?:audio|video)\/.+)$/u; // browsers show no other images

/**
 * The files that are staged for the next message.
 * @param {UploadLimits} limits
 * @param {(problem: string) => void} refuse is called with the reason for each file that is refused
 * @param {() => void} changed
 */
export function makeTray(limits, refuse, changed) {
  const list = el("ul", { class: "tray", "aria-label": t("staged"), hidden: true });
  /** @type {StagedFile[]} */
  let staged = [];
  const show = () => {
    list.hidden = !staged.length;
    list.replaceChildren(...staged.map((one) => chip(one, () => drop(one))));
    changed();
  };
  const drop = (/** @type {StagedFile} */ dropped) => {
    if (dropped.preview) URL.revokeObjectURL(dropped.preview);
    staged = staged.filter((one) => one !== dropped);
    show();
  };
  const add = (/** @type {Iterable<File>} */ files) => {
    for (const file of [...files].map(withType)) {
      const problem = problemOf(file, limits);
      if (problem) refuse(problem);
      else staged.push({ file, preview: kindOf(file.type) === "image" ? URL.createObjectURL(file) : "" });
    }
    show();
  };
  const take = () => {
    const taken = staged;
    staged = [];
    show();
    return taken;
  };
  return { list, add, take, count: () => staged.length };
}

/**
 * @param {StagedFile} staged
 * @param {() => void} remove
 */
function chip({ file, preview }, remove) {
  const image = preview ? el("img", { src: preview, alt: "" }) : el("span", { class: "file-icon" }, icon("file"));
  const name = el("b", { dir: "auto" }, file.name);
  const facts = el("span", { class: "file-text" }, name, el("small", {}, sizeOf(file.size)));
  return el("li", {}, image, facts, iconButton("close", t("remove", { name: file.name }), remove));
}

/** @param {File} file Some systems give no type for formats that they cannot open themselves. */
function withType(file) {
  if (file.type) return file;
  const type = TYPES_BY_EXTENSION[extensionOf(file.name)] ?? UNKNOWN;
  return new File([file], file.name, { type, lastModified: file.lastModified });
}

/** @param {string} type */
const baseType = (type) => type.split(";")[0].trim().toLowerCase();

/**
 * How a file of this content type is shown before it is sent.
 * @param {string} type
 * @returns {AttachmentKind}
 */
export function kindOf(type) {
  const base = baseType(type);
  return PREVIEWED.test(base) ? /** @type {AttachmentKind} */ (base.split("/")[0]) : "file";
}

/** @param {string} name */
const extensionOf = (name) => (name.trim().split(".").pop() ?? "").toLowerCase();

/**
 * Why a file is refused, or "". Types have several names, and some systems give a wrong one: the extension is enough.
 * @param {FileFacts} file
 * @param {UploadLimits} limits
 */
export function problemOf({ name, size, type }, { max_bytes: limit, types, extensions }) {
  if (!size) return t("empty", { name });
  if (size > limit) return t("too_large", { name, size: sizeOf(size), limit: sizeOf(limit) });
  const base = baseType(type);
  const matches = types.some((one) => (one.endsWith("/*") ? base.startsWith(one.slice(0, -1)) : base === one));
  const isUnknown = (!base || base === UNKNOWN) && !name.trim().includes("."); // the service looks at its content
  return matches || isUnknown || extensions.includes(extensionOf(name)) ? "" : t("wrong_type", { name });
}

/**
 * A button that opens the file chooser.
 * @param {UploadLimits} limits
 * @param {(files: FileList) => void} add
 */
export function makeChooser(limits, add) {
  const accept = [...limits.types, ...limits.extensions.map((one) => `.${one}`)].join(",");
  const input = el("input", {
    type: "file",
    multiple: true,
    accept,
    hidden: true,
    tabindex: "-1",
    "aria-hidden": "true",
  });
  input.addEventListener("change", () => {
    if (input.files) add(input.files);
    input.value = "";
  });
  return { input, button: iconButton("clip", t("attach"), () => input.click()) };
}
