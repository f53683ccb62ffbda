/** The agent's desk: what the server says of the floor, what the telephone says of itself, and one screen of both. */
import { Accounts } from "./accounts.js";
import { post } from "./api.js";
import { showHealth, showPresence } from "./bar.js";
import { duration, serverSays, startClocks } from "./clocks.js";
import { Drafts } from "./drafts.js";
import { startFrame } from "./frame.js";
import { startKeys } from "./keys.js";
import { Menu } from "./menu.js";
import { Microphone } from "./microphone.js";
import { Owner } from "./owner.js";
import { PinReset } from "./pin_reset.js";
import { Payment } from "./payment.js";
import { Record } from "./record.js";
import { Ring } from "./ring.js";
import { Softphone } from "./softphone.js";
import { LiveStream } from "./stream.js";
import { strip, unstrip } from "./strips.js";
import { TelephonePane } from "./telephone_pane.js";
import { Transfer } from "./transfer.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const DISAGREE_MS = 2500;

const body = document.body;
let floor = JSON.parse(body.dataset.state);
let line = null;
let asked = "";
let announced = "";
let who = body.dataset.who;
let elsewhere = false;
let disagreesSince = 0;
serverSays(floor.at);

const microphone = new Microphone();
const phone = new Softphone({ microphone, voice: $("voice"), incoming: true });
const ring = new Ring();
const transfer = new Transfer(wish);
const payment = new Payment(wish, () => $("pay") && accounts.choose($("pay").dataset.pay));
const pane = new TelephonePane();
const drafts = new Drafts(body.dataset.login, (callId, state, at) => record.told(callId, state, at));
const record = new Record(drafts);

const owner = new Owner({
  taken: () => {
    elsewhere = false;
    openTelephone();
  },
  lost: () => {
    elsewhere = true;
    phone.close();
    show();
  },
});

async function openTelephone() {
  unstrip("refused");
  microphone.acquire();
  const answer = await post("/desk/telephone");
  if (!owner.holds) return;
  if (answer.ok) {
    line = answer.data.line;
    phone.open(answer.data, `/sip?line=${encodeURIComponent(line)}`);
    return;
  }
  const why = answer.data.error || t("desk.no_server");
  strip("refused", t("strip.telephone_refused", { why }), { label: t("strip.again"), run: openTelephone });
}

/** The telephone was opened later on another machine or in another browser: this page gives way at once. */
function lineIs(current) {
  if (!owner.holds || !line || current <= line) return;
  line = null;
  elsewhere = true;
  phone.close();
  show();
}

async function wish(path, data, label) {
  if (stream.status === "lost") return pane.why(t("desk.no_server"));
  asked = label;
  $("asked").textContent = t(label);
  const answer = await post(path, data);
  if (asked === label) {
    asked = "";
    $("asked").textContent = "";
  }
  if (!answer.ok) pane.why(answer.data.error || t("desk.no_server"));
  else pane.why("");
  return answer.ok;
}

async function choosePresence(choice) {
  if (choice !== "ready") return wish("/desk/not-ready", { reason: choice }, "desk.asked_not_ready");
  if (!(await microphone.acquire())) return pane.why(microphoneWhy());
  if (phone.registration !== "registered") return pane.why(t("phone.why_off"));
  return wish("/desk/ready", {}, "desk.asked_ready");
}

/** A press before the browser gave the microphone counts: the call is taken as soon as it is allowed. */
async function answer() {
  const session = phone.call?.session;
  if (microphone.state !== "ok") {
    pane.why(t("phone.allow_microphone"));
    if (!(await microphone.acquire())) return pane.why(microphoneWhy());
    pane.why("");
  }
  if (phone.call?.session === session) phone.answer();
}

/** The talk that this page's forerunner lost comes back: it needs no key, the agent was talking already. */
async function answerAgain(session) {
  if (await microphone.acquire()) {
    if (phone.call?.session === session) phone.answer();
  } else pane.why(microphoneWhy());
}

async function done() {
  if ($("done").disabled) return pane.why(t("note.not_wrap_up"));
  await drafts.send();
  return wish("/desk/wrap-up/end", {}, "desk.asked_done");
}

async function moreTime() {
  if (floor.duty !== "wrap_up") return pane.why(t("note.not_wrap_up"));
  if ($("more-time").disabled) return pane.why(t("note.no_more_time"));
  return wish("/desk/wrap-up/more", {}, "desk.asked_more_time");
}

