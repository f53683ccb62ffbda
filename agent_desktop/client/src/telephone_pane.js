/** The telephone's column: its word, clock and buttons. Buttons never change their places; a grey one says why. */
import { duration, now, setClock } from "./clocks.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const WHY_MS = 6000;

export class TelephonePane {
  show(floor, phone, elsewhere) {
    const call = phone.call;
    const state = paneState(floor, call);
    $("telephone").dataset.phone = state.look;
    $("telephone").dataset.voice = call?.state ?? "none";
    $("phone-mark").setAttribute("href", `#mark-${state.mark}`);
    text($("phone-word"), elsewhere && !call ? t("phone.off") : t(`phone.${state.word}`));
    setClock($("phone-clock"), state.since, state.until);
    text($("phone-line"), callLine(floor, call));
    text($("muted"), call?.muted ? t("phone.muted") : "");
    const talking = call?.state === "talking";
    const held = call?.state === "held";
    enable($("answer"), call?.state === "ringing");
    enable($("decline"), call?.state === "ringing");
    enable($("hold"), talking || held);
    enable($("mute"), talking || held);
    enable($("hang-up"), Boolean(call) && call.state !== "ringing");
    press($("hold"), held, held ? "phone.resume" : "phone.hold");
    press($("mute"), Boolean(call?.muted), call?.muted ? "phone.unmute" : "phone.mute");
    this.tick(floor);
    this.idleWhy(floor, phone, elsewhere);
  }

  tick(floor) {
    const call = floor.call;
    if (floor.duty === "offered" && call?.expires_at) {
      $("offer-left").value = Math.max(0, (call.expires_at - now()) / Math.max(1, call.expires_at - call.offered_at));
    }
  }

  /** Why something did not happen, for a few seconds. */
  why(words) {
    clearTimeout(this.timer);
    this.said = words;
    text($("why"), words);
    if (words) this.timer = setTimeout(() => this.why(""), WHY_MS);
    else text($("why"), this.standing || "");
  }

  idleWhy(floor, phone, elsewhere) {
    let words = "";
    if (floor.duty === "idle" && !phone.call) {
      if (elsewhere || phone.registration !== "registered") words = t("phone.why_off");
      else if (floor.presence !== "ready") words = t("phone.why_not_ready");
    }
    this.standing = words;
    if (!this.said) text($("why"), words);
  }
}

function paneState(floor, call) {
  const talk = floor.call?.answered_at || null;
  if (call?.state === "ringing" || (floor.duty === "offered" && !call)) {
    return { look: "offered", mark: "offered", word: "ringing", since: null, until: floor.call?.expires_at || null };
  }
  if (call?.state === "answering") return { look: "on_call", mark: "on_call", word: "answering", since: null, until: null };
  if (call && floor.paying) return { look: "held", mark: "hold", word: "paying", since: floor.call?.held_since || null, until: null };
  if (call?.state === "held") return { look: "held", mark: "hold", word: "held", since: floor.call?.held_since || call.since, until: null };
  if (call || floor.duty === "on_call") {
    return { look: "on_call", mark: "on_call", word: "talking", since: talk || call?.since || floor.duty_since, until: null };
  }
  if (floor.duty === "wrap_up") {
    return { look: "wrap_up", mark: "wrap_up", word: "wrap_up", since: floor.duty_since, until: null };
  }
  if (floor.presence === "ready") return { look: "ready", mark: "ready", word: "idle", since: null, until: null };
  return { look: floor.presence, mark: floor.presence, word: "paused", since: null, until: null };
}

function callLine(floor, call) {
  if (floor.call && floor.duty !== "idle") {
    const until = floor.call.answered_at || floor.call.offered_at || floor.at;
    return t("phone.queue_wait", { queue: floor.call.queue, wait: duration(until - floor.call.enqueued_at) });
  }
  return call ? t("phone.direct", { number: call.number }) : "";
}

function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function enable(button, possible) {
  if (button.disabled === possible) button.disabled = !possible;
}

function press(button, pressed, label) {
  button.setAttribute("aria-pressed", String(pressed));
  text(button.querySelector("span"), t(label));
}
