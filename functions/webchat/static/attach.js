// Files on their way into a message: chosen, dropped or pasted, checked before anything is sent.

import { el, icon, iconButton } from "./dom.js";
import { say, sizeOf } from "./texts.js";

const EXTENSIONS = { heic: "image/heic", heif: "image/heif", m4a: "audio/mp4", csv: "text/csv" };
const UNKNOWN = "application/octet-stream";
const DRAWN = /^(?:(image)\/(?:jpeg|png|gif|webp|avif|bmp)|(audio|video)\/.+)$/u; // of others a broken image would stand there

/** Files that stand by. `limits` are {max_bytes, types, extensions}; `refuse(text)` says why one is not taken. */
export function makeTray(limits, refuse, changed) {
  const list = el("ul", { class: "tray", "aria-label": say("staged"), hidden: true });
  let staged = [];
  const show = () => {
    list.hidden = !staged.length;
    list.replaceChildren(...staged.map(({ file, preview }) => chip(file, preview, () => drop(file))));
    changed();
  };
  const drop = (file) => {
    staged.filter((one) => one.file === file).forEach(({ preview }) => preview && URL.revokeObjectURL(preview));
    staged = staged.filter((one) => one.file !== file);
    show();
  };
  const add = (files) => {
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

function chip(file, preview, remove) {
  const sign = preview ? el("img", { src: preview, alt: "" }) : el("span", { class: "file-icon" }, icon("file"));
  return el(
    "li",
    {},
    sign,
    el("span", { class: "file-words" }, el("b", { dir: "auto" }, file.name), el("small", {}, sizeOf(file.size))),
    iconButton("close", say("remove", { name: file.name }), remove),
  );
}

/** Some systems name no type for formats that they do not open themselves. */
function withType(file) {
  if (file.type) return file;
  const type = EXTENSIONS[extensionOf(file.name)] ?? UNKNOWN;
  return new File([file], file.name, { type, lastModified: file.lastModified });
}

/** As what a file of this type is drawn before it is sent. */
export function kindOf(type) {
  const [, image, recording] = DRAWN.exec(type.split(";")[0].trim().toLowerCase()) ?? [];
  return image ?? recording ?? "file";
}

const extensionOf = (name) => name.trim().split(".").pop().toLowerCase();

/** Why a file is not taken, or "". One type has several names, and some systems name a wrong one: so its extension will do. */
export function problemOf({ name, size, type }, { max_bytes: most, types, extensions }) {
  if (!size) return say("empty", { name });
  if (size > most) return say("too_large", { name, size: sizeOf(size), limit: sizeOf(most) });
  const bare = type.split(";")[0].trim().toLowerCase();
  const named = types.some((one) => (one.endsWith("/*") ? bare.startsWith(one.slice(0, -1)) : bare === one));
  const unsaid = (!bare || bare === UNKNOWN) && !name.trim().includes("."); // its content will say
  return named || unsaid || extensions.includes(extensionOf(name)) ? "" : say("wrong_type", { name });
}

/** A button that opens the file chooser. */
export function makeChooser(limits, add) {
  const input = el("input", {
    type: "file",
    multiple: true,
    accept: [...limits.types, ...limits.extensions.map((one) => `.${one}`)].join(","),
    hidden: true,
    tabindex: "-1",
    "aria-hidden": "true",
  });
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  return { input, button: iconButton("clip", say("attach"), () => input.click()) };
}

/** Lets files be dropped on and pasted into `area`. */
export function acceptFiles(area, add) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // entering a child leaves its parent
  const turn = (step) => {
    depth = Math.max(0, step ? depth + step : 0);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", (event) => carries(event) && turn(1));
  area.addEventListener("dragleave", (event) => carries(event) && turn(-1));
  area.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    turn(0);
    add(event.dataTransfer.files);
  });
  area.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}
