// Files that are dropped or pasted. The playground's page uses this module, too.

/**
 * Lets files be dropped on and pasted into `area`, as long as they are `allowed` there.
 * @param {HTMLElement} area
 * @param {(files: FileList) => void} add
 * @param {() => boolean} [allowed]
 */
export function acceptFiles(area, add, allowed = () => true) {
  const accepts = (/** @type {DragEvent} */ event) => allowed() && Boolean(event.dataTransfer?.types.includes("Files"));
  let depth = 0; // the pointer leaves a parent when it enters a child
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", (event) => accepts(event) && setDepth(depth + 1));
  area.addEventListener("dragleave", (event) => accepts(event) && setDepth(depth - 1));
  area.addEventListener("dragover", (event) => accepts(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!accepts(event) || !event.dataTransfer) return;
    event.preventDefault();
    setDepth(0);
    add(event.dataTransfer.files);
  });
  area.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || !allowed()) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}
