// One Python at a time, and the cells that wait for it.

/**
 * changed(state, why) is called with "loading", "ready", "running", "off" (stopped: what was computed is
 * gone) or "failed". A cell that is to run has code, name, wait(), begin(), show(message) and end(how),
 * where how is "ok", "error", "stopped" or "dropped".
 */
export class Session {
  constructor(settings, changed) {
    Object.assign(this, { settings, changed, worker: null, queue: [], now: null, state: "off" });
  }

  turn(state, why) {
    this.state = state;
    this.changed(state, why);
  }

  boot() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker = worker;
    this.turn("loading");
    worker.addEventListener("message", ({ data }) => this.worker === worker && this.hear(JSON.parse(data)));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (this.worker === worker) this.leave("failed", event.message || "worker.js cannot be loaded");
    });
    worker.postMessage({ settings: this.settings });
  }

  hear(message) {
    if (message.kind === "failed") this.leave("failed", message.why);
    else if (message.kind === "ready") this.next();
    else if (message.kind === "done") this.finish(message.ok);
    else this.now?.show(message);
  }

  run(cells) {
    // One that runs is to run again if it has been changed since.
    const runs = (one) => one === this.now && one.code === this.sent;
    const added = cells.filter((one) => !this.queue.includes(one) && !runs(one));
    for (const one of added) one.wait();
    this.queue.push(...added);
    if (!this.worker) this.boot();
    else if (this.state === "ready") this.next();
  }

  next() {
    const cell = (this.now = this.queue.shift());
    this.turn(cell ? "running" : "ready");
    if (!cell) return;
    cell.begin();
    this.sent = cell.code;
    this.worker.postMessage({ code: cell.code, name: cell.name });
  }

  finish(ok) {
    if (!ok) this.drop();
    this.now.end(ok ? "ok" : "error");
    this.next();
  }

  drop() {
    for (const cell of this.queue.splice(0)) cell.end("dropped");
  }

  stop() {
    this.leave("off");
  }

  /** End the worker, whatever it does. */
  leave(state, why) {
    this.worker?.terminate();
    this.worker = null;
    this.drop();
    this.now?.end("stopped");
    this.now = null;
    this.turn(state, why);
  }
}
