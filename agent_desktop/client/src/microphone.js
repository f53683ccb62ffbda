/** The page's microphone: asked for once, kept open through the shift (a live microphone also keeps the tab awake). */
export class Microphone extends EventTarget {
  constructor() {
    super();
    this.state = "unknown";
    this.stream = null;
    this.asking = null;
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state !== "ok") this.acquire();
    });
  }

  /** Whether it works now; asks the browser when it does not. One question at a time, however often this is called. */
  acquire() {
    if (this.state === "ok") return Promise.resolve(true);
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  async ask() {
    if (!navigator.mediaDevices?.getUserMedia) return this.set("insecure");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: false });
    } catch (fault) {
      return this.set(fault.name === "NotFoundError" ? "missing" : "denied");
    }
    for (const track of this.stream.getAudioTracks()) track.addEventListener("ended", () => this.set("missing"));
    return this.set("ok");
  }

  /** A copy for one call: muting and ending the call never touch the page's own track. Null while there is none. */
  forCall() {
    return this.state === "ok" ? this.stream.clone() : null;
  }

  set(state) {
    if (this.state !== state) {
      this.state = state;
      this.dispatchEvent(new Event("change"));
    }
    return state === "ok";
  }
}
