// Only comforts: every page works without this file.
const root = document.documentElement;

const isDark = () => getComputedStyle(root).colorScheme === "dark"
  || (root.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const tell = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  tell();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* it holds for this page alone */ }
    tell();
  });
}

// A select of the filters is a choice made: no need to press the button.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
}

// Two to five games can be compared; the button says so before the server does.
for (const form of document.querySelectorAll("form[data-compare]")) {
  const button = form.querySelector("button");
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${form.id}"]`)];
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    button.disabled = chosen < 2 || chosen > 5;
    button.textContent = chosen ? `Compare ${chosen} games` : "Compare games";
  };
  boxes.forEach((box) => box.addEventListener("change", tell));
  tell();
}

// All quotes at once, for reading and for printing; the link that does the same without a script gives way.
for (const link of document.querySelectorAll("a[data-open-quotes]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const quotes = [...document.querySelectorAll("details[data-quotes]")];
    const open = quotes.some((details) => !details.open);
    quotes.forEach((details) => { details.open = open; });
    link.textContent = open ? "Close all quotes" : "Open all quotes";
  });
}