async function doneAndPause(reason) {
  await drafts.send();
  if (await wish("/desk/not-ready", { reason }, "desk.asked_not_ready")) await wish("/desk/wrap-up/end", {}, "desk.asked_done");
}

async function decline(reason) {
  if (await wish("/desk/not-ready", { reason }, "desk.asked_not_ready")) phone.hangUp();
}

function microphoneWhy() {
  return microphone.state === "insecure" ? t("strip.insecure") : t("strip.microphone");
}

const marks = () => showHealth({ link: stream?.status, floor, phone, microphone, elsewhere });

function showStrips() {
  const busy = floor.duty === "on_call";
  if (elsewhere) {
    if (busy) strip("elsewhere", t("strip.elsewhere_call"));
    else strip("elsewhere", t("strip.elsewhere"), { label: t("strip.move"), run: () => owner.takeOver() });
  } else unstrip("elsewhere");
  if (["denied", "missing"].includes(microphone.state)) {
    strip("microphone", t("strip.microphone"), { label: t("strip.check"), run: () => microphone.acquire() });
  } else if (microphone.state === "insecure") strip("microphone", t("strip.insecure"));
  else unstrip("microphone");
  if (phone.registration === "refused") {
    strip("refused", t("strip.telephone_refused", { why: phone.refusal }), { label: t("strip.again"), run: openTelephone });
  } else if (phone.registration === "registered") unstrip("refused");
  if (wasRegistered && !elsewhere && phone.registration === "connecting") strip("telephone", t("strip.telephone"));
  else unstrip("telephone");
  showDisagreement();
}

/** The floor says that we talk, the telephone of this page does not: after a reload the voice is on its way here. */
function showDisagreement() {
  const disagrees = floor.duty === "on_call" && !phone.call && !elsewhere;
  if (!disagrees) disagreesSince = 0;
  else if (!disagreesSince) disagreesSince = Date.now();
  const late = disagrees && Date.now() - disagreesSince > DISAGREE_MS;
  if ((late || floor.returning) && !elsewhere) strip("voice", t("strip.no_voice"));
  else unstrip("voice");
}

function announceOffer() {
  const call = floor.call;
  if (floor.duty !== "offered" || !call || announced === call.call_id || !who || body.dataset.call !== call.call_id) return;
  announced = call.call_id;
  $("alert").textContent = t("phone.announce", { who, queue: call.queue });
}

let wasRegistered = false;

/** A caller can be sent on in a talk of the hotline, while no second line is open. */
function enableTransfer() {
  const talking = floor.duty === "on_call" && !floor.second_line && ["talking", "held"].includes(phone.call?.state);
  payment.show(floor, talking);
  const possible = talking && !floor.paying;
  if ($("transfer-open").disabled === possible) $("transfer-open").disabled = !possible;
  if (!possible && $("transfer").open) $("transfer").close();
}

function show() {
  wasRegistered = phone.registration === "registered" || (wasRegistered && phone.registration === "connecting");
  showPresence(floor);
  $("idle").hidden = Boolean(floor.call || body.dataset.call);
  pane.show(floor, phone, elsewhere);
  record.show(floor);
  transfer.show(floor);
  enableTransfer();
  marks();
  showStrips();
  announceOffer();
  const rung = phone.call?.state === "ringing" || (floor.duty === "offered" && !elsewhere && phone.call === null);
  const ringing = rung && !floor.returning && !phone.call?.again;
  if (ringing) ring.start();
  else ring.stop();
  const mark = phone.call?.muted ? "✕ " : ringing ? "☎ " : "";
  document.title = `${mark}${ringing ? t("state.offered") : t("desk.title")}`;
  const busy = Boolean(phone.call);
  for (const tool of [$("language"), ...document.querySelectorAll("#sign-out button")]) {
    tool.disabled = busy;
    tool.title = busy ? t("desk.in_call") : "";
  }
}

const pinReset = new PinReset(() => body.dataset.call, (why) => pane.why(why));

const stream = new LiveStream("/desk/events", {
  state: (state) => {
    serverSays(state.at);
    if (state.version >= floor.version) floor = state;
    lineIs(state.line);
    if (!floor.call && body.dataset.call) showCard({ call_id: "", html: "", who: "", reason: "", note: "" });
    show();
    drafts.send();
  },
  card: showCard,
  resets: (resets) => pinReset.answers(resets),
  beat: (beat) => {
    serverSays(beat.at);
    lineIs(beat.line);
  },
  signed_out: () => location.assign("/sign-in"),
  status: (status, age) => {
    if (status === "lost") {
      const label = ["talking", "held"].includes(phone.call?.state) ? "strip.server" : "strip.server_idle";
      strip("server", t(label, { age: duration(age) }));
    } else {
      unstrip("server");
    }
    marks();
  },
});

