/** Requests for a new PIN: F2 approves the first or focused one, Shift+F2 refuses it, each with a word. */
import { post } from "./api.js";
import { duration, serverSays, startClocks, tickAll, timeOfDay } from "./clocks.js";
import { startFrame } from "./frame.js";
import { startKeys } from "./keys.js";
import { LiveStream } from "./stream.js";
import { strip, unstrip } from "./strips.js";
import { t } from "./words.js";

const one = (id) => document.getElementById(id);
const dialog = one("deciding");
let heardAt = Number(document.body.dataset.at);
let deciding = null;

function open(button) {
  if (!button || dialog.open) return;
  const row = button.closest("tr");
  deciding = { id: row.dataset.reset, act: button.dataset.act };
  for (const place of [one("deciding-title"), one("decide")]) place.textContent = place.dataset[deciding.act];
  one("deciding-what").textContent = t("resets.script.account", { tail: row.dataset.what });
  one("lift-place").hidden = deciding.act !== "approve";
  one("lift").checked = false;
  one("word").value = "";
  fault("");
  dialog.showModal();
  one("word").focus();
}

function fault(sentence) {
  one("deciding-fault").hidden = !sentence;
  one("deciding-fault").querySelector("span").textContent = sentence;
}

async function decide() {
  if (one("decide").disabled) return;
  one("decide").disabled = true;
  const { id, act } = deciding;
  const answer = await post(`/pin-resets/${encodeURIComponent(id)}/${act}`, { word: one("word").value, lift: one("lift").checked });
  one("decide").disabled = false;
  if (!answer.ok) return fault(answer.data.error || t("resets.script.unreachable"));
  dialog.close();
  document.querySelector(`tr[data-reset="${CSS.escape(id)}"]`)?.remove();
  one("said").textContent = t(`resets.script.${act}`);
}

/** The rows as they are now; the focus stays on the same button of the same request. */
function show({ at, html, count }) {
  heard(at);
  const focused = document.activeElement?.closest?.("#known [data-act]");
  const at_ = focused && [focused.closest("tr").dataset.reset, focused.dataset.act];
  document.querySelector("#known tbody").innerHTML = html; // made by our own templates, every value escaped there
  one("count").textContent = String(count);
  one("known").hidden = count === 0;
  one("none").hidden = count > 0;
  if (at_) document.querySelector(`tr[data-reset="${CSS.escape(at_[0])}"] [data-act="${at_[1]}"]`)?.focus();
  tickAll();
}

function heard(at) {
  heardAt = at;
  serverSays(at);
}

/** The button of this act in the focused row, else in the first one. */
const button = (act) => (document.activeElement?.closest?.("#known tr") ?? document).querySelector(`[data-act="${act}"]`);

dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  decide();
});
one("leave").addEventListener("click", () => dialog.close());
one("known").addEventListener("click", (event) => open(event.target.closest("[data-act]")));
startKeys({ F2: () => open(button("approve")), "Shift+F2": () => open(button("refuse")) });
heard(heardAt);
startFrame();
startClocks();
new LiveStream("/pin-resets/events", {
  rows: show,
  beat: ({ at }) => heard(at),
  signed_out: () => location.assign("/sign-in"),
  status: (status, age) => {
    if (status === "lost") strip("stale", t("strip.stale", { time: timeOfDay(heardAt, true), age: duration(age) }));
    else unstrip("stale");
  },
});
