// Light or dark: as the reader's system has it, or as was chosen here. Runs before the page is drawn, so that it never
// shows the other one first.
"use strict";
{
  const key = "rollcall.theme";
  const themes = ["light", "dark"];
  const stored = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // forbidden here: then it is not remembered
    }
  };
  const changed = () => document.dispatchEvent(new Event("themechange"));
  const show = (theme) => {
    if (themes.includes(theme)) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  show(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.getElementById("theme");
    choice.value = document.documentElement.dataset.theme ?? "auto";
    choice.addEventListener("change", () => {
      show(choice.value);
      try {
        localStorage.setItem(key, choice.value);
      } catch {
        // as above
      }
      changed();
    });
  });
}
