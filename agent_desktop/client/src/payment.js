/** Paying out of a talk (F7, Shift+F7): how far the caller is, in steps and counts, and how it ended. */
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const COUNTED = ["card_number", "card_month", "card_cvv"];

export class Payment {
  /** `paid` is called once when a payment has ended, so that the card can be read anew. */
  constructor(wish, paid) {
    this.wish = wish;
    this.paid = paid;
    this.told = undefined; // what had ended before the page was loaded is on the card
    $("card").addEventListener("click", (event) => {
      if (event.target.closest("#pay")) this.begin();
    });
    $("pay-back").addEventListener("click", () => wish("/desk/pay/back", {}, "pay.asked_back"));
  }

  begin() {
    const button = $("pay");
    if (button && !button.disabled) this.wish("/desk/pay", { account: button.dataset.pay }, "pay.asked");
  }

  /** `possible`: there is a talk of this page with nobody else on the line. */
  show(floor, possible) {
    const { paying, paid } = floor;
    enable($("pay"), possible && !paying);
    $("paying").hidden = !paying && !paid;
    $("paying").dataset.look = paying ? "live" : paid?.good ? "good" : "bad";
    $("pay-back").hidden = !paying;
    enable($("pay-back"), Boolean(paying) && !paying.charging && !paying.returning);
    const result = paid ? t(`pay.result_${paid.result}`, { receipt: paid.receipt }) : "";
    const counted = paying && !paid && COUNTED.includes(paying.step);
    text($("pay-word"), paying && !paid ? t(paying.returning ? "pay.returning" : `pay.step_${paying.step}`) : result);
    text($("pay-count"), counted && paying.keyed ? t("pay.keyed", { keyed: paying.keyed }) : "");
    const ended = paid ? `${floor.call?.call_id} ${paid.at}` : null;
    if (ended && this.told !== undefined && this.told !== ended) this.paid();
    this.told = ended;
  }
}

function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function enable(button, possible) {
  if (button && button.disabled === possible) button.disabled = !possible;
}
