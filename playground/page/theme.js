// Runs before the first paint, so that a chosen theme does not flash. If storage is blocked, the system's theme stays.

try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch (error) {
  console.info("The theme is not remembered:", error);
}
