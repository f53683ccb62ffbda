/**
 * The telephone in the page: one JsSIP user agent, at most one call. It lives as long as the document and knows
 * nothing of the screen; `change` events tell that `registration` or `call` is different now.
 */
import JsSIP from "jssip";

const GATHERED_MS = 200;
const REGISTER_S = 90;
const HOLD_AGAIN_MS = 100;
const HOLD_TRIES = 30;
const CALL_OPTIONS = { pcConfig: { iceServers: [] }, rtcOfferConstraints: { offerToReceiveAudio: true } };

export class Softphone extends EventTarget {
  constructor({ microphone, voice, incoming }) {
    super();
    this.microphone = microphone;
    this.voice = voice;
    this.incoming = incoming;
    this.ua = null;
    this.registration = "off";
    this.refusal = "";
    this.call = null;
    this.wantsHold = null;
  }

  open(account, path) {
    this.close();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new JsSIP.WebSocketInterface(`${scheme}//${location.host}${path}`);
    const ua = new JsSIP.UA({
      sockets: [socket],
      uri: `sip:${account.user}@${account.realm}`,
      authorization_user: account.user,
      password: account.secret,
      register: true,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: "desk",
    });
    this.ua = ua;
    this.realm = account.realm;
    const mine = (act) => (event) => {
      if (this.ua === ua) act(event);
    };
    this.setRegistration("connecting");
    ua.on("registered", mine(() => this.setRegistration("registered")));
    ua.on("unregistered", mine(() => this.setRegistration("connecting")));
    ua.on("disconnected", mine(() => this.setRegistration("connecting")));
    ua.on("registrationFailed", mine((event) => this.refused(event)));
    ua.on("newRTCSession", mine((event) => this.newSession(event)));
    ua.start();
  }

  close() {
    const ua = this.ua;
    this.ua = null;
    this.setCall(null);
    this.setRegistration("off");
    ua?.stop();
  }

  /** Ring a number (the demo's telephone). */
  dial(number, { displayName = "", headers = [] } = {}) {
    const stream = this.microphone.forCall();
    if (!stream || this.call || this.registration !== "registered") return;
    this.ua.call(`sip:${number}@${this.realm}`, {
      ...CALL_OPTIONS,
      mediaStream: stream,
      fromDisplayName: displayName || undefined,
      extraHeaders: headers,
    });
  }

  /** Take the ringing call. Without a microphone it keeps ringing: a caller who hears nobody hangs up. */
  answer() {
    if (this.call?.state !== "ringing") return;
    const stream = this.microphone.forCall();
    if (!stream) return;
    this.setCall({ ...this.call, state: "answering", stream });
    this.call.session.answer({ ...CALL_OPTIONS, mediaStream: stream });
  }

  /** Ends the call; a ringing one is declined as busy, so that the caller keeps the place. */
  hangUp() {
    if (!this.call) return;
    const ringing = this.call.state === "ringing";
    this.call.session.terminate(ringing ? { status_code: 486, reason_phrase: "Busy Here" } : {});
  }

  toggleHold() {
    if (!this.call || !["talking", "held"].includes(this.call.state)) return;
    this.wantsHold = !(this.wantsHold ?? this.call.state === "held");
    this.settleHold(this.call.session, HOLD_TRIES);
  }

  /** JsSIP refuses a second change while the first is on its way: the newest wish waits for it, a few seconds. */
  settleHold(session, tries) {
    if (this.call?.session !== session || this.wantsHold === null) return;
    const held = session.isOnHold().local;
    const settled = held === this.wantsHold || (this.wantsHold ? session.hold() : session.unhold());
    if (settled || tries === 0) this.wantsHold = null;
    else setTimeout(() => this.settleHold(session, tries - 1), HOLD_AGAIN_MS);
  }

  toggleMute() {
    if (!this.call || !["talking", "held"].includes(this.call.state)) return;
    if (this.call.muted) this.call.session.unmute({ audio: true });
    else this.call.session.mute({ audio: true });
    this.setCall({ ...this.call, muted: !this.call.muted });
  }

  /** Send a touch tone; false when the line cannot carry one now. */
  tone(key) {
    if (this.call?.state !== "talking") return false;
    try {
      this.call.session.sendDTMF(key, { duration: 120, interToneGap: 70, transportType: "RFC2833" });
    } catch {
      return false; // the media path is not there yet, or not any more
    }
    return true;
  }

  refused(event) {
    this.refusal = event.response ? `${event.response.status_code} ${event.response.reason_phrase}` : event.cause;
    this.setRegistration(event.response ? "refused" : "connecting");
  }

  newSession({ session, originator, request }) {
    if (originator === "remote" && (this.call || !this.incoming)) {
      session.terminate({ status_code: 486, reason_phrase: "Busy Here" });
      return;
    }
    const remote = originator === "remote";
    this.wantsHold = null;
    this.setCall({
      session,
      state: remote ? "ringing" : "calling",
      muted: false,
      number: session.remote_identity.uri.user || "",
      callId: (remote && request.getHeader("X-CC-Call")) || "",
      again: Boolean(remote && request.getHeader("X-CC-Again")),
      since: Date.now(),
      stream: null,
    });
    const update = (changes) => {
      if (this.call?.session === session) this.setCall({ ...this.call, ...changes });
    };
    const over = (event) => {
      const call = this.call?.session === session ? this.call : null;
      for (const track of call?.stream?.getTracks() || []) track.stop();
      if (call) this.setCall(null, event.cause || "");
    };
    session.on("accepted", () => update({ state: "talking", since: Date.now() }));
    session.on("hold", ({ originator: who }) => who === "local" && update({ state: "held" }));
    session.on("unhold", ({ originator: who }) => who === "local" && update({ state: "talking" }));
    session.on("ended", over);
    session.on("failed", over);
    session.on("icecandidate", this.readySoon());
    session.on("peerconnection", ({ peerconnection }) => this.hear(peerconnection));
    if (session.connection) this.hear(session.connection);
  }

  /** Do not wait for the last possible candidate: 200 ms after the newest one the offer or answer goes out. */
  readySoon() {
    let timer = 0;
    return ({ ready }) => {
      clearTimeout(timer);
      timer = setTimeout(ready, GATHERED_MS);
    };
  }

  hear(connection) {
    connection.addEventListener("track", ({ streams, track }) => {
      this.voice.srcObject = streams[0] || new MediaStream([track]);
    });
  }

  setRegistration(state) {
    if (this.registration === state) return;
    this.registration = state;
    this.dispatchEvent(new Event("change"));
  }

  setCall(call, cause = "") {
    const before = this.call;
    if (before === call) return;
    this.call = call;
    this.dispatchEvent(new CustomEvent("change", { detail: { before, cause } }));
  }
}
