// Before anything is painted: the theme that the reader chose here, if any. Without it the system's choice holds.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage is forbidden: the system's choice holds */ }
