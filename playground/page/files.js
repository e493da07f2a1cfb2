// Choosing files, and samples to send.

/** @import { FileArguments } from "./types.js" */

import { el } from "./dom.js";
import { messageOf, toast } from "./server.js";

const LIMIT = 50 * 1024 * 1024;

/** @param {(file: FileArguments) => void} use Called for each file that is chosen. */
export function chooseFile(use) {
  const input = el("input", { type: "file", hidden: true });
  input.addEventListener("change", () => readFiles(input.files ?? [], use));
  input.click();
}

/**
 * Calls `use` with each file as actions take it; a file that cannot be read is reported.
 * @param {Iterable<File>} files
 * @param {(file: FileArguments) => void} use
 */
export function readFiles(files, use) {
  for (const file of files) readFile(file).then(use, (error) => toast(messageOf(error)));
}

/** @param {File} file */
async function readFile(file) {
  if (file.size > LIMIT) throw new Error(`${file.name} is larger than 50 MB`);
  return { name: file.name, content_type: file.type || "application/octet-stream", data: await base64(file) };
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(",") + 1));
    });
    reader.addEventListener("error", () => reject(new Error("the file cannot be read")));
    reader.readAsDataURL(blob);
  });
}

/** A photo of a parcel at dusk, drawn here, so that an image is only one click away. */
export async function samplePhoto() {
  const canvas = el("canvas");
  canvas.width = 960;
  canvas.height = 640;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser cannot draw the sample photo");
  paintSky(pen);
  paintParcel(pen);
  /** @type {Blob} */
  const blob = await new Promise((resolve, reject) => {
    const take = (/** @type {Blob | null} */ result) =>
      result ? resolve(result) : reject(new Error("this browser cannot encode the sample photo"));
    canvas.toBlob(take, "image/jpeg", 0.86);
  });
  return { name: "parcel.jpg", content_type: "image/jpeg", data: await base64(blob) };
}

/** @type {[colour: string, at: number][]} */
const SKY = [
  ["#27346b", 0],
  ["#8a5a9e", 0.4],
  ["#f2a07b", 0.66],
  ["#3a2c3f", 0.67],
  ["#251c2c", 1],
];

/** @param {CanvasRenderingContext2D} pen */
function paintSky(pen) {
  const sky = pen.createLinearGradient(0, 0, 0, 640);
  for (const [colour, at] of SKY) sky.addColorStop(at, colour);
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 960, 640);
  const sun = pen.createRadialGradient(700, 380, 10, 700, 380, 260);
  sun.addColorStop(0, "#ffe9b8ee");
  sun.addColorStop(1, "#ffe9b800");
  pen.fillStyle = sun;
  pen.fillRect(400, 100, 560, 328);
}

/** @param {CanvasRenderingContext2D} pen */
function paintParcel(pen) {
  const face = (/** @type {string} */ colour, /** @type {[x: number, y: number][]} */ ...points) => {
    pen.fillStyle = colour;
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.fill();
  };
  pen.fillStyle = "#0006";
  pen.beginPath();
  pen.ellipse(420, 560, 270, 34, 0, 0, 7);
  pen.fill();
  face("#c98f55", [220, 330], [440, 400], [440, 570], [220, 490]);
  face("#a8743f", [440, 400], [640, 320], [640, 480], [440, 570]);
  face("#dfae74", [220, 330], [420, 262], [640, 320], [440, 400]);
  face("#f0d9b0", [312, 299], [345, 288], [556, 353], [524, 367]);
  face("#f0d9b0", [524, 367], [556, 353], [556, 398], [524, 412]);
  face("#f8f4ec", [252, 400], [350, 434], [350, 490], [252, 454]);
}

/** A one-page PDF. */
export function sampleDocument() {
  const title = "BT /F1 22 Tf 60 740 Td (Order 1024) Tj";
  const text = `${title} 0 -34 Td /F1 13 Tf (A sample document of the Patchbay playground.) Tj ET`;
  const page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>";
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    page,
    `<</Length ${text.length}>>stream\n${text}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = pdf.length;
    pdf += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const table = pdf.length;
  pdf += `xref\n0 6\n0000000000 65535 f \n${offsets.join("")}`;
  pdf += `trailer<</Size 6/Root 1 0 R>>\nstartxref\n${table}\n%%EOF`;
  return { name: "order-1024.pdf", content_type: "application/pdf", data: btoa(pdf) };
}
