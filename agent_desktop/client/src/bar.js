/** The bar: the agent's state with its clock, and the marks of what must be in order before a call can come. */
import { setClock } from "./clocks.js";
import { has, t } from "./words.js";

const $ = (id) => document.getElementById(id);

export function showPresence(floor) {
  const state = floor.duty === "idle" ? floor.presence : floor.duty;
  const since = floor.duty === "idle" ? Math.max(floor.presence_since, floor.duty_since) : floor.duty_since;
  const reason = floor.presence === "not_ready" && floor.reason ? reasonWord(floor.reason) : "";
  let word = t(`state.${state}`);
  if (state === "not_ready" && reason) word = `${word}: ${reason}`;
  else if (reason && floor.duty !== "idle") word = `${word}, ${t("desk.then", { what: reason })}`;
  $("presence").dataset.state = state;
  $("presence-mark").setAttribute("href", `#mark-${state}`);
  if ($("presence-word").textContent !== word) $("presence-word").textContent = word;
  setClock($("presence-clock"), since);
}

/** `link` is the stream's status; `elsewhere`: another page has the telephone. */
export function showHealth({ link, floor, phone, microphone, elsewhere }) {
  health("link", link === "lost" ? "no" : link === "live" ? "ok" : "wait");
  const registered = phone.registration === "registered";
  const dead = elsewhere || phone.registration === "refused" || phone.registration === "off";
  health("telephone", registered && floor.reachable ? "ok" : dead ? "no" : "wait");
  health("microphone", microphone.state === "ok" ? "ok" : microphone.state === "unknown" ? "wait" : "no");
}

function health(part, state) {
  const item = $(`health-${part}`);
  if (item.dataset.health === state && item.querySelector("[data-word]").textContent) return;
  item.dataset.health = state;
  item.querySelector("use").setAttribute("href", `#mark-${state}`);
  item.querySelector("[data-word]").textContent = t(`health.${state}`);
}

function reasonWord(reason) {
  return has(`reason.${reason}`) ? t(`reason.${reason}`) : t("reason.other");
}
