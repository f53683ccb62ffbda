/** The demo's browser telephone: rings the hotline as one of the demo callers and sends touch tones (RFC 4733). */
import { post } from "./api.js";
import { setClock, startClocks } from "./clocks.js";
import { startFrame } from "./frame.js";
import { Microphone } from "./microphone.js";
import { PostBox } from "./post_box.js";
import { Softphone } from "./softphone.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const hotline = document.body.dataset.hotline;
const microphone = new Microphone();
const phone = new Softphone({ microphone, voice: $("voice"), incoming: false });
const pads = new Map([...document.querySelectorAll("[data-tone]")].map((pad) => [pad.dataset.tone, pad]));
const KEYS_SHOWN = 18;
const WHY = {
  Busy: "busy", Rejected: "refused", Unavailable: "away", "Not Found": "away", "No Answer": "silent",
  "Request Timeout": "silent", "Connection Error": "link",
};
let keys = "";
let ended = false;

function fault(words) {
  $("booth-fault").hidden = !words;
  $("booth-fault").textContent = words;
}

function show() {
  const call = phone.call;
  const talking = call?.state === "talking";
  const ready = phone.registration === "registered";
  const state = talking ? "talking" : call ? "calling" : !ready ? "off" : ended ? "ended" : "ready";
  document.querySelector(".handset").dataset.booth = state;
  $("booth-word").textContent = t(state === "off" && keys ? "booth.state_lost" : `booth.state_${state}`);
  $("ring").disabled = Boolean(call) || !ready;
  $("end").disabled = !call;
  for (const pad of pads.values()) pad.disabled = !talking;
  setClock($("booth-clock"), talking ? call.since : null);
  for (const choice of document.querySelectorAll("[name=caller]")) choice.disabled = Boolean(call);
}

function caller() {
  return document.querySelector("[name=caller]:checked")?.value || "";
}

async function ring() {
  fault("");
  if (!(await microphone.acquire())) {
    const why = t(microphone.state === "insecure" ? "booth.insecure" : `mic.${microphone.state}`);
    return fault(t("booth.no_microphone", { why }));
  }
  keys = "";
  $("booth-keys").textContent = "";
  ended = false;
  const number = caller();
  phone.dial(hotline.replace(/[^0-9*#+]/g, ""), { displayName: number, headers: number ? [`X-Demo-Number: ${number}`] : [] });
}

function tone(key) {
  if (pads.get(key)?.disabled !== false) return;
  if (!phone.tone(key)) return fault(t("booth.no_tone"));
  fault("");
  keys = (keys + key).slice(-KEYS_SHOWN);
  $("booth-keys").textContent = keys;
  const pad = pads.get(key);
  pad.dataset.pressed = "";
  setTimeout(() => delete pad.dataset.pressed, 150);
}

async function open() {
  const answer = await post("/phone/account");
  if (answer.ok) phone.open(answer.data, "/phone/sip");
  else setTimeout(open, 3000);
}

$("ring").addEventListener("click", ring);
$("end").addEventListener("click", () => phone.hangUp());
$("keypad").addEventListener("click", (event) => {
  const pad = event.target.closest("[data-tone]");
  if (pad) tone(pad.dataset.tone);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || !pads.has(event.key)) return;
  if (pads.get(event.key).disabled) return;
  event.preventDefault();
  tone(event.key);
});
phone.addEventListener("change", (event) => {
  const { before, cause } = event.detail ?? {};
  if (before && !phone.call) {
    ended = true;
    if (before.state === "calling" && cause && cause !== "Canceled") fault(t("booth.failed", { why: t(`booth.failed_${WHY[cause] ?? "other"}`) }));
  }
  show();
});
addEventListener("beforeunload", (event) => {
  if (phone.call) event.preventDefault();
});
startFrame();
startClocks();
if ($("messages")) {
  const box = new PostBox($("messages"), $("no-messages"), caller);
  $("callers").addEventListener("change", () => box.refresh());
  box.start();
}
show();
open();