function showCard(card) {
  body.dataset.call = card.call_id;
  who = card.who;
  $("card").innerHTML = card.html; // made by our own templates, every value escaped there
  $("card").hidden = !card.call_id;
  $("caller").scrollTop = 0;
  record.open(card.call_id, card.reason, card.note);
  show();
}

const accounts = new Accounts($("card"), () => body.dataset.call, (why) => pane.why(why), () => show());
$("transfer-open").addEventListener("click", () => transfer.open());
const presenceMenu = new Menu($("presence"), $("presence-menu"), choosePresence);
const declineMenu = new Menu($("decline"), $("decline-menu"), decline);
new Menu($("done-pause"), $("done-menu"), doneAndPause);
const press = (id, why) => () => ($(id).disabled ? pane.why(why()) : $(id).click());
/** The first of these buttons that is shown. */
const first = (ids, why) => () => {
  const id = ids.find((one) => !$(one).hidden);
  if (id) press(id, why)();
  else pane.why(why());
};
const noCall = () => t("phone.no_call");
function noPayment() {
  if (floor.duty !== "on_call") return t("phone.no_call");
  if (floor.paying) return t("pay.why_paying");
  if (floor.second_line) return t("transfer.why_second_line");
  return t($("pay") ? "phone.no_call" : "pay.why_no_account");
}
const noWayBack = () => t(floor.paying?.charging ? "pay.step_bank" : "pay.why_not");
$("answer").addEventListener("click", answer);
$("hang-up").addEventListener("click", () => phone.hangUp());
$("hold").addEventListener("click", () => phone.toggleHold());
$("mute").addEventListener("click", () => phone.toggleMute());
$("keys").addEventListener("click", () => $("key-list").showModal());
$("more-time").addEventListener("click", moreTime);
$("note-form").addEventListener("submit", (event) => {
  event.preventDefault();
  done();
});
startKeys({
  F2: press("answer", () => (floor.duty === "offered" ? t("phone.not_ringing") : t("phone.nothing_to_answer"))),
  "Shift+F2": () => ($("decline").disabled ? press("hang-up", noCall)() : declineMenu.open()),
  F4: press("hold", noCall),
  F8: press("mute", noCall),
  "Shift+F8": () => pinReset.open(),
  F9: first(["hand-over", "transfer-open"], () => (floor.second_line ? t("transfer.why_second_line") : noCall())),
  "Shift+F9": first(["end-consult", "take-back"], () => t("transfer.why_nothing")),
  "Ctrl+F9": first(["join-all"], () => t("transfer.why_not_all")),
  F7: () => ($("pay") && !$("pay").disabled ? payment.begin() : pane.why(noPayment())),
  "Shift+F7": () => ($("pay-back").disabled ? pane.why(noWayBack()) : $("pay-back").click()),
  "Shift+F4": () => presenceMenu.open(),
  "Ctrl+Enter": done,
  "Ctrl+Shift+Enter": moreTime,
  "Ctrl+Slash": () => ($("key-list").open ? $("key-list").close() : $("key-list").showModal()),
});
phone.addEventListener("change", (event) => {
  const cause = event.detail?.cause;
  if (cause && event.detail.before?.state === "answering") pane.why(t("phone.failed"));
  if (phone.call?.again && phone.call.state === "ringing") answerAgain(phone.call.session);
  show();
});
microphone.addEventListener("change", () => {
  if (microphone.state !== "ok" && floor.presence === "ready") post("/desk/not-ready", { reason: "microphone" });
  show();
});
$("sign-out").addEventListener("submit", async (event) => {
  event.preventDefault();
  await drafts.send();
  const answer = await post("/sign-out");
  if (!answer.ok) return pane.why(answer.data.error || t("desk.no_server"));
  drafts.clear();
  location.assign("/sign-in");
});
addEventListener("beforeunload", (event) => {
  if (phone.call) event.preventDefault();
});
record.open(body.dataset.call, body.dataset.reason, body.dataset.note);
startFrame();
startClocks(() => {
  pane.tick(floor);
  transfer.show(floor);
  record.tick(floor);
  showStrips();
});
show();
owner.ask();
