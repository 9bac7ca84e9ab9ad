// Draw a digit: the network of chapter 9 reads it while it is drawn.
import {
  button,
  clamp,
  colour,
  div,
  element,
  keepFocus,
  number,
  onTheme,
  paintSquares,
  speaker,
} from "./core.js";
import { Pad, SIDE, strokesOf } from "./pad.js";
import { asItStands, best, inkBox, prepare, query, wih } from "./prepare.js";

const LEAST = 60; // a drawing that is smaller, or thinner than a stroke, is a stray touch
const SURE = 0.5;

/** What the reader is told: {says, sure} for outputs, or for a drawing of which nothing can be said. */
export function verdict(pixels, box, outputs) {
  if (!pixels) return { says: "Draw a digit here.", digit: null };
  if (Math.max(box.width, box.height) < LEAST)
    return { says: "Too small to be a digit. Draw it large.", digit: null };
  const digit = best(outputs);
  const second = best(outputs.map((value, k) => (k === digit ? -1 : value)));
  const sure = outputs[digit] >= SURE;
  return {
    digit,
    sure,
    says: sure ? `This is a ${digit}.` : `Not sure. Perhaps a ${digit}, perhaps a ${second}.`,
  };
}

export function start(place) {
  new Draw(place).update();
}

/** The figure: it reads what is on the pad whenever that changes. */
class Draw {
  answer = element("p", { class: "draw-answer" });
  bars = Array.from({ length: 10 }, (_, k) => bar(k));
  prepared = element("input", { type: "checkbox", checked: true });
  seen = element("canvas", {
    width: 28,
    height: 28,
    class: "draw-seen",
    role: "img",
    "aria-label": "The 28 by 28 pixels that the network sees",
  });
  caption = element("span", {});
  unitCaption = element("span", {});
  undo = button("Undo", () => this.pad.undo());
  clear = button("Clear", () => this.pad.set([]));

  constructor(place) {
    this.place = place;
    this.pad = new Pad({
      began: () => {
        this.units.chosen = null;
      },
      changed: () => this.update(),
      left: () => this.paint(),
    });
    this.units = new Units({ chose: () => this.paint(), told: (text) => this.say(text) });
    place.replaceChildren(this.layout());
    this.say = speaker(place);
    this.prepared.addEventListener("change", () => this.update());
    onTheme(() => this.paint());
  }

  layout() {
    const samples = Array.from({ length: 10 }, (_, k) =>
      button(String(k), () => this.pad.set(strokesOf(k)), { "aria-label": `Draw a ${k}` }),
    );
    return div(
      "draw",
      div("draw-left", this.pad.canvas, div("figure-controls", this.clear, this.undo)),
      div(
        "draw-right",
        this.answer,
        element(
          "div",
          { class: "draw-bars", role: "group", "aria-label": "The ten outputs" },
          ...this.bars.map((one) => one.row),
        ),
      ),
      div(
        "draw-inside",
        element("figure", {}, this.seen, element("figcaption", {}, this.caption)),
        element("figure", {}, this.units.canvas, element("figcaption", {}, this.unitCaption)),
      ),
      div(
        "draw-more",
        element("label", {}, this.prepared, " prepare it as MNIST was"),
        element("span", {}, "No pen at hand?"),
        element(
          "div",
          { class: "draw-samples", role: "group", "aria-label": "Let the page draw a digit" },
          ...samples,
        ),
      ),
    );
  }

  /** Read the drawing. */
  update() {
    const ink = this.pad.ink();
    const box = inkBox(ink, SIDE);
    const pixels = this.prepared.checked ? prepare(ink, SIDE) : box && asItStands(ink, SIDE);
    const { hidden, outputs } = pixels ? query(pixels) : { hidden: null, outputs: null };
    const told = verdict(pixels, box, outputs);
    this.units.hidden = hidden;
    this.state = { pixels, outputs: told.digit === null ? null : outputs, told };
    this.paint();
    this.say(told.digit === null ? told.says : `${told.says} Output ${number(outputs[told.digit], 2)}.`);
  }

