// Draw a digit: the network of chapter 9 reads it while it is drawn.
import { button, clamp, colour, element, keepFocus, number, onTheme, paintSquares, speaker } from "./core.js";
import { asItStands, best, inkBox, prepare, query, wih } from "./prepare.js";

const SIDE = 280; // pixels of the drawing, ten for each of the network's
const BRUSH = 22;
const LEAST = 60; // a drawing that is smaller, or thinner than a stroke, is a stray touch
const SURE = 0.5;

// A digit for each key, as strokes of points in a square of 100. They are smoothed when they are drawn.
export const SAMPLES = [
  [[[50, 15], [30, 30], [26, 55], [38, 82], [58, 84], [72, 62], [70, 32], [54, 15], [46, 16]]],
  [[[40, 26], [54, 14], [52, 50], [50, 86]]],
  [[[28, 32], [40, 16], [62, 18], [66, 36], [50, 58], [28, 82], [48, 80], [74, 82]]],
  [[[30, 20], [52, 14], [66, 26], [60, 42], [44, 48], [64, 54], [70, 70], [54, 84], [28, 80]]],
  [[[38, 14], [30, 36], [26, 54], [50, 54], [76, 52]], [[62, 20], [60, 54], [58, 88]]],
  [[[70, 16], [40, 18], [36, 44], [56, 42], [70, 56], [66, 76], [48, 86], [28, 80]]],
  [[[60, 12], [40, 32], [30, 58], [36, 80], [56, 86], [68, 72], [60, 56], [42, 58], [33, 68]]],
  [[[26, 20], [50, 20], [74, 18], [60, 46], [50, 66], [44, 88]]],
  [[[64, 22], [48, 14], [34, 24], [44, 42], [60, 56], [66, 72], [50, 86], [34, 74], [42, 56], [60, 40], [66, 24]]],
  [[[66, 26], [50, 16], [36, 28], [40, 44], [58, 46], [67, 28], [66, 50], [62, 70], [56, 88]]],
];

/** What the reader is told: {says, sure} for outputs, or for a drawing of which nothing can be said. */
export function verdict(pixels, box, outputs) {
  if (!pixels) return { says: "Draw a digit here.", digit: null };
  if (Math.max(box.width, box.height) < LEAST) return { says: "Too small to be a digit. Draw it large.", digit: null };
  const digit = best(outputs);
  const second = best(outputs.map((value, k) => (k === digit ? -1 : value)));
  const sure = outputs[digit] >= SURE;
  return { digit, sure, says: sure ? `This is a ${digit}.` : `Not sure. Perhaps a ${digit}, perhaps a ${second}.` };
}

export function start(place) {
  new Draw(place).update();
}

/** The figure: it reads what is on the pad whenever that changes. */
class Draw {
  answer = element("p", { class: "draw-answer" });
  bars = Array.from({ length: 10 }, (_, k) => bar(k));
  prepared = element("input", { type: "checkbox", checked: true });
  seen = element("canvas", { width: 28, height: 28, class: "draw-seen", role: "img",
    "aria-label": "The 28 by 28 pixels that the network sees" });
  caption = element("span", {});
  unitCaption = element("span", {});
  undo = button("Undo", () => this.pad.undo());
  clear = button("Clear", () => this.pad.set([]));

  constructor(place) {
    this.place = place;
    this.pad = new Pad({ began: () => { this.units.chosen = null; }, changed: () => this.update(), left: () => this.paint() });
    this.units = new Units({ chose: () => this.paint(), told: (text) => this.say(text) });
    place.replaceChildren(this.layout());
    this.say = speaker(place);
    this.prepared.addEventListener("change", () => this.update());
    onTheme(() => this.paint());
  }

  layout() {
    const samples = SAMPLES.map((_, k) => button(String(k), () => this.pad.set(sample(k)), { "aria-label": `Draw a ${k}` }));
    return element("div", { class: "draw" },
      element("div", { class: "draw-left" }, this.pad.canvas, element("div", { class: "figure-controls" }, this.clear, this.undo)),
      element("div", { class: "draw-right" }, this.answer,
        element("div", { class: "draw-bars", role: "group", "aria-label": "The ten outputs" }, ...this.bars.map((one) => one.row))),
      element("div", { class: "draw-inside" },
        element("figure", {}, this.seen, element("figcaption", {}, this.caption)),
        element("figure", {}, this.units.canvas, element("figcaption", {}, this.unitCaption))),
      element("div", { class: "draw-more" }, element("label", {}, this.prepared, " prepare it as MNIST was"),
        element("span", {}, "No pen at hand?"),
        element("div", { class: "draw-samples", role: "group", "aria-label": "Let the page draw a digit" }, ...samples)));
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
    this.caption.textContent = chosen === null ? "What the network sees: 28 × 28 pixels."
      : `What hidden node ${chosen} looks for: blue counts for it, red against.`;
    this.unitCaption.textContent = chosen === null || !hidden ? "The 100 hidden nodes; filled ones fire. Point at one."
      : `Node ${chosen} gives ${number(hidden[chosen], 2)}.`;
  }
}

/**
 * The pad, on which mouse, finger, pen and keys draw strokes of points. `began` is called when one of the first
 * three begins a stroke, `changed` when the strokes have changed, `left` when the pad has lost the focus.
 */
