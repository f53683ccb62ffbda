/**
 * Reason and note as typed. A draft stays in this browser until the server has confirmed exactly it, so that neither
 * a reload nor a lost link loses a word; then it is deleted here.
 */
import { post } from "./api.js";

const PREFIX = "draft:";
const TYPING_MS = 400;

export class Drafts {
  constructor(login, told) {
    this.prefix = `${PREFIX}${login}:`;
    this.told = told;
    this.timer = 0;
    this.sending = null;
  }

  keep(callId, reason, note) {
    localStorage.setItem(this.prefix + callId, JSON.stringify({ reason, note }));
    this.told(callId, "saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), TYPING_MS);
  }

  of(callId) {
    const text = localStorage.getItem(this.prefix + callId);
    return text === null ? null : JSON.parse(text);
  }

  /** Send every draft that the server does not have; safe to call at any time. */
  send() {
    this.sending = (this.sending ?? Promise.resolve()).then(() => this.sendAll());
    return this.sending;
  }

  async sendAll() {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(this.prefix))) {
      const text = localStorage.getItem(key);
      if (text === null) continue;
      const callId = key.slice(this.prefix.length);
      const answer = await post("/desk/note", { call_id: callId, ...JSON.parse(text) });
      if (answer.ok) {
        if (localStorage.getItem(key) === text) {
          localStorage.removeItem(key);
          this.told(callId, "saved", answer.data.saved_at);
        }
      } else {
        this.told(callId, "kept");
      }
    }
  }

  clear() {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  }
}
