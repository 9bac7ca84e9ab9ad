// A kernel slides over a drawing and fills its feature map, one unit at a time or all at once.
import {
  button,
  choice,
  clamp,
  colour,
  div,
  element,
  number,
  onDrag,
  onKeys,
  onTheme,
  speaker,
} from "./core.js";
import {
  featureMap,
  hundredths,
  KERNELS,
  LEARNED,
  resized,
  seen,
  short,
  SIDE,
  sumInWords,
} from "./kernels.js";
import { Pad, SIDE as PAD, strokesOf } from "./pad.js";

const CELL = PAD / SIDE; // of a canvas, for each pixel and unit
const MOST = 9; // that a weight may be, up or down
const TICK = 60; // milliseconds
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function start(place) {
  new Convolution(place).begin();
}

class Convolution {
  name = "vertical edges"; // of the kernel; null if it is the reader's own
  kernel = KERNELS[this.name](3);
  digit = 7;
  at = -1; // the unit that the kernel fills now, counted in rows; none yet
  filled = Array(26 * 26).fill(false);
  timer = null;
  sum = element("p", { class: "convolution-sum" });
  run = button("", () => (this.timer ? this.pause() : this.go()));
  relu = element("input", { type: "checkbox", onchange: () => this.show() });

  constructor(place) {
    this.picture = new Picture(() => this.look());
    this.fields = new Fields((kernel) => this.take(kernel, null));
    this.map = new FeatureMap((at) => {
      this.pause();
      this.fill(at);
      this.show();
    });
    this.choices = new Choices({
      chose: (kernel, name) => this.take(kernel, name, `Kernel ${name}.`),
      sized: (k) =>
        this.take(
          KERNELS[this.name]?.(k) ?? resized(this.kernel, k),
          this.name in KERNELS ? this.name : null,
        ),
    });
    place.replaceChildren(...this.layout());
    this.say = speaker(place);
    onTheme(() => {
      this.choices.paint();
      this.show();
    });
    still.addEventListener("change", () => this.pause());
  }

  layout() {
    return [
      div("convolution", this.picture.figure, this.fields.figure, this.map.figure),
      this.sum,
      div(
        "figure-controls",
        button("Step", () => this.step()),
        this.run,
        button("All at once", () => this.all(true)),
        button("Start again", () => this.all(false)),
        element("label", {}, this.relu, " ReLU"),
      ),
      ...this.choices.rows,
      div(
        "figure-controls",
        button("Another digit", () => {
          this.digit = (this.digit + 1) % 10;
          this.picture.set(strokesOf(this.digit));
        }),
        button("Clear the picture", () => this.picture.set([])),
      ),
    ];
  }

  /** Half a map, so that there is something to see. */
  begin() {
    this.pause();
    this.choices.paint();
    this.at = 12 * 26 + 13;
    this.filled.fill(true, 0, this.at + 1);
    this.picture.set(strokesOf(this.digit));
  }

  get side() {
    return SIDE - Math.sqrt(this.kernel.length) + 1;
  }

  get full() {
    return this.filled.every(Boolean);
  }

  /** Look at the picture, which has changed. */
  look() {
    this.pixels = this.picture.pixels();
    this.show();
  }

  /** Another kernel. If it has another size, what has been filled stays so as far as it can. */
  take(kernel, name, told) {
    const { side: before, full, at } = this;
    Object.assign(this, { kernel, name });
    const { side } = this;
    if (side !== before) {
      const [row, column] = [Math.floor(at / before), at % before].map((one) => Math.min(one, side - 1));
      this.at = at < 0 ? -1 : row * side + column;
      this.filled = Array.from({ length: side ** 2 }, (_, unit) => full || unit <= this.at);
    }
    this.show(told);
  }

  fill(at) {
    this.at = at;
    this.filled[at] = true;
  }

  /** Fill the next unit that is empty; in a full map, only go there. */
  fillNext() {
    const { at, filled } = this;
    const next = filled.indexOf(false, at + 1);
    const first = filled.indexOf(false);
    this.fill(next >= 0 ? next : first >= 0 ? first : (at + 1) % filled.length);
  }

  step() {
    this.pause();
    this.fillNext();
    this.show();
  }

  all(filled) {
    this.pause();
    this.filled.fill(filled);
    if (!filled) this.at = -1;
    this.show();
  }

  /** Fill the map while the reader looks on; if nothing shall move by itself, one row for each press. */
  go() {
    if (this.full) this.all(false);
    if (still.matches) {
      do this.fillNext();
      while (!this.full && (this.at + 1) % this.side);
      this.show();
    } else {
      this.timer = setInterval(() => this.tick(), TICK);
      this.nameRun();
    }
  }

  /** One unit at a time in the first row, two in the second, and so on: what it does is soon understood. */
  tick() {
    for (let n = Math.floor((this.at + 1) / this.side); n >= 0 && !this.full; n--) this.fillNext();
    if (this.full) this.pause();
    this.show();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.nameRun();
  }

  nameRun() {
    this.run.textContent = still.matches ? "One row" : this.timer ? "Pause" : "Run";
  }

