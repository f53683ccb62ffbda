/** Lists of those who keep texts: arrows go from row to row, the prompts are found by typing and played. */
import { startFrame } from "./frame.js";
import { startKeys } from "./keys.js";
import { Player } from "./player.js";
import { strip, unstrip } from "./strips.js";
import { t } from "./words.js";

const find = document.getElementById("find");
const rows = [...document.querySelectorAll("#prompts tbody tr")];
const player = new Player((words) => strip("sound", words));

/** The row's places in one column, as far as they are shown. */
function places(like) {
  const column = like.closest("td, th")?.cellIndex;
  return [...document.querySelectorAll("[data-rows] [data-row]")].filter(
    (place) => place.checkVisibility() && (column === undefined || place.closest("td, th").cellIndex === column),
  );
}

document.querySelector("[data-rows]").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.tagName === "SELECT" || !event.target.closest("[data-row]")) return;
  const all = places(event.target);
  const next = all[all.indexOf(event.target.closest("[data-row]")) + step];
  if (next) next.focus();
  else if (step < 0) find?.focus();
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-play]");
  if (!button) return;
  unstrip("sound");
  const sample = button.closest("td").querySelector("select")?.value ?? "0";
  player.press(button, (signal) => fetch(`${button.dataset.play}/${sample}`, { signal, headers: { Accept: "application/json" } }));
});

/** Every word that is typed must stand somewhere in the row. */
function filter() {
  const words = find.value.toLowerCase().replaceAll("ё", "е").split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.searched.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("found").textContent = t("prompts.found", { n: shown, all: rows.length });
  document.getElementById("none").hidden = shown > 0;
  document.getElementById("prompts").hidden = shown === 0;
}

if (find) {
  for (const row of rows) row.searched = row.textContent.toLowerCase().replaceAll("ё", "е");
  find.addEventListener("input", filter);
  find.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      document.querySelector("#prompts tbody tr:not([hidden]) [data-row]")?.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      find.value = "";
      filter();
    }
  });
  startKeys({ "Ctrl+KeyK": () => find.focus() });
  filter();
}
startFrame();
