// The 2-2-2 network of chapters 7 and 8, one arrow at a time.
import { allow, button, clamp, div, element, number, onKeys, onWidth, slider, speaker, svg } from "./core.js";

export const X = [1, 0.5],
  TARGET = [1, 0];
export const WIH = [
    [0.5, -1],
    [1, 2],
  ],
  WHO = [
    [1, -1],
    [-2, 1],
  ]; // row: where the arrow leads to
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const f = (value) => number(value, 4);
const short = (value) => number(value, Number.isInteger(value) || Number.isInteger(value * 2) ? 1 : 4);
const bracket = (value, write = f) => (value < 0 ? `(${write(value)})` : write(value));

/**
 * Every step: { title, formula, value, part }. part says what it fills: ["hidden", j], ["output", k], ["error"],
 * ["deltaOutput", k], ["who", k, j], ["deltaHidden", j] or ["wih", j, i]; uses lists the arrows that it needs.
 */
export function allSteps() {
  const steps = [];
  const add = (part, title, formula, value, uses = []) => {
    steps.push({ part, title, formula, value, uses });
    return value;
  };
  const hidden = forward(add, "hidden", "wih", WIH, X);
  const output = forward(add, "output", "who", WHO, hidden);
  const error = output.reduce((sum, o, k) => sum + 0.5 * (TARGET[k] - o) ** 2, 0);
  add(
    ["error"],
    "how wrong: half the sum of the squared differences",
    `½ · (${TARGET[0]} − ${f(output[0])})² + ½ · (${TARGET[1]} − ${f(output[1])})² = ${f(error)}`,
    error,
  );
  const atOutput = output.map((o, k) =>
    add(
      ["deltaOutput", k],
      `error signal at output ${k}: miss times the sigmoid's slope`,
      `(${f(o)} − ${TARGET[k]}) · ${f(o)} · ${f(1 - o)} = ${f((o - TARGET[k]) * o * (1 - o))}`,
      (o - TARGET[k]) * o * (1 - o),
    ),
  );
  slopes(add, "who", ["hidden", "output"], atOutput, hidden, f);
  const atHidden = hidden.map((h, j) => backward(add, j, h, atOutput));
  slopes(add, "wih", ["input", "hidden"], atHidden, X, short);
  return steps;
}

/** The values of a layer's nodes, a step for each. */
function forward(add, name, layer, weights, inputs) {
  return weights.map((row, k) => {
    const sum = row[0] * inputs[0] + row[1] * inputs[1];
    const terms = row.map((w, i) => `${bracket(w, short)} · ${short(inputs[i])}`).join(" + ");
    return add(
      [name, k],
      `${name} node ${k}: weights times values, then the sigmoid`,
      `σ(${terms}) = σ(${f(sum)}) = ${f(sigmoid(sum))}`,
      sigmoid(sum),
      [0, 1].map((i) => [layer, k, i]),
    );
  });
}

/** The error signal at hidden node j with the value h, from those at the outputs. */
function backward(add, j, h, atOutput) {
  const sum = atOutput[0] * WHO[0][j] + atOutput[1] * WHO[1][j];
  const terms = atOutput.map((d, k) => `${bracket(d)} · ${bracket(WHO[k][j], short)}`).join(" + ");
  return add(
    ["deltaHidden", j],
    `error signal at hidden ${j}: what flows back along its arrows, times the sigmoid's slope`,
    `(${terms}) · ${f(h)} · ${f(1 - h)} = ${f(sum * h * (1 - h))}`,
    sum * h * (1 - h),
    [0, 1].map((k) => ["who", k, j]),
  );
}

/** The slopes in a layer's weights, a step for each. */
function slopes(add, layer, [from, to], deltas, values, write) {
  deltas.forEach((d, k) =>
    values.forEach((value, j) =>
      add(
        [layer, k, j],
        `slope in the weight from ${from} ${j} to ${to} ${k}: error signal at its end times value at its start`,
        `${bracket(d)} · ${write(value)} = ${f(d * value)}`,
        d * value,
        [[layer, k, j]],
      ),
    ),
  );
}

const key = (part) => part.join("-");
const nodeOf = { hidden: "hidden", output: "output", deltaOutput: "output", deltaHidden: "hidden" };

export function start(place) {
  const figure = new Backprop(place);
  onWidth(place, (width) => figure.draw(width));
}

