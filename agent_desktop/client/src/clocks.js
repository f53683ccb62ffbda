/**
 * Clocks tick in the browser, counted on the server's clock: no row is sent because a second passed.
 * <time data-since="ms"> counts up, <time data-until="ms"> counts down. The time of day is that of the supplier's zone,
 * which the page names: wherever the browser is, colleagues see the same.
 */
const OF_DAY = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const wall = new Intl.DateTimeFormat("en-GB", { ...OF_DAY, timeZone: document.documentElement.dataset.zone });
let offset = 0;

export function serverSays(at) {
  offset = at - Date.now();
}

export function now() {
  return Date.now() + offset;
}

export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export function timeOfDay(at, seconds = false) {
  const shown = wall.format(at);
  return seconds ? shown : shown.slice(0, 5);
}

export function setClock(element, since, until = null) {
  setData(element, "since", until === null ? since : null);
  setData(element, "until", until);
  tickOne(element);
}

function setData(element, name, value) {
  if (value === null || value === undefined || value === 0) delete element.dataset[name];
  else element.dataset[name] = String(value);
}

function tickOne(element) {
  let text = "";
  if (element.dataset.until) text = duration(Number(element.dataset.until) - now());
  else if (element.dataset.since) text = duration(now() - Number(element.dataset.since));
  if (element.textContent !== text) element.textContent = text;
}

export function tickAll(root = document) {
  for (const element of root.querySelectorAll("time[data-since], time[data-until]")) tickOne(element);
}

export function startClocks(everySecond = () => {}) {
  const tick = () => {
    tickAll();
    everySecond();
  };
  tick();
  setInterval(tick, 1000);
}
