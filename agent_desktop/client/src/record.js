/** The call's record: reason and note from the first second of the ring, saved as typed; the wrap-up's clock and end. */
import { now, setClock, timeOfDay } from "./clocks.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const TOLD_AT_S = 10;

export class Record {
  constructor(drafts) {
    this.drafts = drafts;
    this.callId = "";
    this.told10 = "";
    for (const field of [$("reason"), $("note")]) {
      field.addEventListener("input", () => this.callId && drafts.keep(this.callId, $("reason").value, $("note").value));
    }
  }

  /** Another call, or none: what is in the fields was kept as it was typed. */
  open(callId, reason, note) {
    if (callId === this.callId) return;
    this.callId = callId;
    const draft = callId ? this.drafts.of(callId) : null;
    $("reason").value = draft?.reason ?? reason;
    $("note").value = draft?.note ?? note;
    $("reason").disabled = $("note").disabled = !callId;
    $("saved").textContent = "";
  }

  told(callId, state, at) {
    if (callId !== this.callId) return;
    $("saved").textContent = state === "saved" ? t("note.saved", { time: timeOfDay(at) }) : t(`note.${state}`);
  }

  show(floor) {
    const wrapUp = floor.duty === "wrap_up";
    $("wrap-up-left").hidden = !(wrapUp && floor.wrap_up_until);
    if (wrapUp) setClock($("wrap-up-clock"), null, floor.wrap_up_until);
    $("more-time").disabled = !(wrapUp && floor.more_time);
    $("more-left").textContent = wrapUp && floor.more_time ? t("note.more_left", { n: floor.more_time }) : "";
    $("more-time").title = $("more-time").disabled ? t(wrapUp ? "note.no_more_time" : "note.not_wrap_up") : "";
    for (const button of [$("done"), $("done-pause")]) {
      button.disabled = !wrapUp;
      button.title = wrapUp ? "" : t("note.not_wrap_up");
    }
  }

  tick(floor) {
    if (floor.duty !== "wrap_up" || !floor.wrap_up_until || this.told10 === this.callId) return;
    const left = (floor.wrap_up_until - now()) / 1000;
    if (left <= TOLD_AT_S && left > 0) {
      this.told10 = this.callId;
      $("alert").textContent = t("note.ten_left");
    }
  }
}
