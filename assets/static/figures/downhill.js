// Gradient descent on a loss with two parameters: a start to drag, a learning rate to choose.
import {
  allow,
  button,
  choice,
  clamp,
  div,
  element,
  handle,
  number,
  onWidth,
  scale,
  slider,
  speaker,
  svg,
} from "./core.js";

const RANGE = [
  [-4, 4],
  [-3, 3],
];
const MOST = 200; // steps of a run

export const SURFACES = {
  bowl: {
    title: "a long bowl",
    loss: ([x, y]) => 0.5 * (x * x + 10 * y * y),
    slope: ([x, y]) => [x, 10 * y],
    levels: [0.25, 1, 3, 7, 14, 24, 38],
    start: [-3.2, 1.2],
    curvature: 10, // the largest: beyond a rate of 2 / 10 every step overshoots by more than it gains
  },
  valleys: {
    title: "two valleys",
    loss: ([x, y]) => (x * x - 4) ** 2 / 8 + 0.35 * x + 1.5 * y * y + 0.8,
    slope: ([x, y]) => [(x * (x * x - 4)) / 2 + 0.35, 3 * y],
    levels: [0.25, 0.6, 1.2, 2, 3.2, 5, 8, 13],
    start: [0.6, 2],
  },
};

/** The learning rate of a place on the slider, its power of ten: of two figures, so that what is shown is what is used. */
export const rateAt = (power) => Number((10 ** power).toPrecision(2));

/** One step down. */
export function step(surface, point, rate) {
  const slope = surface.slope(point);
  return point.map((value, k) => value - rate * slope[k]);
}

/** What is to be said of a walk: the points so far, the start first. */
export function words(surface, points) {
  const losses = points.map(surface.loss);
  const steps = points.length - 1;
  const last = losses.at(-1);
  if (!steps) return "Choose a start and a learning rate. Then take a step.";
  const head = `After ${steps} step${steps > 1 ? "s" : ""} the loss is ${last > 1e6 ? "beyond a million" : number(last, 3)}.`;
  if (last > 1e6 || !Number.isFinite(last))
    return `${head} It diverges: each step is longer than the one before.`;
  if (
    steps > 1 &&
    Math.abs(last - losses.at(-2)) < 1e-6 * last &&
    Math.hypot(...surface.slope(points.at(-1))) > 0.01
  ) {
    return `${head} It jumps from side to side and comes no nearer: this is the limit.`;
  }
  if (last > losses.at(-2)) return `${head} The last step made it larger: it overshoots.`;
  const slope = Math.hypot(...surface.slope(points.at(-1)));
  if (slope < 0.01) return `${head} The ground is level here: it has arrived.`;
  const turns = points.length > 2 && surface.slope(points.at(-1))[1] * surface.slope(points.at(-2))[1] < 0;
  if (turns) return `${head} It zigzags across the valley, and down.`;
  return losses.at(-2) - last < 0.01 * losses[0] ? `${head} It creeps.` : `${head} Downhill.`;
}

/** What the rate means on a bowl: by how much each step multiplies the way that is left, in the steep direction. */
export function limit(surface, rate) {
  if (!surface.curvature) return "Which valley it ends in depends on the start, and on the rate.";
  const factor = 1 - surface.curvature * rate;
  return (
    `The limit is 2 / ${surface.curvature} = ${number(2 / surface.curvature, 2)}. Now each step multiplies y by ` +
    `1 − ${surface.curvature} · ${shown(rate)} = ${number(factor, rate < 0.01 ? 3 : 2)}${verdict(factor)}.`
  );
}

const shown = (rate) => (rate < 0.1 ? String(rate) : number(rate, 2));

function verdict(factor) {
  if (factor === 0) return ": one step and y is done";
  if (Math.abs(factor) === 1) return ": y neither shrinks nor grows";
  return Math.abs(factor) > 1 ? ": y grows" : factor < 0 ? ": y shrinks, from side to side" : ": y shrinks";
}

export function start(place) {
  const figure = new Downhill(place);
  onWidth(place, (width) => figure.draw(width));
}

