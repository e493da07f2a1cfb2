// What a customer can send besides words.

/** @import { Arguments, FileArguments, MenuItem } from "./types.js" */

import { chooseFile, sampleDocument, samplePhoto } from "./files.js";

const LOCATIONS = [
  { latitude: 48.20849, longitude: 16.37208 },
  { latitude: 42.69751, longitude: 23.32415 },
  { latitude: 32.0853, longitude: 34.78177 },
];
const CONTACT = { name: "Maria Petrova", phone: "+359881234567" };
const VENUE = { latitude: 48.21726, longitude: 16.37208, title: "Café Central", address: "Herrengasse 14, Vienna" };
const STICKER = { emoji: "😀" };

/**
 * @param {string[]} tools what the messenger has besides the usual
 * @param {(action: string, details?: Arguments) => unknown} act
 * @param {(file: FileArguments) => unknown} sendFile
 * @returns {MenuItem[]}
 */
export function attachItems(tools, act, sendFile) {
  const location = LOCATIONS[Math.floor(Math.random() * LOCATIONS.length)];
  const sendAlbum = async () => {
    const photo = await samplePhoto();
    act("send_album", { files: JSON.stringify([photo, { ...photo, name: "parcel-2.jpg" }]) });
  };
  /** @type {(MenuItem & { tool?: string })[]} */
  const all = [
    { icon: "image", label: "Sample photo", act: async () => sendFile(await samplePhoto()) },
    { icon: "carousel", label: "Album of photos", act: sendAlbum, tool: "album" },
    { icon: "file", label: "Sample document", act: () => sendFile(sampleDocument()) },
    { icon: "clip", label: "Photo or file…", act: () => chooseFile(sendFile) },
    { icon: "microphone", label: "Voice note", act: () => act("send_voice"), tool: "voice" },
    { icon: "smile", label: "Sticker", act: () => act("send_sticker", STICKER), tool: "sticker" },
    { icon: "pin", label: "Location", act: () => act("send_location", location) },
    { icon: "shop", label: "Place with an address", act: () => act("send_venue", VENUE), tool: "venue" },
    { icon: "card", label: "Contact card", act: () => act("send_contact", CONTACT) },
  ];
  return all.filter(({ tool }) => !tool || tools.includes(tool));
}
