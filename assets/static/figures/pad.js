// A pad to draw a digit on, by mouse, finger, pen and keys.
import { clamp, colour, element, onDrag, onKeys } from "./core.js";

export const SIDE = 280; // pixels of the drawing, ten for each of the network's
const BRUSH = 22;

// A digit for each key, as strokes of points in a square of 100. They are smoothed when they are drawn.
// oxfmt-ignore
const SAMPLES = [
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

/**
 * The pad, on which mouse, finger, pen and keys draw strokes of points. `began` is called when one of the first
 * three begins a stroke, `changed` when the strokes have changed, `left` when the pad has lost the focus.
 */
export class Pad {
  strokes = [];
  pen = { x: SIDE / 2, y: SIDE / 2, down: false, shown: false }; // of the keys
  canvas = element("canvas", {
    width: SIDE,
    height: SIDE,
    tabindex: 0,
    role: "application",
    class: "draw-pad",
    "aria-label":
      "Drawing pad. Arrow keys move the pen, the space bar puts it down or lifts it, " +
      "Backspace takes a stroke back, Delete clears. The keys 0 to 9 draw a digit.",
  });
  paper = element("canvas", { width: SIDE, height: SIDE }).getContext("2d", { willReadFrequently: true });

  constructor({ began, changed, left }) {
    Object.assign(this, { began, changed });
    onDrag(
      this.canvas,
      (event) => this.begin(event),
      (event) => this.goOn(event),
    );
    onKeys(this.canvas, (event) => this.press(event));
    this.canvas.addEventListener("blur", () => {
      this.pen.shown = this.pen.down = false;
      left();
    });
  }

  set(strokes) {
    this.pen.down = false;
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
    this.paintPen(context);
  }

  /** Where the pen of the keys is. */
  paintPen(context) {
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
    return [
      ((event.clientX - frame.left) * SIDE) / frame.width,
      ((event.clientY - frame.top) * SIDE) / frame.height,
    ];
  }

  begin(event) {
    this.began();
    this.pen.shown = false;
    this.set([...this.strokes, [this.at(event)]]);
  }

  goOn(event) {
    if (!this.strokes.length) return; // it was cleared meanwhile
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1).push(this.at(one));
    this.changed();
  }

  press(event) {
    const { pen } = this;
    const step = event.shiftKey ? 25 : 10;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[
      event.key
    ];
    if (way) {
      pen.x = clamp(pen.x + way[0], 0, SIDE);
      pen.y = clamp(pen.y + way[1], 0, SIDE);
      if (pen.down) this.strokes.at(-1).push([pen.x, pen.y]);
    } else if (event.key === " ") {
      if (!event.repeat) pen.down = !pen.down;
      if (pen.down && !event.repeat) this.strokes.push([[pen.x, pen.y]]);
    } else if (event.key === "Backspace") {
      pen.down = false;
      this.strokes.pop();
    } else if (event.key === "Delete" || event.key === "Escape") {
      pen.down = false;
      this.strokes = [];
    } else if (/^[0-9]$/.test(event.key)) {
      pen.down = false;
      this.strokes = strokesOf(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    pen.shown = true;
    this.changed();
  }
}

/** A digit as strokes on the pad. */
export function strokesOf(k) {
  return SAMPLES[k].map((stroke) => stroke.map((point) => point.map((value) => (value * SIDE) / 100)));
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
