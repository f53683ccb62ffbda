/** One sound at a time: a button asks for it, shows that it plays, and stops it when pressed again. */
import { t } from "./words.js";

const WAIT_MS = 15000;

export class Player {
  /** `failed` is told in words what went wrong. */
  constructor(failed) {
    this.failed = failed;
    this.audio = new Audio();
    this.turn = 0;
    this.button = null;
    this.address = "";
  }

  /** Press: plays what `ask` fetches, or stops it. `ended` when it was heard to its end. */
  async press(button, ask, ended = () => {}) {
    const again = this.button === button;
    this.stop();
    if (again) return;
    const turn = ++this.turn;
    this.show(button, "loading");
    let problem = t("listen.failed");
    try {
      const answer = await ask(AbortSignal.timeout(WAIT_MS));
      if (!answer.ok) {
        problem = (await said(answer)) ?? t("listen.unavailable");
        throw new Error("refused");
      }
      const sound = await answer.blob();
      if (turn !== this.turn) return;
      this.address = URL.createObjectURL(sound);
      this.audio.src = this.address;
      this.audio.onended = () => {
        this.stop();
        ended();
      };
      this.audio.onerror = () => this.fail(t("listen.failed"));
      await this.audio.play();
      this.show(button, "playing");
    } catch {
      if (turn === this.turn) this.fail(problem);
    }
  }

  fail(words) {
    this.stop();
    this.failed(words);
  }

  stop() {
    this.turn++;
    this.audio.onended = this.audio.onerror = null;
    this.audio.pause();
    this.audio.removeAttribute("src");
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = "";
    if (this.button) this.show(this.button, "");
    this.button = null;
  }

  show(button, state) {
    this.button = button;
    if (state) button.dataset.playing = state;
    else delete button.dataset.playing;
    button.querySelector("use").setAttribute("href", state ? "#mark-stop" : "#mark-play");
    const words = state === "loading" ? t("listen.loading") : state ? t("listen.stop") : t("listen.play");
    const label = button.querySelector("[data-label]");
    if (label) label.textContent = words;
    else button.title = words;
  }
}

async function said(answer) {
  try {
    const { error, faults } = await answer.json();
    return faults?.length ? faults.map((fault) => fault.text).join(". ") : error;
  } catch {
    return null;
  }
}