class Downhill {
  rate = 0.05;
  surface = SURFACES.bowl;
  points = [SURFACES.bowl.start];
  timer = null;
  ground = svg("g", {});
  path = svg("polyline", { class: "downhill-path" });
  dots = svg("g", {});
  grip = svg(
    "g",
    {},
    svg("circle", { r: 24, class: "downhill-reach" }),
    svg("circle", { r: 9, class: "downhill-start" }),
  );
  text = element("p", { class: "downhill-words" });
  rule = element("p", { class: "downhill-limit" });
  map = svg(
    "svg",
    { class: "downhill-map", role: "group", "aria-label": "The loss from above, as contour lines" },
    this.ground,
    svg("g", { "clip-path": "url(#downhill-frame)" }, this.path, this.dots),
    this.grip,
  );
  curve = svg("svg", { role: "img" });
  once = button("Step", () => this.walk());
  run = button("Run", () => (this.timer ? this.pause() : this.go()));
  back = button("Back to the start", () => this.begin(this.points[0]));

  constructor(place) {
    const kinds = choice({
      label: "Surface",
      name: "downhill-kind",
      value: "bowl",
      onchange: (kind) => this.choose(kind),
      options: Object.fromEntries(Object.entries(SURFACES).map(([kind, { title }]) => [kind, title])),
    });
    const rates = slider({
      label: "learning rate η",
      min: -3,
      max: 0,
      step: 0.01,
      value: Math.log10(this.rate),
      text: (v) => shown(rateAt(v)),
      oninput: (v) => {
        this.rate = rateAt(v);
        this.begin(this.points[0]);
      },
    });
    place.replaceChildren(
      kinds,
      this.map,
      div("figure-controls", rates),
      div("figure-controls", this.once, this.run, this.back),
      this.text,
      this.rule,
      this.curve,
    );
    this.say = speaker(place);
    handle(this.grip, {
      axis: "xy",
      label: "start",
      to: (point) => this.move([this.x.invert(point.x), this.y.invert(point.y)]),
      by: (dx, dy) => this.move([this.points[0][0] + dx / 20, this.points[0][1] + dy / 20]),
    });
    this.grip.setAttribute("aria-valuemin", RANGE[0][0]);
    this.grip.setAttribute("aria-valuemax", RANGE[0][1]);
  }

  /** Draw the loss from above, and on it the walk. */
  draw(width) {
    const { surface, ground } = this;
    const height = width * 0.6;
    const [x, y] = [scale(RANGE[0], [0, width]), scale(RANGE[1], [height, 0])];
    Object.assign(this, { width, x, y });
    this.map.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.curve.setAttribute("viewBox", `0 0 ${width} 170`);
    ground.replaceChildren(
      svg("clipPath", { id: "downhill-frame" }, svg("rect", { width, height })),
      ...surface.levels.map((level) =>
        svg("path", { class: "downhill-contour", d: contour(surface.loss, level, x, y) }),
      ),
      svg("text", { x: width - 14, y: height / 2 - 6 }, "x"),
      svg("text", { x: width / 2 + 8, y: 18 }, "y"),
      svg("path", { class: "downhill-axis", d: `M0 ${height / 2}H${width}M${width / 2} 0V${height}` }),
    );
    this.show();
  }

  choose(kind) {
    this.pause();
    this.surface = SURFACES[kind];
    this.points = [this.surface.start];
    this.draw(this.width);
  }

  /** A new walk from this point. */
  begin(point) {
    this.pause();
    this.points = [point];
    this.show();
  }

  /** The start, moved by the reader, goes in steps of a twentieth and stays on the map. */
  move(point) {
    this.begin(point.map((value, k) => Math.round(clamp(value, ...RANGE[k]) * 20) / 20));
  }

  take() {
    this.points.push(step(this.surface, this.points.at(-1), this.rate));
  }

  walk() {
    if (!this.spent()) this.take();
    this.show();
  }