class Backprop {
  steps = allSteps();
  now = 0; // how many steps have been taken
  network = element("div", {
    class: "backprop-network",
    tabindex: 0,
    role: "group",
    "aria-label": "The network. Arrow keys step.",
  });
  title = element("p", { class: "backprop-title" });
  formula = element("p", { class: "backprop-formula" });
  back = button("◀ back", () => this.go(this.now - 1));
  next = button("next ▶", () => this.go(this.now + 1));

  constructor(place) {
    const { steps } = this;
    this.control = slider({
      label: "step",
      min: 0,
      max: steps.length,
      step: 1,
      value: 0,
      text: (n) => `${n} of ${steps.length}`,
      oninput: (n) => {
        this.now = n;
        this.show();
      },
    });
    this.list = steps.map((step, i) =>
      element(
        "button",
        { type: "button", onclick: () => this.go(i + 1) },
        element("span", {}, `${i + 1}. ${step.title.split(":")[0]}`),
        element("span", {}, f(step.value)),
      ),
    );
    place.replaceChildren(
      this.network,
      this.title,
      this.formula,
      div("figure-controls", this.back, this.next, this.control),
      element(
        "details",
        { class: "backprop-steps" },
        element("summary", {}, `All ${steps.length} steps`),
        element("ol", {}, ...this.list.map((one) => element("li", {}, one))),
      ),
    );
    this.say = speaker(place);
    onKeys(place, (event) => this.press(event));
  }

  draw(width) {
    this.picture = new Picture(width);
    this.network.classList.toggle("tall", this.picture.tall);
    this.network.replaceChildren(this.picture.drawing);
    this.show();
  }

  go(n) {
    this.now = clamp(n, 0, this.steps.length);
    this.control.set(this.now);
    this.show();
  }

  press(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way || event.target === this.control.input) return;
    event.preventDefault();
    this.go(this.now + way);
  }

  show() {
    const { now, steps, title, formula, back, next } = this;
    const current = now ? steps[now - 1] : null;
    this.picture.show(steps.slice(0, now), current);
    title.textContent = current
      ? `${now}. ${current.title[0].toUpperCase()}${current.title.slice(1)}.`
      : "Press next. First forward, then back.";
    formula.textContent = current ? current.formula : "Inputs 1 and 0.5; the outputs should be 1 and 0.";
    this.list.forEach((one, i) =>
      i + 1 === now ? one.setAttribute("aria-current", "step") : one.removeAttribute("aria-current"),
    );
    allow(back, now > 0);
    allow(next, now < steps.length);
    this.say(`${title.textContent} ${formula.textContent}`);
  }
}

