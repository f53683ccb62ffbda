/**
 * The page's live stream (server-sent events over fetch, so that the status of a refusal is seen).
 *
 * The server beats every 5 s. Nothing for 7 s: the page is told that its data is stale. Nothing for 12 s, or a cut:
 * a new connection, after 0.25 s at first and at most 5 s later. Hidden tabs keep their stream.
 */
const STALE_MS = 7000;
const SILENT_MS = 12000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const STALE_AFTER_CUT_MS = 5000;

export class LiveStream {
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.heardAt = performance.now();
    this.heardClock = Date.now();
    this.connected = false;
    this.wait = FIRST_WAIT_MS;
    this.status = "";
    setInterval(() => this.watch(), 500);
    this.run();
  }

  /** Milliseconds since the last sign of life. */
  age() {
    return performance.now() - this.heardAt;
  }

  async run() {
    for (;;) {
      this.abort = new AbortController();
      try {
        await this.read(this.abort.signal);
      } catch {
        // A cut line is normal: the wait below is what is done about it.
      }
      this.connected = false;
      this.watch();
      await new Promise((done) => setTimeout(done, this.wait * (0.75 + Math.random() / 2)));
      this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    }
  }

  async read(signal) {
    const answer = await fetch(this.url, { headers: { Accept: "text/event-stream" }, signal });
    if (answer.status === 401 || answer.status === 403) return void this.handlers.signed_out();
    if (!answer.ok) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.heard();
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) this.deliver(part);
    }
  }

  deliver(text) {
    let name = "message";
    let data = "null";
    for (const line of text.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    this.handlers[name]?.(JSON.parse(data));
  }

  heard() {
    this.heardAt = performance.now();
    this.heardClock = Date.now();
    this.connected = true;
    this.wait = FIRST_WAIT_MS;
    this.watch();
  }

  watch() {
    const age = this.age();
    if (this.connected && age > SILENT_MS) this.abort.abort();
    const stale = age > (this.connected ? STALE_MS : STALE_AFTER_CUT_MS);
    const status = stale ? "lost" : this.connected ? "live" : "opening";
    if (status !== this.status || stale) {
      this.status = status;
      document.body.dataset.stream = status;
      this.handlers.status?.(status, age);
    }
  }
}
