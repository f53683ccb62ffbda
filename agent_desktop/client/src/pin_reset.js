/** The agent's question for a new PIN (Shift+F8): from the card of the own call; its answer comes by the stream. */
import { post } from "./api.js";
import { strip, unstrip } from "./strips.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SEEN = "desk_resets_seen";

export class PinReset {
  /** `call`: whose card is shown; `why` tells the agent what cannot be done now. */
  constructor(call, why) {
    this.call = call;
    this.why = why;
    this.shown = new Set();
    if (!this.there) return;
    $("card").addEventListener("click", (event) => {
      if (event.target.closest("[data-pin-reset]")) this.open();
    });
    $("pin-reset").querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    $("reset-leave").addEventListener("click", () => $("pin-reset").close());
  }

  /** Where no SMS go out there is no such window. */
  get there() {
    return Boolean($("pin-reset"));
  }

  open() {
    if (!this.there || !this.call()) return this.why(t("reset.no_call"));
    if ($("pin-reset").open) return;
    this.asked = this.call();
    $("reset-account").value = $("card").querySelector("[data-pin-reset]")?.dataset.pinReset ?? "";
    for (const id of ["reset-phone", "reset-reason", "reset-checked"]) $(id).value = "";
    $("reset-why").textContent = "";
    $("pin-reset").showModal();
    ($("reset-account").value ? $("reset-phone") : $("reset-account")).focus();
  }

  async send() {
    if ($("reset-send").disabled) return;
    $("reset-send").disabled = true;
    const answer = await post("/desk/pin-reset", {
      call_id: this.asked,
      account: $("reset-account").value,
      phone: $("reset-phone").value,
      checked: $("reset-checked").value,
      reason: $("reset-reason").value,
    });
    $("reset-send").disabled = false;
    if (answer.ok) $("pin-reset").close();
    else $("reset-why").textContent = answer.data.error || t("desk.no_server");
  }

  /** One line for each request: that it waits, then what was decided, until the agent has read it. */
  answers(resets) {
    const seen = sessionStorage.getItem(SEEN)?.split(" ") ?? [];
    const now = new Set();
    for (const { id, tail, state, word } of resets) {
      if (seen.includes(`${id}:${state}`)) continue;
      now.add(id);
      const run = () => {
        sessionStorage.setItem(SEEN, [...seen.slice(-20), `${id}:${state}`].join(" "));
        unstrip(`reset-${id}`);
      };
      strip(`reset-${id}`, t(`reset.${state}`, { tail, word }), state === "asked" ? null : { label: t("reset.read"), run });
    }
    for (const id of this.shown) if (!now.has(id)) unstrip(`reset-${id}`);
    this.shown = now;
  }
}
