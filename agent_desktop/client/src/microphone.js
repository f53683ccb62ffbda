/** The page's microphone: asked for once, kept open through the shift (a live microphone also keeps the tab awake). */
export class Microphone extends EventTarget {
  constructor() {
    super();
    this.state = "unknown";
    this.stream = null;
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state !== "ok") this.acquire();
    });
  }

  async acquire() {
    if (this.state === "ok") return true;
    if (!navigator.mediaDevices?.getUserMedia) return this.set("insecure");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: false });
    } catch (fault) {
      return this.set(fault.name === "NotFoundError" ? "missing" : "denied");
    }
    for (const track of this.stream.getAudioTracks()) track.addEventListener("ended", () => this.set("missing"));
    return this.set("ok");
  }

  /** A copy for one call: muting and ending the call never touch the page's own track. */
  forCall() {
    return this.stream.clone();
  }

  set(state) {
    if (this.state !== state) {
      this.state = state;
      this.dispatchEvent(new Event("change"));
    }
    return state === "ok";
  }
}
