// Small helpers for elements. Everything goes in as text, never as markup.
import {visible} from "./visible.js";

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/// Leaves the page alone where it says this already: what a reader has selected stays selected.
export function setText(where, text) {
  const wanted = String(text);
  if (where.textContent !== wanted) where.textContent = wanted;
}

/// An element for what a client sent, isolated from the direction of what is around it.
export function dataElement(text, instead = "") {
  const made = document.createElement("bdi");
  showData(made, text, instead);
  return made;
}

/// Shows this text, with all of it in the title; `instead`, which is ours, where there is none.
export function showData(where, text, instead) {
  const empty = text === "";
  const shown = empty ? instead : visible(text);
  if (where.textContent === shown && where.classList.contains("none") === empty) return;
  where.textContent = shown;
  where.classList.toggle("none", empty);
  where.title = empty ? "" : shown;
}