  show(told) {
    const { kernel, name, pixels, at, side, filled } = this;
    const values = featureMap(pixels, kernel);
    const after = this.relu.checked ? values.map((value) => Math.max(0, value)) : values;
    const range = `from ${number(Math.min(...after))} to ${number(Math.max(...after))}`;
    const under = at < 0 ? null : seen(pixels, Math.sqrt(kernel.length), at);
    const where = `Row ${Math.floor(at / side)}, column ${at % side}:`;
    const zeroed = at >= 0 && after[at] - values[at] > 0.005; // less is not seen
    this.picture.paint(pixels, side, at);
    this.fields.show(kernel, under);
    this.map.show({ side, values: after, filled, at, largest: Math.max(...values.map(Math.abs)), range });
    this.choices.show(kernel, name);
    this.sum.textContent = under
      ? `${where} ${sumInWords(under, kernel)}${zeroed ? "; ReLU makes it 0" : ""}`
      : "Press Step, or point at a unit of the feature map.";
    this.say(
      [
        told,
        under ? `${where} ${number(after[at])}.` : null,
        this.full ? `The feature map is full, ${range}.` : under ? null : "The feature map is empty.",
      ]
        .filter(Boolean)
        .join(" "),
    );
  }
}

/** Squares of a canvas: 1 in the first colour, −1 in the second, 0 as the page, null as a dot. */
function paintCells(canvas, values, colours) {
  const side = Math.sqrt(values.length);
  const cell = canvas.width / side;
  const [empty, dot, paper] = ["surface", "text-muted", "background"].map(colour);
  const context = canvas.getContext("2d");
  const rectangle = (fillStyle, globalAlpha, ...where) => {
    Object.assign(context, { fillStyle, globalAlpha });
    context.fillRect(...where);
  };
  values.forEach((value, i) => {
    const [x, y] = [(i % side) * cell, Math.floor(i / side) * cell];
    rectangle(value === null ? empty : paper, 1, x, y, cell, cell);
    if (value === null) rectangle(dot, 1, x + cell / 2 - 1, y + cell / 2 - 1, 2, 2);
    else rectangle(colours[value < 0 ? 1 : 0], Math.abs(value), x, y, cell, cell);
  });
  context.globalAlpha = 1;
}

/** As `colour`, of those that this figure's style names. */
function own(canvas, name) {
  return getComputedStyle(canvas).getPropertyValue(`--figure-${name}`).trim();
}

/** Of numbers, the largest in full: blue above zero, red below. */
function paintSigned(canvas, values, largest) {
  paintCells(
    canvas,
    values.map((value) => (value === null ? null : value / (largest || 1))),
    [own(canvas, "above"), own(canvas, "below")],
  );
}

/** A frame round a square of cells that begins in this row and column. */
function frame(canvas, row, column, cells) {
  const context = canvas.getContext("2d");
  for (const [lineWidth, strokeStyle] of [
    [7, colour("background")],
    [4, own(canvas, "frame")],
  ]) {
    Object.assign(context, { lineWidth, strokeStyle });
    context.strokeRect(column * CELL, row * CELL, cells * CELL, cells * CELL);
  }
}

/** The pad, showing the pixels that the kernel sees. */
class Picture extends Pad {
  figure = element(
    "figure",
    { class: "convolution-picture" },
    this.canvas,
    element("figcaption", {}, "28 × 28 pixels: draw here"),
  );

  constructor(changed) {
    super({ began() {}, changed, left: changed });
  }

  /** Each is the mean of its part of the drawing. */
  pixels() {
    const ink = this.ink();
    return Array.from({ length: SIDE * SIDE }, (_, i) => {
      let sum = 0;
      const corner = Math.floor(i / SIDE) * CELL * PAD + (i % SIDE) * CELL;
      for (let y = 0; y < CELL; y++) for (let x = 0; x < CELL; x++) sum += ink[corner + y * PAD + x];
      return hundredths(sum / CELL ** 2);
    });
  }

  paint(pixels, side, at) {
    paintCells(this.canvas, pixels, [colour("text-base")]);
    if (at >= 0) frame(this.canvas, Math.floor(at / side), at % side, SIDE - side + 1);
    this.paintPen(this.canvas.getContext("2d"));
  }
}

/** The kernel's weights as fields, each with the pixel that it multiplies now. */
class Fields {
  kernel = [];
  grid = element("div", {
    class: "convolution-kernel",
    role: "group",
    "aria-label": "Weights of the kernel",
  });
  figure = element("figure", {}, this.grid, element("figcaption", {}, "Kernel, × pixel under it"));

  constructor(changed) {
    this.changed = changed;
  }

  make(k) {
    this.cells = Array.from({ length: k * k }, (_, i) => {
      const input = element("input", {
        type: "number",
        min: -MOST,
        max: MOST,
        step: "any",
        "aria-label": `Weight in row ${Math.floor(i / k)}, column ${i % k}`,
        oninput: () => this.set(i, input.valueAsNumber),
        onblur: () => this.write(i),
      });
      onKeys(input, (event) => this.press(event, i));
      return { input, pixel: element("span", {}) };
    });
    this.grid.style.setProperty("--side", k);
    this.grid.replaceChildren(...this.cells.map(({ input, pixel }) => div("convolution-cell", input, pixel)));
  }