class Pad {
  strokes = [];
  pen = { x: SIDE / 2, y: SIDE / 2, down: false, shown: false }; // of the keys
  canvas = element("canvas", { width: SIDE, height: SIDE, tabindex: 0, role: "application",
    class: "draw-pad", "aria-label": "Drawing pad. Arrow keys move the pen, the space bar puts it down or lifts it, "
      + "Backspace takes a stroke back, Delete clears. The keys 0 to 9 draw a digit." });
  paper = element("canvas", { width: SIDE, height: SIDE }).getContext("2d", { willReadFrequently: true });

  constructor({ began, changed, left }) {
    Object.assign(this, { began, changed });
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.goOn(event));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("blur", () => { this.pen.shown = this.pen.down = false; left(); });
  }

  set(strokes) {
    this.strokes = strokes;
    this.changed();
  }

  undo() {
    this.set(this.strokes.slice(0, -1));
  }

  /** The drawing, black on transparent, as ink: 0 to 1. */
  ink() {
    this.paper.clearRect(0, 0, SIDE, SIDE);
    this.trace(this.paper);
    const { data } = this.paper.getImageData(0, 0, SIDE, SIDE);
    return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3] / 255);
  }

  paint() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    context.strokeStyle = colour("text-base");
    this.trace(context);
    if (!this.pen.shown) return;
    Object.assign(context, { lineWidth: 2, strokeStyle: colour("primary") });
    context.beginPath();
    context.arc(this.pen.x, this.pen.y, this.pen.down ? 6 : 12, 0, 7);
    context.stroke();
  }

  trace(context) {
    Object.assign(context, { lineWidth: BRUSH, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) trace(context, stroke);
  }

  at(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) * SIDE / frame.width, (event.clientY - frame.top) * SIDE / frame.height];
  }

  begin(event) {
    event.preventDefault();
    if (!event.isPrimary || event.button !== 0) return; // a second finger would tear the first one's stroke
    this.began();
    this.canvas.setPointerCapture(event.pointerId);
    this.pen.shown = this.pen.down = false;
    this.set([...this.strokes, [this.at(event)]]);
  }

  goOn(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId) || !this.strokes.length) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1).push(this.at(one));
    this.changed();
  }

  press(event) {
    const { pen } = this;
    const step = event.shiftKey ? 25 : 10;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (way) {
      pen.x = clamp(pen.x + way[0], 0, SIDE);
      pen.y = clamp(pen.y + way[1], 0, SIDE);
      if (pen.down) this.strokes.at(-1).push([pen.x, pen.y]);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) this.strokes.push([[pen.x, pen.y]]);
    } else if (event.key === "Backspace") {
      pen.down = false;
      this.strokes.pop();
    } else if (event.key === "Delete" || event.key === "Escape") {
      pen.down = false;
      this.strokes = [];
    } else if (/^[0-9]$/.test(event.key)) {
      pen.down = false;
      this.strokes = sample(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    pen.shown = true;
    this.changed();
  }
}

/** The hidden nodes, of which the reader chooses one: `chose` is called then, and `told` by keys, with words. */
class Units {
  chosen = null;
  hidden = null; // what they give, if anything is drawn
  canvas = element("canvas", { width: 100, height: 100, class: "draw-units", tabindex: 0, role: "application",
    "aria-label": "The hundred hidden nodes. Arrow keys choose one and show its weights." });

  constructor({ chose, told }) {
    const { canvas } = this;
    Object.assign(this, { chose, told });
    canvas.addEventListener("pointerdown", (event) => this.point(event));
    canvas.addEventListener("pointermove", (event) => this.point(event));
    // A finger leaves when it is lifted, and then one wants to look: the choice stays until the focus goes.
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") this.choose(null); });
    canvas.addEventListener("blur", () => this.choose(null));
    canvas.addEventListener("keydown", (event) => this.press(event));
  }

  choose(j) {
    this.chosen = j;
    this.chose();
  }

  point(event) {
    const frame = this.canvas.getBoundingClientRect();
    const [column, row] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height]
      .map((share) => clamp(Math.floor(share * 10), 0, 9));
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

/** A digit as strokes on the pad. */
function sample(k) {
  return SAMPLES[k].map((stroke) => stroke.map((point) => point.map((value) => value * SIDE / 100)));
}

/** Draw a stroke, smoothed. */
function trace(context, points) {
  context.beginPath();
  context.moveTo(...points[0]);
  if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
  for (let i = 1; i < points.length - 1; i++) {
    const middle = [0, 1].map((k) => (points[i][k] + points[i + 1][k]) / 2);
    context.quadraticCurveTo(...points[i], ...middle);
  }
  if (points.length > 1) context.lineTo(...points.at(-1));
  context.stroke();
}

/** One output as a bar with its number. */
function bar(k) {
  const fill = element("span", { class: "draw-fill" });
  const value = element("span", { class: "draw-value" });
  const row = element("div", { class: "draw-bar" }, element("span", { class: "draw-name" }, String(k)),
    element("span", { class: "draw-track" }, fill), value);
  return { row, set(output, chosen) {
    fill.style.width = `${100 * output}%`;
    value.textContent = number(output, 2);
    row.classList.toggle("chosen", chosen);
  } };
}
