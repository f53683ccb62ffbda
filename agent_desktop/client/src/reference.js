/**
 * The editor of one reference page. What is typed is shown in the words that will be spoken; it is heard before it can
 * be published. The server keeps the state: after each act the page is read anew.
 */
import { post } from "./api.js";
import { startFrame } from "./frame.js";
import { startKeys } from "./keys.js";
import { Player } from "./player.js";
import { strip, unstrip } from "./strips.js";
import { t } from "./words.js";

const PREVIEW_MS = 300;
const DONE = "desk-reference-done";
const { body } = document;
const form = document.getElementById("editor");
const panes = [...document.querySelectorAll("[data-language]")];
const said = document.getElementById("said");
const publish = document.getElementById("publish");
const why = document.getElementById("why");
const withdraw = document.getElementById("withdraw");
const player = new Player((words) => strip("sound", words));
let dirty = body.dataset.dirty === "1";
let busy = false;

const field = (id) => document.getElementById(id);

function typed(pane) {
  const language = pane.dataset.language;
  return { language, title: field(`title-${language}`).value.trim(), text: field(`text-${language}`).value.trim() };
}

function isEmpty(pane) {
  const { title, text } = typed(pane);
  return !title && !text;
}

function show() {
  for (const pane of panes) {
    const heard = "heard" in pane.dataset;
    const empty = isEmpty(pane);
    const mark = pane.querySelector("[data-mark]");
    mark.textContent = empty ? "" : `${heard ? "✓ " : ""}${t(heard ? "reference.heard" : "reference.not_heard")}`;
    pane.querySelector("[data-listen]").disabled = empty;
    const optional = pane.querySelector("[data-empty]");
    if (optional) optional.hidden = !empty;
  }
  const reason = whyNot();
  publish.disabled = Boolean(reason) || busy;
  why.textContent = reason;
  field("save").disabled = busy;
}

function whyNot() {
  if (dirty) return t("reference.why_not_saved");
  if (body.dataset.state === "published") return t("reference.why_published");
  if (panes.some((pane) => pane.querySelector("[data-faults]").childElementCount)) return t("reference.mended_first");
  if (panes.some((pane) => !isEmpty(pane) && !("heard" in pane.dataset))) return t("reference.listen_first");
  return "";
}

function list(place, faults) {
  place.replaceChildren(
    ...faults.map(({ text }) => {
      const line = document.createElement("li");
      line.innerHTML = '<svg class="mark small" aria-hidden="true"><use href="#mark-warning"></use></svg>';
      const words = document.createElement("span");
      words.textContent = text;
      line.append(words);
      return line;
    }),
  );
}

/** The words of what is typed; an answer that comes late is for what was typed before. */
async function preview(pane) {
  const turn = (pane.turn = (pane.turn ?? 0) + 1);
  const words = pane.querySelector("[data-words]");
  const seconds = pane.querySelector("[data-seconds]");
  if (isEmpty(pane)) {
    words.textContent = t("reference.nothing_typed");
    seconds.textContent = "";
    list(pane.querySelector("[data-faults]"), []);
    return show();
  }
  const { ok, data } = await post("/reference/preview", typed(pane));
  if (!ok || turn !== pane.turn) return undefined;
  words.textContent = data.sentences.join("\n");
  seconds.textContent = t("reference.about_seconds", { n: data.seconds });
  list(pane.querySelector("[data-faults]"), data.faults);
  return show();
}

for (const pane of panes) {
  pane.addEventListener("input", () => {
    delete pane.dataset.heard;
    clearTimeout(pane.soon);
    pane.soon = setTimeout(() => preview(pane), PREVIEW_MS);
  });
  pane.querySelector("[data-listen]").addEventListener("click", () => listen(pane));
  preview(pane);
}
form.addEventListener("input", () => {
  dirty = true;
  said.textContent = t("reference.unsaved");
  show();
});

function listen(pane) {
  if (isEmpty(pane)) return;
  unstrip("sound");
  const text = typed(pane);
  const same = () => JSON.stringify(typed(pane)) === JSON.stringify(text);
  player.press(
    pane.querySelector("[data-listen]"),
    (signal) =>
      fetch("/reference/listen", {
        method: "POST",
        signal,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(text),
      }),
    () => {
      if (same()) pane.dataset.heard = "1";
      show();
    },
  );
}

function content() {
  return {
    version: Number(body.dataset.version),
    section: field("section").value,
    key: field("key").value,
    order: Math.trunc(Number(field("order").value)) || 0,
    valid_from: field("valid_from").value || null,
    valid_until: field("valid_until").value || null,
    texts: panes.filter((pane) => !isEmpty(pane)).map(typed),
  };
}

/** A wish; when it was taken the page is read anew and says what was done. */
async function act(path, asked, done) {
  if (busy) return;
  busy = true;
  show();
  unstrip("act");
  const { ok, data } = await post(path, asked);
  if (ok) {
    dirty = false;
    const state = data.state === "changed" && done === "reference.saved" ? "reference.saved_changed" : done;
    sessionStorage.setItem(DONE, JSON.stringify({ done: state, focus: document.activeElement?.id ?? "" }));
    location.assign(`/reference/${encodeURIComponent(data.page_id)}`);
    return;
  }
  busy = false;
  said.textContent = "";
  list(field("faults"), data.faults ?? []);
  strip("act", data.error ?? t("reference.failed"));
  show();
}

const path = (more) => `/reference/${encodeURIComponent(body.dataset.page)}${more}`;
const save = () => act(body.dataset.page ? path("") : "/reference", content(), "reference.saved");
const versioned = () => ({ version: Number(body.dataset.version) });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
publish.addEventListener("click", () => act(path("/publish"), versioned(), "reference.published"));
withdraw?.addEventListener("click", () => act(path("/withdraw"), versioned(), "reference.withdrawn"));
window.addEventListener("beforeunload", (event) => {
  if (dirty && panes.some((pane) => !isEmpty(pane)) && said.textContent) event.preventDefault();
});
startKeys({
  "Ctrl+Enter": save,
  "Ctrl+Shift+Enter": () => (publish.disabled ? strip("act", why.textContent) : publish.click()),
  F2: () => listen(panes[0]),
  F4: () => listen(panes[1]),
});

const before = JSON.parse(sessionStorage.getItem(DONE) ?? "null");
sessionStorage.removeItem(DONE);
if (before) {
  said.textContent = t(before.done);
  (field(before.focus) ?? document.body).focus?.();
}
startFrame();
show();
