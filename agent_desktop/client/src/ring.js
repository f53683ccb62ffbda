/** The ring: two soft tones every three seconds, made in the page. Browsers allow it after the first key or click. */
const PERIOD_MS = 3000;

export class Ring {
  constructor() {
    this.timer = 0;
    this.context = null;
  }

  start() {
    if (this.timer) return;
    this.context ??= new AudioContext();
    this.context.resume().catch(() => {});
    this.burst();
    this.timer = setInterval(() => this.burst(), PERIOD_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
  }

  burst() {
    if (this.context.state !== "running") return;
    const start = this.context.currentTime;
    for (const [frequency, at] of [[660, 0], [880, 0.22]]) {
      const tone = this.context.createOscillator();
      const volume = this.context.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, start + at);
      volume.gain.linearRampToValueAtTime(0.15, start + at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.001, start + at + 0.4);
      tone.connect(volume).connect(this.context.destination);
      tone.start(start + at);
      tone.stop(start + at + 0.45);
    }
  }
}