  /** A weight, if what the reader has typed is one already. */
  set(i, value) {
    if (!Number.isFinite(value)) return;
    this.changed(this.kernel.with(i, hundredths(clamp(value, -MOST, MOST))));
  }

  write(i) {
    this.cells[i].input.value = this.kernel[i];
  }

  press(event, i) {
    const change = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[event.key];
    if (!change) return;
    event.preventDefault();
    this.set(i, this.kernel[i] + change * (event.shiftKey && Math.abs(change) < 1 ? 10 : 1));
    this.write(i);
  }

  show(kernel, under) {
    if (kernel.length !== this.kernel.length) this.make(Math.sqrt(kernel.length));
    this.kernel = kernel;
    const largest = Math.max(...kernel.map(Math.abs)) || 1;
    this.cells.forEach(({ input, pixel }, i) => {
      if (input !== document.activeElement) this.write(i); // or else it is being typed
      input.style.setProperty("--tint", `var(--figure-${kernel[i] < 0 ? "below" : "above"})`);
      input.style.setProperty("--share", `${(40 * Math.abs(kernel[i])) / largest}%`);
      pixel.textContent = under ? `× ${short(under[i])}` : "";
    });
  }
}

/** The map, on which the reader points at units: `chose` is called with the place of one. */
class FeatureMap {
  side = 0;
  at = -1;
  canvas = element("canvas", {
    tabindex: 0,
    role: "application",
    class: "convolution-units",
    "aria-label": "Feature map. Arrow keys, with Shift five at a time, choose a unit and fill it.",
  });
  caption = element("figcaption", {});
  figure = element("figure", { class: "convolution-map" }, this.canvas, this.caption);

  constructor(chose) {
    const { canvas } = this;
    this.chose = chose;
    const point = (event) => this.point(event);
    onDrag(canvas, point, point);
    onKeys(canvas, (event) => this.press(event));
  }

  choose(row, column) {
    const [y, x] = [row, column].map((one) => clamp(one, 0, this.side - 1));
    this.chose(y * this.side + x);
  }

  point(event) {
    this.canvas.focus({ preventScroll: true });
    const box = this.canvas.getBoundingClientRect();
    this.choose(
      Math.floor(((event.clientY - box.top) / box.height) * this.side),
      Math.floor(((event.clientX - box.left) / box.width) * this.side),
    );
  }

  press(event) {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!way) return;
    event.preventDefault();
    const { side, at } = this;
    const steps = event.shiftKey ? 5 : 1;
    if (at < 0) this.choose(0, 0);
    else this.choose(Math.floor(at / side) + steps * way[0], (at % side) + steps * way[1]);
  }

  show({ side, values, filled, at, largest, range }) {
    const { canvas } = this;
    if (side !== this.side) canvas.width = canvas.height = side * CELL;
    Object.assign(this, { side, at });
    canvas.style.setProperty("--side", side);
    paintSigned(
      canvas,
      values.map((value, i) => (filled[i] ? value : null)),
      largest,
    );
    if (at >= 0) frame(canvas, Math.floor(at / side), at % side, 1);
    this.caption.textContent = `Feature map, ${side} × ${side}, ${range}; blue above 0, red below`;
  }
}

/** Kernels to choose from; `sized` is called with another side for the present one. */
class Choices {
  constructor({ chose, sized }) {
    this.byHand = Object.entries(KERNELS).map(([name, make]) => {
      const one = button(name, () => chose(make(this.k), name));
      one.name = name;
      return one;
    });
    this.learned = LEARNED.map((kernel, i) => {
      const canvas = element("canvas", { width: 50, height: 50 });
      const name = `learned ${i}`;
      const one = button("", () => chose(kernel, name), { "aria-label": `Learned kernel ${i}` });
      one.append(canvas);
      return Object.assign(one, { name, canvas });
    });
    this.sizes = choice({
      label: "Side of the kernel",
      name: "convolution-side",
      options: { 3: "3 × 3", 5: "5 × 5" },
      value: "3",
      onchange: (k) => sized(Number(k)),
    });
    const group = (name, label, ...content) =>
      element("div", { class: name, role: "group", "aria-label": label }, ...content);
    this.rows = [
      div(
        "convolution-kinds",
        group("convolution-names", "Kernels made by hand", ...this.byHand),
        this.sizes,
      ),
      group(
        "convolution-learned",
        "Learned kernels",
        element("p", {}, "Learned by this chapter's network (without biases):"),
        ...this.learned,
      ),
    ];
  }

  show(kernel, name) {
    this.k = Math.sqrt(kernel.length);
    this.sizes.querySelector(`[value="${this.k}"]`).checked = true;
    for (const one of [...this.byHand, ...this.learned]) one.setAttribute("aria-pressed", one.name === name);
  }

  paint() {
    this.learned.forEach(({ canvas }, i) =>
      paintSigned(canvas, LEARNED[i], Math.max(...LEARNED[i].map(Math.abs))),
    );
  }
}