  go() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      while (!this.over()) this.take();
      this.show();
      return;
    }
    this.run.textContent = "Pause";
    this.timer = setInterval(() => (this.over() ? this.pause() : this.walk()), 120);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.run.textContent = "Run";
  }

  spent() {
    return this.points.length > MOST || this.surface.loss(this.points.at(-1)) > 1e6;
  }

  over() {
    return this.spent() || Math.hypot(...this.surface.slope(this.points.at(-1))) < 0.01;
  }

  show() {
    const { points, surface, rate, grip, text, once, run, back } = this;
    const drawn = points.map((point) => [
      clamp(this.x(point[0]), -1e4, 1e4),
      clamp(this.y(point[1]), -1e4, 1e4),
    ]);
    this.path.setAttribute("points", drawn.map((one) => one.join(",")).join(" "));
    this.dots.replaceChildren(
      ...drawn.slice(1).map(([cx, cy]) => svg("circle", { cx, cy, r: 3.5, class: "downhill-dot" })),
    );
    grip.setAttribute("transform", `translate(${drawn[0].join(" ")})`);
    grip.setAttribute("aria-valuenow", number(points[0][0], 2).replace("−", "-"));
    grip.setAttribute("aria-valuetext", `${number(points[0][0], 2)}, ${number(points[0][1], 2)}`);
    text.textContent = words(surface, points);
    this.rule.textContent = limit(surface, rate);
    for (const one of [once, run]) allow(one, !this.spent());
    allow(back, points.length > 1);
    paintCurve(this.curve, points.map(surface.loss), this.width);
    this.say(text.textContent);
  }
}

/** Draw the losses over steps. */
function paintCurve(curve, losses, width) {
  const [low, high] = [-3, 4]; // powers of ten; beyond them the line leaves the picture
  const across = scale([0, Math.max(20, losses.length - 1)], [44, width - 8]);
  const up = scale([low, high], [144, 4]);
  const line = losses.map(
    (loss, i) => `${across(i)},${up(clamp(Math.log10(Math.max(loss, 1e-12)), -20, 20))}`,
  );
  curve.replaceChildren(
    ...[-2, 0, 2].flatMap((power) => [
      svg("line", { class: "figure-grid", x1: 44, x2: width - 8, y1: up(power), y2: up(power) }),
      svg(
        "text",
        { x: 38, y: up(power) + 5, "text-anchor": "end" },
        { "-2": "0.01", 0: "1", 2: "100" }[power],
      ),
    ]),
    svg("text", { x: width / 2, y: 166, "text-anchor": "middle" }, "loss over steps"),
    svg("clipPath", { id: "downhill-curve-frame" }, svg("rect", { width, height: 146 })),
    svg("polyline", {
      points: line.join(" "),
      class: "downhill-curve",
      "clip-path": "url(#downhill-curve-frame)",
    }),
  );
  curve.setAttribute(
    "aria-label",
    `Loss over ${losses.length - 1} steps, from ${number(losses[0], 2)} to ${number(losses.at(-1), 2)}`,
  );
}

/** The line of equal loss as a path: on a grid, cell by cell, where it enters and leaves (marching squares). */
function contour(loss, level, x, y, cells = 80) {
  const at = (i, k) => RANGE[k][0] + ((RANGE[k][1] - RANGE[k][0]) * i) / cells;
  const edges = Array.from({ length: cells + 1 }, (_, i) => i);
  const value = edges.map((i) => edges.map((j) => loss([at(i, 0), at(j, 1)]) - level));
  let d = "";
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const crossings = [];
      corners.forEach(([a, b], n) => {
        const [c, e] = corners[(n + 1) % 4];
        const [from, to] = [value[a][b], value[c][e]];
        if (from < 0 === to < 0) return;
        const share = from / (from - to);
        crossings.push(
          `${x(at(a + share * (c - a), 0)).toFixed(1)} ${y(at(b + share * (e - b), 1)).toFixed(1)}`,
        );
      });
      for (let n = 0; n + 1 < crossings.length; n += 2) d += `M${crossings[n]}L${crossings[n + 1]}`;
    }
  }
  return d;
}
