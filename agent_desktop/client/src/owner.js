/** Which tab has the telephone: the one that holds the Web Lock. Another tab may take it over; the former then stops. */
const LOCK = "telephone";

export class Owner {
  constructor({ taken, lost }) {
    this.taken = taken;
    this.lost = lost;
    this.holds = false;
    this.waiting = null;
  }

  /** Take the telephone if no tab has it; else say so, and take it when the owner's tab is closed. */
  ask() {
    const busy = () => {
      this.lost();
      this.waiting = new AbortController();
      this.request({ signal: this.waiting.signal });
    };
    this.request({ ifAvailable: true }, busy);
  }

  takeOver() {
    this.waiting?.abort();
    this.waiting = null;
    this.request({ steal: true });
  }

  request(options, busy = () => {}) {
    const hold = (lock) => {
      if (!lock) return busy();
      this.holds = true;
      this.taken();
      return new Promise(() => {});
    };
    navigator.locks.request(LOCK, options, hold).catch(() => {
      if (options.signal?.aborted) return;
      this.holds = false;
      this.lost();
    });
  }
}
