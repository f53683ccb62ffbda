/** The transfer window (F9) and the second line: type a name, arrows, Enter talks first, Shift+Enter sends at once. */
import { duration, now } from "./clocks.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);

export class Transfer {
  constructor(wish) {
    this.wish = wish;
    this.rows = [];
    this.chosen = 0;
    $("transfer-find").addEventListener("input", () => this.list());
    $("transfer").addEventListener("keydown", (event) => this.key(event));
    $("transfer-list").addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose([...$("transfer-list").children].indexOf(row));
    });
    $("transfer-ask").addEventListener("click", () => this.send("/desk/consult"));
    $("transfer-now").addEventListener("click", () => this.send("/desk/transfer"));
    $("hand-over").addEventListener("click", () => wish("/desk/consult/hand-over", {}, "transfer.asked"));
    $("join-all").addEventListener("click", () => wish("/desk/consult/join", {}, "transfer.asked"));
    $("end-consult").addEventListener("click", () => wish("/desk/consult/end", {}, "transfer.asked"));
    $("take-back").addEventListener("click", () => wish("/desk/take-back", {}, "transfer.asked"));
  }

  async open() {
    $("transfer-find").value = "";
    $("transfer-why").textContent = "";
    this.rows = [];
    this.list();
    $("transfer").showModal();
    try {
      const answer = await fetch("/desk/directory", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(6000) });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.error);
      this.rows = told.rows;
    } catch {
      $("transfer-why").textContent = t("desk.no_server");
    }
    this.list();
  }

  get shown() {
    const typed = $("transfer-find").value.trim().toLowerCase();
    const found = this.rows.filter((row) => !typed || row.title.toLowerCase().includes(typed) || row.name.includes(typed));
    const number = typed.replace(/[\s()-]/g, "");
    if (/^\+?\d{7,15}$/.test(number)) found.push({ kind: "outside", name: number, title: typed, words: t("transfer.outside") });
    return found;
  }

  list() {
    const items = this.shown.map((row, place) => {
      const item = document.createElement("li");
      item.id = `transfer-${place}`;
      item.setAttribute("role", "option");
      const title = document.createElement("span");
      title.textContent = row.kind === "queue" ? t("transfer.queue", { title: row.title }) : row.title;
      const words = document.createElement("span");
      words.className = "label";
      words.textContent = row.kind === "queue" ? t("transfer.waiting", { number: row.waiting }) : row.words;
      item.append(title, words);
      return item;
    });
    $("transfer-list").replaceChildren(...items);
    if (!items.length) $("transfer-why").textContent = this.rows.length ? t("transfer.nobody") : "";
    else $("transfer-why").textContent = "";
    this.choose(0);
  }

  choose(place) {
    const items = [...$("transfer-list").children];
    this.chosen = items.length ? Math.max(0, Math.min(place, items.length - 1)) : 0;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === this.chosen)));
    items[this.chosen]?.scrollIntoView({ block: "nearest" });
    if (items.length) $("transfer-find").setAttribute("aria-activedescendant", items[this.chosen].id);
    else $("transfer-find").removeAttribute("aria-activedescendant");
    const row = this.shown[this.chosen];
    const busy = row?.kind === "agent" && !row.free;
    for (const button of [$("transfer-ask"), $("transfer-now")]) button.disabled = !row || busy;
    if (busy) $("transfer-why").textContent = t("transfer.busy", { who: row.title });
    else if (row) $("transfer-why").textContent = "";
  }

  key(event) {
    if (event.key === "ArrowDown") this.choose(this.chosen + 1);
    else if (event.key === "ArrowUp") this.choose(this.chosen - 1);
    else if (event.key === "Enter" && event.target === $("transfer-find")) {
      if (!event.repeat) this.send(event.shiftKey ? "/desk/transfer" : "/desk/consult");
    } else return;
    event.preventDefault();
  }

  async send(path) {
    const row = this.shown[this.chosen];
    if (!row || $(path === "/desk/consult" ? "transfer-ask" : "transfer-now").disabled) return;
    $("transfer").close();
    await this.wish(path, { kind: row.kind, name: row.name }, "transfer.asked");
  }

  /** The strip below the telephone's buttons: who is on the second line, or the call that can still be taken back. */
  show(floor) {
    const line = floor.second_line;
    const gave = floor.gave && floor.gave.until > now() ? floor.gave : null;
    const missed = floor.missed && floor.missed.until > now() ? floor.missed : null;
    const asking = Boolean(line?.mine);
    $("second-line").hidden = !line && !gave && !missed;
    $("second-line").dataset.missed = String(!line && Boolean(missed));
    $("second-word").textContent = line
      ? t(line.mine ? `transfer.line_${line.state}` : `transfer.asked_by_${line.state}`, { who: line.who })
      : missed ? missedWords(missed) : gave ? t("transfer.gave", { to: gave.to }) : "";
    $("hand-over").hidden = !asking || line.state === "ringing";
    $("join-all").hidden = !asking || line.outside || line.state !== "talking";
    $("end-consult").hidden = !asking;
    $("take-back").hidden = !gave || Boolean(line);
    if (gave) $("take-back-left").textContent = duration(gave.until - now());
  }
}

function missedWords({ who, why, waits }) {
  return t(waits ? "transfer.missed_waits" : "transfer.missed", { who, why: t(`transfer.missed_${why}`) });
}
