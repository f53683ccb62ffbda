/** The supervisor's floor: changed rows are patched into the tables; a row keeps its node, the pointer its row. */
import { duration, now, serverSays, startClocks, tickAll, timeOfDay } from "./clocks.js";
import { post } from "./api.js";
import { startFrame } from "./frame.js";
import { startKeys } from "./keys.js";
import { LiveStream } from "./stream.js";
import { strip, unstrip } from "./strips.js";
import { t } from "./words.js";

const TABLES = ["alerts", "queues", "waiting", "agents"];
const ORDER_MS = 5000;
const orders = {};
const orderedAt = {};

function rowOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim(); // made by our own templates, every value escaped there
  return template.content.firstElementChild;
}

/** Make `old` like `fresh` cell by cell, so that nothing that stayed the same is touched. */
function patch(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "data-wait") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const cells = [...fresh.children];
  cells.forEach((cell, index) => {
    const was = old.children[index];
    if (plain(was) !== plain(cell)) was.replaceChildren(...cell.childNodes);
  });
}

/** A cell's content without what the browser itself writes into it (clocks, signs). */
function plain(cell) {
  const copy = cell.cloneNode(true);
  for (const own of copy.querySelectorAll("time, .sign")) own.replaceChildren();
  return copy.innerHTML;
}

function apply(name, { rows, order }) {
  const tbody = document.querySelector(`#${name} tbody`);
  for (const [key, html] of Object.entries(rows)) {
    const fresh = rowOf(html);
    const old = document.getElementById(`${name}-${key}`);
    if (old) patch(old, fresh);
    else tbody.append(fresh);
  }
  if (order) {
    orders[name] = order;
    const wanted = new Set(order);
    for (const row of [...tbody.children]) if (!wanted.has(row.dataset.key)) row.remove();
    orderedAt[name] ??= 0;
  }
}

/** The order changes every 5 s at most, and never while pointer or focus is in the table. */
function sort(name) {
  const table = document.getElementById(name);
  if (!orders[name] || table.matches(":hover, :focus-within") || now() - orderedAt[name] < ORDER_MS) return;
  const tbody = table.tBodies[0];
  orders[name].forEach((key, index) => {
    const row = document.getElementById(`${name}-${key}`);
    if (row && tbody.children[index] !== row) move(tbody, row, tbody.children[index] ?? null);
  });
  orderedAt[name] = now();
  delete orders[name];
}

function move(tbody, row, before) {
  if (tbody.moveBefore) tbody.moveBefore(row, before);
  else tbody.insertBefore(row, before);
}

function signs() {
  for (const row of document.querySelectorAll("tr[data-breach-at]")) {
    const state = now() >= Number(row.dataset.breachAt) ? "breach" : now() >= Number(row.dataset.warningAt) ? "warning" : "";
    const sign = row.querySelector(".sign");
    if ((row.dataset.wait || "") === state && (sign.childElementCount > 0) === Boolean(state)) continue;
    row.dataset.wait = state;
    sign.innerHTML = state ? `<svg class="mark small" role="img"><title></title><use href="#mark-${state}"></use></svg>` : "";
    if (state) sign.querySelector("title").textContent = t(`floor.${state}`);
  }
  for (const row of document.querySelectorAll("tr[data-wait]:not([data-breach-at])")) delete row.dataset.wait;
}

function counts() {
  for (const name of TABLES) {
    const rows = document.querySelectorAll(`#${name} tbody tr`);
    const place = document.querySelector(`[data-count="${name}"]`);
    if (place) write(place, String(rows.length));
    document.querySelector(`[data-empty="${name}"]`).hidden = rows.length > 0;
    document.getElementById(name).hidden = rows.length === 0;
  }
  for (const tally of document.querySelectorAll("[data-tally]")) {
    write(tally, String(document.querySelectorAll(`#agents tr[data-state="${tally.dataset.tally}"]`).length));
  }
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

let heardAt = Number(document.body.dataset.at);

function heard(at) {
  heardAt = at;
  serverSays(at);
  write(document.getElementById("as-of"), timeOfDay(heardAt, true));
}

function show() {
  tickAll();
  signs();
  counts();
}

/** Alerts: a click or F2 is a wish; the row changes when the server says so. New ones are said once, merged. */
const SAID_MS = 10000;
let saidAt = 0;
let unsaid = [];

async function acknowledge(button) {
  if (!button) return void say(t("floor.nothing_to_acknowledge"));
  button.disabled = true;
  const { ok } = await post(`/floor/alerts/${encodeURIComponent(button.dataset.acknowledge)}/acknowledge`);
  if (ok) {
    say(t("floor.acknowledged"));
    unstrip("alert");
  } else {
    button.disabled = false;
    strip("alert", t("floor.not_acknowledged"));
  }
}

function say(words) {
  document.getElementById("said").textContent = words;
}

function sayNew() {
  if (!unsaid.length || now() - saidAt < SAID_MS) return;
  say(unsaid.length === 1 ? t("floor.alert_new", { what: unsaid[0] }) : t("floor.alerts_more", { n: unsaid.length }));
  unsaid = [];
  saidAt = now();
}

function noteNew(rows) {
  for (const [key, html] of Object.entries(rows)) {
    if (!document.getElementById(`alerts-${key}`)) unsaid.push(rowOf(html).querySelector("th").textContent.trim());
  }
}

document.getElementById("alerts").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-acknowledge]");
  if (button) acknowledge(button);
});
startKeys({ F2: () => acknowledge(document.querySelector("button[data-acknowledge]:enabled")) });

heard(heardAt);
startFrame();
startClocks(() => {
  TABLES.forEach(sort);
  signs();
  sayNew();
});
counts();
new LiveStream("/floor/events", {
  rows: ({ at, tables }) => {
    heard(at);
    if (tables.alerts) noteNew(tables.alerts.rows);
    for (const [name, changed] of Object.entries(tables)) apply(name, changed);
    show();
    sayNew();
  },
  resets: ({ waiting }) => {
    const place = document.querySelector("[data-resets]");
    if (place && waiting !== null) write(place, String(waiting));
  },
  beat: ({ at }) => heard(at),
  signed_out: () => location.assign("/sign-in"),
  status: (status, age) => {
    if (status === "lost") strip("stale", t("strip.stale", { time: timeOfDay(heardAt, true), age: duration(age) }));
    else unstrip("stale");
  },
});
