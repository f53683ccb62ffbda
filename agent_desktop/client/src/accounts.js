/** The caller's accounts on the card: the account chosen last is shown, whatever order the answers come in. */
import { t } from "./words.js";

const WAIT_MS = 6000;

export class Accounts {
  /** `call` says whose card it is; `why` tells the agent what went wrong, "" that nothing did; `shown`: it is there. */
  constructor(card, call, why, shown) {
    this.shown = shown;
    this.card = card;
    this.call = call;
    this.why = why;
    this.asking = new AbortController();
    card.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-account]");
      if (choice) this.choose(choice.dataset.account);
    });
  }

  async choose(account) {
    const callId = this.call();
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    const path = `/desk/card/${encodeURIComponent(callId)}/${encodeURIComponent(account)}`;
    try {
      const answer = await fetch(path, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]),
      });
      const told = answer.ok ? await answer.text() : (await answer.json()).error;
      if (signal.aborted || this.call() !== callId) return;
      if (answer.ok) this.show(told);
      if (answer.ok) this.shown();
      this.why(answer.ok ? "" : told);
    } catch {
      if (!signal.aborted) this.why(t("desk.no_server"));
    }
  }

  /** The choices stay where they are: a press in progress and the focus are theirs. */
  show(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html; // made by our own templates, every value escaped there
    const kept = this.card.querySelector(".accounts");
    const newer = fresh.content.querySelector(".accounts");
    if (!kept || !newer) return this.card.replaceChildren(fresh.content);
    const pressed = newer.querySelector('[aria-pressed="true"]')?.dataset.account;
    for (const choice of kept.querySelectorAll("[data-account]")) {
      choice.setAttribute("aria-pressed", String(choice.dataset.account === pressed));
    }
    for (const old of [...this.card.childNodes]) if (old !== kept) old.remove();
    const nodes = [...fresh.content.childNodes];
    kept.before(...nodes.slice(0, nodes.indexOf(newer)));
    kept.after(...nodes.slice(nodes.indexOf(newer) + 1));
  }
}