const tip = (id, refX, d) =>
  svg(
    "marker",
    { id, viewBox: "0 0 10 10", refX, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto" },
    svg("path", { class: "backprop-tip", d }),
  );
const text = (x, y, content, options = {}) =>
  svg("text", { x, y, "text-anchor": "middle", ...options }, content);

/** The network as SVG, with places for all numbers: from left to right, or on a phone from top to bottom. */
class Picture {
  // From a part's name to its element.
  values = new Map();
  arrows = new Map();
  nodes = new Map();

  constructor(width) {
    this.width = width;
    this.tall = width < 460;
    this.radius = this.tall ? 34 : 31;
    this.along = this.tall ? [36, 206, 376] : [this.radius + 4, width / 2 - 14, width - 60];
    this.beside = this.tall ? [width / 2 - 95, width / 2 + 95] : [92, 272];
    const height = this.tall ? 462 : 368;
    this.drawing = svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": "Two inputs, two hidden nodes, two outputs; each joined to each of the next",
      },
      tip("backprop-end", 9, "M0 0L10 5L0 10z"),
      tip("backprop-start", 1, "M10 0L0 5L10 10z"),
    );
    const labels = [
      ["wih", WIH],
      ["who", WHO],
    ].flatMap(([name, weights], layer) =>
      weights.flatMap((row, k) => row.flatMap((w, i) => this.arrow(name, layer, k, i, w))),
    );
    this.drawing.append(...labels);
    ["input", "hidden", "output"].forEach((name, layer) => {
      this.drawing.append(
        this.tall
          ? text(width / 2, this.along[layer] + 5, name, { class: "backprop-layer" })
          : text(this.along[layer], 20, name, { class: "backprop-layer" }),
      );
      [0, 1].forEach((k) => this.node(name, layer, k));
    });
    this.drawing.append(
      this.filled("error", this.tall ? width / 2 : this.along[2], height - 6, "error ", {}),
    );
  }

  /** Where the k-th node of a layer has its middle. */
  at(layer, k) {
    return this.tall ? [this.beside[k], this.along[layer]] : [this.along[layer], this.beside[k]];
  }

  /** A text that a step fills; before it stands `before`. */
  filled(name, x, y, before, options) {
    const node = text(x, y, "", options);
    node.dataset.before = before;
    this.values.set(name, node);
    return node;
  }

  /** Draw the arrow from node i of a layer to node k of the next; returns its two numbers, to lie above all arrows. */
  arrow(name, layer, k, i, w) {
    const { tall, radius, along } = this;
    const [[x1, y1], [x2, y2]] = [this.at(layer, i), this.at(layer + 1, k)];
    const gap =
      (radius + 2) / (tall && i !== k ? Math.hypot(x2 - x1, y2 - y1) : along[layer + 1] - along[layer]);
    const [sx, sy, ex, ey] = tall
      ? [x1 + gap * (x2 - x1), y1 + gap * (y2 - y1), x2 - gap * (x2 - x1), y2 - gap * (y2 - y1)]
      : [x1 + radius + 2, y1, x2 - radius - 2, y2];
    const arrow = svg("line", { class: "backprop-arrow", x1: sx, y1: sy, x2: ex, y2: ey });
    this.arrows.set(`${name}-${k}-${i}`, arrow);
    this.drawing.append(arrow);
    // Crossing arrows carry their numbers near their starts.
    const share = i === k ? (tall ? 0.68 : 0.5) : tall ? 0.22 : 0.3;
    const [x, y] = [sx + share * (ex - sx), sy + share * (ey - sy)];
    const clear = !tall && i === k ? 6 : 0; // of a level line
    return [
      text(x, y - 4 - clear, number(w, 1), { class: "backprop-weight" }),
      this.filled(`${name}-${k}-${i}`, x, y + 14 + clear, "", { class: "backprop-slope" }),
    ];
  }

  node(name, layer, k) {
    const { tall, drawing } = this;
    const [x, y] = this.at(layer, k);
    const circle = svg("circle", { class: "backprop-node", cx: x, cy: y, r: this.radius + 1 });
    this.nodes.set(`${name}-${k}`, circle);
    drawing.append(circle);
    if (name === "input") {
      drawing.append(text(x, y + 5, String(X[k]), { class: "backprop-inside" }));
      return;
    }
    const delta = `delta${name[0].toUpperCase()}${name.slice(1)}-${k}`;
    drawing.append(
      this.filled(`${name}-${k}`, x, tall ? y - 3 : y + 5, "", { class: "backprop-inside" }),
      tall
        ? this.filled(delta, x, y + 15, "", { class: "backprop-inside backprop-slope" })
        : this.filled(delta, x, y + 49, "δ = ", { class: "backprop-slope" }),
    );
    if (name === "output")
      drawing.append(text(x, tall ? y + 54 : y - 40, `wanted ${TARGET[k]}`, { class: "backprop-wanted" }));
  }

  /** Fill in what the steps so far have found, and mark what the current one, if any, uses. */
  show(steps, current) {
    const known = new Map(steps.map((step) => [key(step.part), step.value]));
    for (const [name, node] of this.values)
      node.textContent = known.has(name) ? node.dataset.before + f(known.get(name)) : "";
    for (const [name, arrow] of this.arrows)
      arrow.classList.toggle("now", current?.uses.some((part) => key(part) === name) ?? false);
    const active = current && `${nodeOf[current.part[0]]}-${current.part[1]}`;
    for (const [name, node] of this.nodes) node.classList.toggle("now", name === active);
    this.drawing.classList.toggle("backwards", steps.length > 5);
    // Values flow forward, error signals flow back; the slope in a weight stays where it is.
    this.point(current?.part[0] === "deltaHidden" ? "start" : nodeOf[current?.part[0]] ? "end" : null);
  }

  /** Put the tips of the marked arrows at this end of theirs. */
  point(end) {
    this.arrows.forEach((arrow) => {
      for (const one of ["start", "end"]) {
        if (one === end && arrow.classList.contains("now"))
          arrow.setAttribute(`marker-${one}`, `url(#backprop-${one})`);
        else arrow.removeAttribute(`marker-${one}`);
      }
    });
  }
}
