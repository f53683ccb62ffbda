/** Outages: streets by the beginnings of their words, an entry without the mouse, ends and new times. */
import { post } from "./api.js";
import { startFrame } from "./frame.js";
import { t } from "./words.js";

const TYPED_MS = 120;
const zone = document.documentElement.dataset.zone;
const one = (id) => document.getElementById(id);
const street = one("street");
const found = one("found");
const places = one("places");

/** The clock of the supplier, in the form of a datetime-local field. */
function local(moment) {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(moment);
  return parts.replace(" ", "T");
}

function showFault(place, sentence) {
  place.hidden = !sentence;
  place.querySelector("span").textContent = sentence || "";
}

function sentenceOf(answer) {
  return answer.data.error || t("outages.script.unreachable");
}

/* --- streets */
let asked = 0;
let timer = 0;

function close() {
  found.hidden = true;
  street.setAttribute("aria-expanded", "false");
  street.removeAttribute("aria-activedescendant");
}

function choose(item) {
  const id = item.dataset.street;
  if (!places.querySelector(`[data-street="${id}"][data-whole]`)) addPlace(id, item.textContent);
  street.value = "";
  close();
  street.focus();
}

function addPlace(id, text) {
  const row = document.createElement("li");
  row.dataset.street = id;
  const name = document.createElement("span");
  name.textContent = text;
  name.lang = "ru";
  const house = document.createElement("input");
  house.placeholder = places.dataset.house;
  house.setAttribute("aria-label", `${places.dataset.house}: ${text}`);
  house.maxLength = 80;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "tool";
  remove.textContent = "×";
  remove.setAttribute("aria-label", `${places.dataset.remove}: ${text}`);
  remove.addEventListener("click", () => {
    row.remove();
    street.focus();
  });
  row.append(name, house, remove);
  places.append(row);
}

function select(step) {
  const items = [...found.children];
  if (!items.length) return;
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = items[(at + step + items.length) % items.length];
  for (const item of items) item.setAttribute("aria-selected", String(item === next));
  street.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

async function search() {
  const text = street.value.trim();
  const turn = ++asked;
  if (!text) {
    close();
    return;
  }
  let streets = [];
  try {
    const answer = await fetch(`/outages/streets?text=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    streets = (await answer.json()).streets;
  } catch {
    showFault(one("entry-fault"), t("outages.script.unreachable"));
    return;
  }
  if (turn !== asked) return;
  found.replaceChildren(
    ...streets.map((each, place) => {
      const item = document.createElement("li");
      item.id = `found-${place}`;
      item.role = "option";
      item.lang = "ru";
      item.dataset.street = each.id;
      item.textContent = each.text;
      item.setAttribute("aria-selected", "false");
      item.addEventListener("mousedown", (press) => {
        press.preventDefault();
        choose(item);
      });
      return item;
    }),
  );
  found.hidden = !streets.length;
  street.setAttribute("aria-expanded", String(!!streets.length));
  if (streets.length) select(1);
}

street.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, TYPED_MS);
});
street.addEventListener("blur", close);
street.addEventListener("keydown", (press) => {
  if (press.key === "ArrowDown" || press.key === "ArrowUp") {
    press.preventDefault();
    select(press.key === "ArrowDown" ? 1 : -1);
  } else if (press.key === "Escape") {
    close();
  } else if (press.key === "Enter" && !press.ctrlKey) {
    press.preventDefault();
    const chosen = found.hidden ? null : found.querySelector('[aria-selected="true"]');
    if (chosen) choose(chosen);
  }
});

/* --- the entry */
const entry = one("entry");
const kind = () => entry.elements.kind.value;

function follow() {
  one("own-cause-field").hidden = one("cause").value !== "";
  one("since-field").hidden = kind() !== "planned";
}

/** Houses of one street: "12, 14а" are two places, nothing is the whole street. */
function chosenPlaces() {
  return [...places.children].flatMap((row) => {
    const houses = row.querySelector("input").value.split(",").map((text) => text.trim()).filter(Boolean);
    return (houses.length ? houses : [""]).map((house) => ({ street_id: Number(row.dataset.street), house }));
  });
}

async function save() {
  const button = one("save");
  if (button.disabled) return;
  button.disabled = true;
  const answer = await post("/outages", {
    kind: kind(),
    cause: one("cause").value || one("own-cause").value,
    since: kind() === "planned" ? one("since").value : "",
    until: one("until").value,
    places: chosenPlaces(),
    feeder_id: one("feeder").value ? Number(one("feeder").value) : null,
  });
  button.disabled = false;
  if (answer.ok) {
    location.reload();
    return;
  }
  showFault(one("entry-fault"), sentenceOf(answer));
  one("entry-fault").scrollIntoView({ block: "nearest" });
}

entry.addEventListener("submit", (wish) => {
  wish.preventDefault();
  save();
});
entry.addEventListener("change", follow);
for (const button of entry.querySelectorAll("[data-hours]")) {
  button.addEventListener("click", () => {
    const begin = kind() === "planned" && one("since").value ? new Date(`${one("since").value}Z`) : null;
    const hours = Number(button.dataset.hours) * 3600_000;
    if (!button.dataset.hours) one("until").value = "";
    else one("until").value = begin ? new Date(begin.getTime() + hours).toISOString().slice(0, 16) : local(new Date(Date.now() + hours));
  });
}
document.addEventListener("keydown", (press) => {
  if (press.key === "F2") {
    press.preventDefault();
    street.focus();
  } else if (press.key === "Enter" && press.ctrlKey && !document.querySelector("dialog[open]")) {
    press.preventDefault();
    save();
  }
});

/* --- what is known */
function decided(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    dialog.showModal();
  });
}

async function change(id) {
  const dialog = one("change");
  showFault(one("change-fault"), "");
  for (;;) {
    const wish = await decided(dialog);
    if (!wish) return;
    const until = wish === "save" ? one("changed-until").value : "";
    const answer = wish === "save" && !until ? { ok: false, data: { error: t("outages.script.no_time") } } : await post(`/outages/${id}/expect`, { until });
    if (answer.ok) {
      location.reload();
      return;
    }
    showFault(one("change-fault"), sentenceOf(answer));
  }
}

async function end(id, where) {
  one("ending-place").textContent = where;
  if ((await decided(one("ending"))) !== "end") return;
  const answer = await post(`/outages/${id}/end`);
  if (answer.ok || answer.status === 404) location.reload();
  else showFault(one("entry-fault"), sentenceOf(answer));
}

async function reopen(id, where) {
  one("reopening-place").textContent = where;
  if ((await decided(one("reopening"))) !== "reopen") return;
  const answer = await post(`/outages/${id}/reopen`);
  if (answer.ok || answer.status === 404) location.reload();
  else showFault(one("entry-fault"), sentenceOf(answer));
}

one("ended")?.addEventListener("click", (press) => {
  const row = press.target.closest("[data-outage]");
  if (row && press.target.closest("[data-act]")) reopen(row.dataset.outage, row.cells[1].innerText);
});

one("known")?.addEventListener("click", (press) => {
  const button = press.target.closest("[data-act]");
  const row = press.target.closest("[data-outage]");
  if (!button || !row) return;
  if (button.dataset.act === "expect") change(row.dataset.outage);
  else end(row.dataset.outage, row.cells[1].innerText);
});

startFrame();
follow();
street.focus();
