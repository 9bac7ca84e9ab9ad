// One cell of the page: its editor, its buttons, the book's output and the reader's.

import { button, div, element } from "../figures/core.js";
import { editor, paint } from "./editor.js";
import { outputs } from "./outputs.js";

/** What `use` finds in what is kept on this device. A reader may forbid to keep anything: all else works then. */
function kept(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

let turns = 0; // how many cells have been run, ever

export class Cell {
  constructor(node, number, page) {
    Object.assign(this, { node, number, page, name: `Cell ${number}`, ran: null });
    this.own = node.classList.contains("python-own");
    this.pre = node.querySelector(".cell_input pre");
    this.original = this.pre.textContent.replace(/\n$/, "");
    this.committed = node.querySelector(":scope > .cell_output");
    const alt = this.committed?.querySelector("img")?.alt;
    this.shown = outputs(`A figure drawn by ${this.name}.${alt ? ` The book's own: ${alt}` : ""}`);
    this.shown.node.hidden = true;
    this.field = editor(this.pre, `Code of ${this.name}${this.own ? ", yours, for this exercise" : ""}`, {
      oninput: () => this.changed(),
      onrun: (further) => {
        page.run([this]);
        if (further) page.after(this)?.focus();
      },
    });
    const tools = this.tools();
    (node.querySelector(":scope > details") ?? node.querySelector(":scope > .cell_input")).after(tools);
    node.append(this.shown.node);
    this.restore();
  }

  tools() {
    const quiet = (text, onclick, hidden = false) =>
      button(text, onclick, { class: "python-quiet", "aria-label": `${text}, ${this.name}`, hidden });
    this.again = quiet("Reset cell", () => this.reset(), true);
    this.which = quiet("The book's output", () => this.choose(this.committed.hidden), true);
    this.status = element("span", { class: "python-status" });
    return div(
      "python-tools",
      quiet("Run", () => this.page.run([this])),
      quiet("Run to here", () => this.page.runTo(this)),
      this.exercise ? quiet("Check", () => this.check()) : null,
      this.again,
      this.which,
      this.status,
      element("span", { class: "python-name" }, this.name),
    );
  }

  get code() {
    return this.field.value;
  }

  get blank() {
    return !this.code.trim();
  }

  get edited() {
    return this.code !== this.original;
  }

  /** The exercise in which this cell is a hole to be filled; null elsewhere. */
  get exercise() {
    return !this.own && this.original.includes("...") ? this.node.closest(".exercise") : null;
  }

  /** Run what was filled in, and what follows in the exercise and judges it. */
  check() {
    const judge = this.page.cells.findLast((one) => !one.own && this.exercise.contains(one.node));
    this.page.runTo(judge);
  }

  focus() {
    for (const folded of this.node.querySelectorAll(":scope > details")) folded.open = true;
    this.field.focus();
  }

  // What a reader has written is kept on this device, as long as the book's cell is what it was.

  get key() {
    return `python ${location.pathname} ${this.number}`;
  }

  restore() {
    const [original, text] = JSON.parse(kept((all) => all.getItem(this.key)) ?? "[]");
    if (text !== undefined && original === this.original) this.write(text);
  }

  changed() {
    if (this.edited) kept((all) => all.setItem(this.key, JSON.stringify([this.original, this.code])));
    else kept((all) => all.removeItem(this.key));
    this.again.hidden = !this.edited;
    this.page.bar?.edited();
  }

  write(text) {
    this.field.value = text;
    paint(this.pre, text);
    this.changed();
  }

  reset() {
    this.write(this.original);
    this.field.focus();
  }

  /** Show the book's output, or what the cell has shown here. */
  choose(ofBook) {
    if (this.committed) this.committed.hidden = !ofBook;
    this.shown.node.hidden = ofBook;
    this.which.hidden = !this.committed;
    this.which.textContent = ofBook ? "My output" : "The book's output";
    this.which.setAttribute("aria-label", `${this.which.textContent}, ${this.name}`);
  }

  // Its turn, as session.js wants it.

  begin() {
    this.begun = performance.now();
    this.status.textContent = "runs …";
    this.messages = []; // as they came, for who compares them
    this.shown.clear();
    this.choose(false);
    this.node.classList.add("python-runs");
    this.ran = { code: this.code, turn: ++turns };
    this.page.bar.runs(this);
  }

  show(message) {
    this.messages.push(message);
    this.shown.show(message);
  }

  wait() {
    this.status.textContent = "waits";
  }

  end(how) {
    this.seconds = (performance.now() - this.begun) / 1000;
    const words = {
      ok: `ran in ${this.seconds.toFixed(1)} s`,
      error: "an error",
      stopped: "stopped",
      dropped: "",
    };
    this.node.classList.remove("python-runs");
    this.status.textContent = words[how];
    this.how = how;
    if (how !== "ok") this.ran = null;
    if (how === "ok" || how === "error") this.page.bar.ran(this, how, this.shown.node);
  }

  /** The Python in which it ran is gone. */
  forget() {
    this.ran = null;
    if (this.how !== "stopped") this.status.textContent = "";
  }
}
