// Choosing files, and things to send for those who have none at hand.

import { el } from "./dom.js";
import { toast } from "./world.js";

const LIMIT = 50 * 1024 * 1024;

/** Opens the file chooser and hands each chosen file over as an order. */
export function chooseFile(accept, use) {
  const input = el("input", { type: "file", accept, hidden: true });
  input.addEventListener("change", () =>
    [...input.files].forEach((file) => readFile(file).then(use, (error) => toast(error.message))),
  );
  input.click();
}

/** A file as the orders take it: {name, content_type, data}, data in base64. */
export async function readFile(file) {
  if (file.size > LIMIT) throw new Error(`${file.name} is larger than 50 MB`);
  return { name: file.name, content_type: file.type || "application/octet-stream", data: await base64(file) };
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(new Error("the file cannot be read")));
    reader.readAsDataURL(blob);
  });
}

/** Lets files be dropped on and pasted into `area`, as long as `allowed()`. */
export function acceptFiles(area, use, allowed = () => true) {
  const take = (files) => [...files].forEach((file) => readFile(file).then(use, (error) => toast(error.message)));
  area.addEventListener("dragover", (event) => {
    if (!allowed()) return;
    event.preventDefault();
    area.classList.add("dropping");
  });
  area.addEventListener("dragleave", () => area.classList.remove("dropping"));
  area.addEventListener("drop", (event) => {
    if (!allowed()) return;
    event.preventDefault();
    area.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
  area.addEventListener("paste", (event) => {
    if (allowed() && event.clipboardData.files.length) {
      event.preventDefault();
      take(event.clipboardData.files);
    }
  });
}

/** A photo of a parcel at dusk, drawn here, so that a picture is one click away. */
export async function samplePhoto() {
  const canvas = el("canvas");
  canvas.width = 960;
  canvas.height = 640;
  const pen = canvas.getContext("2d");
  paintSky(pen);
  paintParcel(pen);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.86));
  return { name: "parcel.jpg", content_type: "image/jpeg", data: await base64(blob) };
}

function paintSky(pen) {
  const sky = pen.createLinearGradient(0, 0, 0, 640);
  [
    ["#27346b", 0],
    ["#8a5a9e", 0.4],
    ["#f2a07b", 0.66],
    ["#3a2c3f", 0.67],
    ["#251c2c", 1],
  ].forEach(([colour, at]) => sky.addColorStop(at, colour));
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 960, 640);
  const sun = pen.createRadialGradient(700, 380, 10, 700, 380, 260);
  sun.addColorStop(0, "#ffe9b8ee");
  sun.addColorStop(1, "#ffe9b800");
  pen.fillStyle = sun;
  pen.fillRect(400, 100, 560, 328);
}

function paintParcel(pen) {
  const face = (colour, ...points) => {
    pen.fillStyle = colour;
    pen.beginPath();
    points.forEach(([x, y]) => pen.lineTo(x, y));
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

/** A one-page PDF that says what it is. */
export function sampleDocument() {
  const words =
    "BT /F1 22 Tf 60 740 Td (Order 1024) Tj 0 -34 Td /F1 13 Tf (A sample document of the Patchbay playground.) Tj ET";
  const bodies = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${words.length}>>stream\n${words}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let pdf = "%PDF-1.4\n";
  const places = bodies.map((body, index) => {
    const place = pdf.length;
    pdf += `${index + 1} 0 obj${body}endobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = pdf.length;
  pdf += `xref\n0 6\n0000000000 65535 f \n${places.join("")}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${table}\n%%EOF`;
  return { name: "order-1024.pdf", content_type: "application/pdf", data: btoa(pdf) };
}