  paint() {
    const { pixels, outputs, told } = this.state;
    const { chosen, hidden } = this.units;
    this.answer.textContent = told.says;
    this.bars.forEach((one, k) => one.set(outputs ? outputs[k] : 0, told.digit === k));
    this.undo.disabled = this.clear.disabled = this.pad.strokes.length === 0;
    keepFocus(this.place, this.pad.canvas);
    this.pad.paint();
    paintSquares(this.seen, 28, chosen === null ? pixels : wih[chosen], chosen !== null);
    this.units.paint();
    this.caption.textContent =
      chosen === null
        ? "What the network sees: 28 × 28 pixels."
        : `What hidden node ${chosen} looks for: blue counts for it, red against.`;
    this.unitCaption.textContent =
      chosen === null || !hidden
        ? "The 100 hidden nodes; filled ones fire. Point at one."
        : `Node ${chosen} gives ${number(hidden[chosen], 2)}.`;
  }
}

/** The hidden nodes, of which the reader chooses one: `chose` is called then, and `told` by keys, with words. */
class Units {
  chosen = null;
  hidden = null; // what they give, if anything is drawn
  canvas = element("canvas", {
    width: 100,
    height: 100,
    class: "draw-units",
    tabindex: 0,
    role: "application",
    "aria-label": "The hundred hidden nodes. Arrow keys choose one and show its weights.",
  });

  constructor({ chose, told }) {
    const { canvas } = this;
    Object.assign(this, { chose, told });
    canvas.addEventListener("pointerdown", (event) => this.point(event));
    canvas.addEventListener("pointermove", (event) => this.point(event));
    // A finger leaves when it is lifted, and then one wants to look: the choice stays until the focus goes.
    canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.choose(null);
    });
    canvas.addEventListener("blur", () => this.choose(null));
    canvas.addEventListener("keydown", (event) => this.press(event));
  }

  choose(j) {
    this.chosen = j;
    this.chose();
  }

  point(event) {
    const frame = this.canvas.getBoundingClientRect();
    const [column, row] = [
      (event.clientX - frame.left) / frame.width,
      (event.clientY - frame.top) / frame.height,
    ].map((share) => clamp(Math.floor(share * 10), 0, 9));
    this.choose(row * 10 + column);
  }

  press(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
    if (!move) return;
    event.preventDefault();
    this.choose(this.chosen === null ? 0 : clamp(this.chosen + move, 0, 99));
    this.told(`Node ${this.chosen}${this.hidden ? ` gives ${number(this.hidden[this.chosen], 2)}` : ""}.`);
  }

  paint() {
    const { chosen, hidden } = this;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, 100, 100);
    context.fillStyle = colour("text-base");
    for (let j = 0; j < 100; j++) {
      context.globalAlpha = hidden ? hidden[j] : 0.06;
      context.fillRect((j % 10) * 10 + 1, Math.floor(j / 10) * 10 + 1, 8, 8);
    }
    context.globalAlpha = 1;
    if (chosen === null) return;
    Object.assign(context, { strokeStyle: colour("primary"), lineWidth: 1.5 });
    context.strokeRect((chosen % 10) * 10 + 0.75, Math.floor(chosen / 10) * 10 + 0.75, 8.5, 8.5);
  }
}

/** One output as a bar with its number. */
function bar(k) {
  const fill = element("span", { class: "draw-fill" });
  const value = element("span", { class: "draw-value" });
  const row = div(
    "draw-bar",
    element("span", { class: "draw-name" }, String(k)),
    element("span", { class: "draw-track" }, fill),
    value,
  );
  return {
    row,
    set(output, chosen) {
      fill.style.width = `${100 * output}%`;
      value.textContent = number(output, 2);
      row.classList.toggle("chosen", chosen);
    },
  };
}
