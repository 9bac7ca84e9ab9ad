// What is inside the two networks: hidden nodes, and maps of kernels. The reader points at one of them.
import { clamp, colour, element, number, onKeys, paintSquares } from "./core.js";
import { layers } from "./convnet.js";
import { wih } from "./prepare.js";

/** `side` × `side` squares, one of which is chosen: `chose` is called then, and `told` by keys, with words. */
class Squares {
  chosen = null;
  found = null; // what the network's `query` gives, if anything is drawn

  constructor({ side, pixels, name, label }, { chose, told }) {
    const canvas = element("canvas", {
      width: pixels,
      height: pixels,
      class: name,
      tabindex: 0,
      role: "application",
      "aria-label": label,
    });
    Object.assign(this, { side, canvas, chose, told });
    canvas.addEventListener("pointerdown", (event) => this.point(event));
    canvas.addEventListener("pointermove", (event) => this.point(event));
    // A finger leaves when it is lifted, and then one wants to look: the choice stays until the focus goes.
    canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.choose(null);
    });
    canvas.addEventListener("blur", () => this.choose(null));
    onKeys(canvas, (event) => this.press(event));
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
    ].map((share) => clamp(Math.floor(share * this.side), 0, this.side - 1));
    this.choose(row * this.side + column);
  }

  press(event) {
    const { side } = this;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -side, ArrowDown: side }[event.key];
    if (!move) return;
    event.preventDefault();
    this.choose(this.chosen === null ? 0 : clamp(this.chosen + move, 0, side * side - 1));
    this.told(this.found ? this.words() : `${this.what} ${this.chosen}.`);
  }

  /** A frame round the chosen one. */
  mark() {
    if (this.chosen === null) return;
    const context = this.canvas.getContext("2d");
    const step = this.canvas.width / this.side;
    Object.assign(context, { strokeStyle: colour("primary"), lineWidth: step * 0.15 });
    const [left, top] = [this.chosen % this.side, Math.floor(this.chosen / this.side)];
    context.strokeRect((left + 0.075) * step, (top + 0.075) * step, step * 0.85, step * 0.85);
  }
}

/** The hidden nodes of the fully connected network. */
export class Units extends Squares {
  what = "Node";
  caption = "The 100 hidden nodes; filled ones fire. Point at one.";

  constructor(heard) {
    const label = "The hundred hidden nodes. Arrow keys choose one and show its weights.";
    super({ side: 10, pixels: 100, name: "draw-units", label }, heard);
  }

  words() {
    return `Node ${this.chosen} gives ${number(this.found.hidden[this.chosen], 2)}.`;
  }

  /** What the chosen one looks for, as a picture. */
  wanted() {
    return {
      side: 28,
      values: wih[this.chosen],
      words: `What hidden node ${this.chosen} looks for: blue counts for it, red against.`,
    };
  }

  paint() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, 100, 100);
    context.fillStyle = colour("text-base");
    for (let j = 0; j < 100; j++) {
      context.globalAlpha = this.found ? this.found.hidden[j] : 0.06;
      context.fillRect((j % 10) * 10 + 1, Math.floor(j / 10) * 10 + 1, 8, 8);
    }
    context.globalAlpha = 1;
    this.mark();
  }
}

const [MAP, EDGE] = [12, 14]; // pixels of a map, and with the grey round it

/** The maps of the convolution's first kernels, after pooling. */
export class Maps extends Squares {
  what = "Kernel";
  caption = "The maps of the 16 first kernels, pooled to 12 × 12. Point at one.";

  constructor(heard) {
    const label = "The maps of the sixteen first kernels. Arrow keys choose one and show its kernel.";
    super({ side: 4, pixels: 4 * EDGE, name: "draw-maps", label }, heard);
  }

  map(j) {
    return this.found.maps.subarray(j * MAP * MAP, (j + 1) * MAP * MAP);
  }

  words() {
    return `Map ${this.chosen}: the kernel finds ${number(Math.max(...this.map(this.chosen)), 2)} at most.`;
  }

  wanted() {
    return {
      side: 5,
      values: layers[0].rows[this.chosen],
      words: `Kernel ${this.chosen}, 5 × 5 weights: blue counts for it, red against.`,
    };
  }

  paint() {
    const width = 4 * EDGE;
    const picture = new Float32Array(width * width).fill(0.25);
    const largest = this.found ? Math.max(...this.found.maps) || 1 : 1;
    for (let j = 0; j < 16; j++) {
      const corner = Math.floor(j / 4) * EDGE * width + (j % 4) * EDGE + width + 1;
      for (let i = 0; i < MAP * MAP; i++) {
        const value = this.found ? this.map(j)[i] / largest : 0;
        picture[corner + Math.floor(i / MAP) * width + (i % MAP)] = value;
      }
    }
    paintSquares(this.canvas, width, picture, false);
    this.mark();
  }
}
