// Loads what few visitors use, when it is first needed.

/** Resolves to nothing when the visitor pressed Escape meanwhile: that closes what was about to open, and not the chat. */
export async function loadLater() {
  let isWanted = true;
  const cancel = (/** @type {KeyboardEvent} */ { key }) => {
    if (key === "Escape") isWanted = false;
  };
  document.body.dataset.loading = "";
  addEventListener("keydown", cancel);
  try {
    const later = await import("./later.js");
    return isWanted ? later : null;
  } finally {
    delete document.body.dataset.loading;
    removeEventListener("keydown", cancel);
  }
}
