// Runs before the first paint, so that a chosen theme never flashes. Storage may be forbidden: the system's theme stays.

try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch (forbidden) {
  console.info("The theme is not remembered:", forbidden.message);
}
