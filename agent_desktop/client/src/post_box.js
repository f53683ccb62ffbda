/** SMS to the number that the demo's telephone rings from: asked for every two seconds while the page is looked at. */
import { timeOfDay } from "./clocks.js";

const EVERY_MS = 2000;
const WAIT_MS = 5000;
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/;

export class PostBox {
  /** `number` says whose messages are wanted now. */
  constructor(list, empty, number) {
    this.list = list;
    this.empty = empty;
    this.number = number;
    this.shown = "";
  }

  start() {
    this.refresh();
    setInterval(() => this.refresh(), EVERY_MS);
    document.addEventListener("visibilitychange", () => this.refresh());
  }

  async refresh() {
    const number = this.number();
    if (document.hidden || !number) return;
    let told;
    try {
      const answer = await fetch(`/phone/messages?number=${encodeURIComponent(number)}`, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(WAIT_MS),
      });
      if (!answer.ok) return;
      told = await answer.json();
    } catch {
      return; // what is shown stays until the next answer
    }
    if (number === this.number()) this.show(number, told.messages);
  }

  /** Only what is new is put in, so that a reader hears each message once; what is gone there is gone here. */
  show(number, messages) {
    if (number !== this.shown) this.list.replaceChildren();
    this.shown = number;
    const ids = new Set(messages.map((message) => message.id));
    for (const item of [...this.list.children]) if (!ids.has(item.dataset.id)) item.remove();
    const known = new Set([...this.list.children].map((item) => item.dataset.id));
    for (const message of messages.filter((one) => !known.has(one.id)).reverse()) this.list.prepend(item(message));
    this.list.hidden = messages.length === 0;
    this.empty.hidden = messages.length > 0;
  }
}

function item(message) {
  const made = document.createElement("li");
  made.className = "message";
  made.dataset.id = message.id;
  made.lang = /[а-яё]/i.test(message.text) ? "ru" : "en"; // the caller's language, whatever the page's is
  const at = document.createElement("time");
  at.className = "second figures";
  at.textContent = timeOfDay(message.at);
  const text = document.createElement("p");
  for (const [place, part] of message.text.split(LINK).entries()) text.append(place % 2 ? link(part) : part);
  made.append(at, text);
  return made;
}

function link(address) {
  const made = document.createElement("a");
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  made.textContent = address;
  return made;
}
