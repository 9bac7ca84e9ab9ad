// Draw a digit: the network of chapter 9 reads it while it is drawn.
import { button, clamp, colour, element, number, onTheme, paintSquares, speaker } from "./core.js";
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

class Drawing {
  constructor() {
    this.strokes = [];
    this.canvas = element("canvas", { width: SIDE, height: SIDE });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  /** Black on transparent, as ink: 0 to 1. */
  ink() {
    const { context } = this;
    context.clearRect(0, 0, SIDE, SIDE);
    Object.assign(context, { lineWidth: BRUSH, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) trace(context, stroke);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3] / 255);
  }
}

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

export function start(place) {
  const drawing = new Drawing();
  const canvas = element("canvas", { width: SIDE, height: SIDE, tabindex: 0, role: "application",
    class: "draw-pad", "aria-label": "Drawing pad. Arrow keys move the pen, the space bar puts it down or lifts it, "
      + "Backspace takes a stroke back, Delete clears. The keys 0 to 9 draw a digit." });
  const seen = element("canvas", { width: 28, height: 28, class: "draw-seen", role: "img",
    "aria-label": "The 28 by 28 pixels that the network sees" });
  const units = element("canvas", { width: 100, height: 100, class: "draw-units", tabindex: 0, role: "application",
    "aria-label": "The hundred hidden nodes. Arrow keys choose one and show its weights." });
  const answer = element("p", { class: "draw-answer" });
  const bars = Array.from({ length: 10 }, (_, k) => bar(k));
  const prepared = element("input", { type: "checkbox", checked: true });
  const caption = element("span", {});
  const unitCaption = element("span", {});
  const undo = button("Undo", () => { drawing.strokes.pop(); update(); });
  const clear = button("Clear", () => { drawing.strokes = []; update(); });
  const pen = { x: SIDE / 2, y: SIDE / 2, down: false, shown: false };
  let state = {};
  let unit = null;

  const samples = element("div", { class: "draw-samples", role: "group", "aria-label": "Let the page draw a digit" },
    ...SAMPLES.map((_, k) => button(String(k), () => show(k), { "aria-label": `Draw a ${k}` })));
  const live = element("div", { class: "draw" },
    element("div", { class: "draw-left" }, canvas,
      element("div", { class: "figure-controls" }, clear, undo)),
    element("div", { class: "draw-right" }, answer,
      element("div", { class: "draw-bars", role: "group", "aria-label": "The ten outputs" }, ...bars.map((one) => one.row))),
    element("div", { class: "draw-inside" },
      element("figure", {}, seen, element("figcaption", {}, caption)),
      element("figure", {}, units, element("figcaption", {}, unitCaption))),
    element("div", { class: "draw-more" }, element("label", {}, prepared, " prepare it as MNIST was"),
      element("span", {}, "No pen at hand?"), samples));
  place.replaceChildren(live);
  const say = speaker(place);

  function show(k) {
    drawing.strokes = SAMPLES[k].map((stroke) => stroke.map(([x, y]) => [x * SIDE / 100, y * SIDE / 100]));
    update();
  }

  function update() {
    const ink = drawing.ink();
    const box = inkBox(ink, SIDE);
    const pixels = prepared.checked ? prepare(ink, SIDE) : box && asItStands(ink, SIDE);
    const { hidden, outputs } = pixels ? query(pixels) : { hidden: null, outputs: null };
    const told = verdict(pixels, box, outputs);
    state = { pixels, hidden, outputs: told.digit === null ? null : outputs, told };
    paint();
    say(told.digit === null ? told.says : `${told.says} Output ${number(outputs[told.digit], 2)}.`);
  }

  function paint() {
    const { pixels, hidden, outputs, told } = state;
    answer.textContent = told.says;
    bars.forEach((one, k) => one.set(outputs ? outputs[k] : 0, told.digit === k));
    undo.disabled = clear.disabled = drawing.strokes.length === 0;
    // A button that is disabled loses the focus, and who goes by keys would start again at the page's top.
    if (document.activeElement?.disabled && live.contains(document.activeElement)) canvas.focus({ preventScroll: true });
    paintPad();
    paintSquares(seen, 28, unit === null ? pixels : wih[unit], unit !== null);
    paintUnits(hidden);
    caption.textContent = unit === null ? "What the network sees: 28 × 28 pixels."
      : `What hidden node ${unit} looks for: blue counts for it, red against.`;
    unitCaption.textContent = unit === null || !hidden ? "The 100 hidden nodes; filled ones fire. Point at one."
      : `Node ${unit} gives ${number(hidden[unit], 2)}.`;
  }

  function paintPad() {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    Object.assign(context, { lineWidth: BRUSH, lineCap: "round", lineJoin: "round", strokeStyle: colour("text-base") });
    for (const stroke of drawing.strokes) trace(context, stroke);
    if (!pen.shown) return;
    Object.assign(context, { lineWidth: 2, strokeStyle: colour("primary") });
    context.beginPath();
    context.arc(pen.x, pen.y, pen.down ? 6 : 12, 0, 7);
    context.stroke();
  }

  function paintUnits(hidden) {
    const context = units.getContext("2d");
    context.clearRect(0, 0, 100, 100);
    context.fillStyle = colour("text-base");
    for (let j = 0; j < 100; j++) {
      context.globalAlpha = hidden ? hidden[j] : 0.06;
      context.fillRect((j % 10) * 10 + 1, Math.floor(j / 10) * 10 + 1, 8, 8);
    }
    context.globalAlpha = 1;
    if (unit === null) return;
    Object.assign(context, { strokeStyle: colour("primary"), lineWidth: 1.5 });
    context.strokeRect((unit % 10) * 10 + 0.75, Math.floor(unit / 10) * 10 + 0.75, 8.5, 8.5);
  }

  // Drawing by mouse, finger or pen.
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) * SIDE / frame.width, (event.clientY - frame.top) * SIDE / frame.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    if (!event.isPrimary || event.button !== 0) return; // a second finger would tear the first one's stroke
    unit = null;
    canvas.setPointerCapture(event.pointerId);
    pen.shown = pen.down = false;
    drawing.strokes.push([at(event)]);
    update();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId) || !drawing.strokes.length) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) drawing.strokes.at(-1).push(at(one));
    update();
  });

  // Drawing by keys.
  canvas.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 25 : 10;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
    if (dx || dy) {
      pen.x = clamp(pen.x + dx, 0, SIDE);
      pen.y = clamp(pen.y + dy, 0, SIDE);
      if (pen.down) drawing.strokes.at(-1).push([pen.x, pen.y]);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) drawing.strokes.push([[pen.x, pen.y]]);
    } else if (event.key === "Backspace") {
      pen.down = false;
      drawing.strokes.pop();
    } else if (event.key === "Delete" || event.key === "Escape") {
      pen.down = false;
      drawing.strokes = [];
    } else if (/^[0-9]$/.test(event.key)) {
      pen.down = false;
      show(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    pen.shown = true;
    update();
  });
  canvas.addEventListener("blur", () => { pen.shown = pen.down = false; paint(); });

  // Looking at a hidden node.
  const choose = (j) => { unit = j; paint(); };
  const point = (event) => {
    const frame = units.getBoundingClientRect();
    const [column, row] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height]
      .map((share) => clamp(Math.floor(share * 10), 0, 9));
    choose(row * 10 + column);
  };
  units.addEventListener("pointerdown", point);
  units.addEventListener("pointermove", point);
  // A finger leaves when it is lifted, and then one wants to look: the choice stays until the focus goes.
  units.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") choose(null); });
  units.addEventListener("blur", () => choose(null));
  units.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
    if (!move) return;
    event.preventDefault();
    choose(clamp((unit ?? 0) + (unit === null ? 0 : move), 0, 99));
    say(`Node ${unit}${state.hidden ? ` gives ${number(state.hidden[unit], 2)}` : ""}.`);
  });

  prepared.addEventListener("change", update);
  onTheme(paint);
  update();
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
