// What all cells share: what Python does just now, Run all, Stop, and forgetting what was changed.

import { allow, button, element } from "../figures/core.js";

const SAYS = {
  loading: "Python is loading …",
  ready: "Python is ready.",
  off: "Stopped. What the cells had computed is gone; the next run starts Python anew.",
};

export class Bar {
  constructor(page) {
    this.page = page;
    this.aim = null; // the cell to which what was asked for last leads
    this.last = null; // the cell that has run last, and what came of it
    this.status = element("span", { class: "python-state", tabindex: -1 });
    this.all = button("Run all", () => page.runAll());
    this.stop = button("Stop", () => page.session.stop());
    this.here = button("Run to here", () => page.runTo(this.aim), { hidden: true });
    this.forget = button("Forget my changes", () => {
      for (const one of page.cells) one.write(one.original);
      this.rescue();
    });
    this.node = element(
      "div",
      { class: "python-bar", role: "region", "aria-label": "Python in this page" },
      this.status,
      this.all,
      this.stop,
      this.here,
    );
    this.edited();
  }

  edited() {
    this.forget.hidden = !this.page.cells.some((one) => one.edited);
  }

  tell(text) {
    this.status.textContent = text;
    this.page.say(text);
  }

  /** The button that has the focus goes. On another one, the next Enter would press that. */
  rescue() {
    this.status.focus({ preventScroll: true });
  }

  offer(cell) {
    if (!cell && document.activeElement === this.here) this.rescue();
    this.here.hidden = !cell;
    if (cell) this.here.textContent = `Run to ${cell.name}`;
  }

  show(state, why) {
    allow(this.stop, state === "running");
    this.offer(["off", "failed"].includes(state) && this.aim);
    if (state === "ready") this.rest();
    else if (state === "failed") this.tell(`Python has stopped: ${why} The page can be read as before.`);
    else if (state !== "running") this.tell(SAYS[state]);
  }

  runs(cell) {
    this.status.textContent = `${cell.name} runs …`;
    this.page.say(""); // so that what comes of it is said, even if it is the same as before
  }

  ran(cell, how, output) {
    this.last = { cell, how, text: output.textContent.trim() };
  }

  /** Python waits again: say what came of the last cell, and where it lacks those above, offer to run them. */
  rest() {
    const { cell, how, text } = this.last ?? {};
    if (how === "error") {
      this.tell(`${cell.name}: ${text.split("\n").at(-1)}`);
      this.offer(this.page.lacks(cell) && cell);
    } else {
      this.status.textContent = SAYS.ready;
      this.page.say(cell ? `${cell.name} has run. ${text.slice(0, 200)}` : SAYS.ready);
    }
  }
}
