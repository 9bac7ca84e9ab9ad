// The templates of the linear classifier, and how well it does, for each strength of regularization.
import {
  choice,
  div,
  element,
  number,
  onWidth,
  paintSquares,
  scale,
  slider,
  speaker,
  svg,
  weights,
} from "./core.js";
import sweep from "./sweep.js";

const { strengths } = sweep;
const HEIGHT = 250,
  LEFT = 52,
  RIGHT = 80,
  TOP = 14,
  BOTTOM = 44;
const CURVES = {
  accuracy: ["trainAccuracy", "validationAccuracy"],
  "data loss": ["trainLoss", "validationLoss"],
};
const NAMES = ["training", "validation"];

const ROWS = weights(sweep.templates, sweep.scale);

/** The ten templates of the i-th strength, 784 numbers each. */
export function templates(i) {
  return ROWS.slice(10 * i, 10 * (i + 1));
}

const percent = (share) => `${number(100 * share, 1)} %`;
const power = (strength) => ({ 1e-6: "10⁻⁶", 1e-4: "10⁻⁴", 1e-3: "10⁻³" })[strength] ?? String(strength);

/** What the figure says about the i-th strength. */
export function words(i) {
  const [train, validation] = [sweep.trainAccuracy[i], sweep.validationAccuracy[i]];
  const top = Math.max(...sweep.validationAccuracy);
  const verdict =
    validation > top - 0.005
      ? "About the best λ here"
      : train - validation > 0.1
        ? "It knows its 1,000 digits by heart: overfitting"
        : "Even the training digits suffer: underfitting";
  return `Training ${percent(train)}, validation ${percent(validation)}; R(W) = ${number(sweep.penalty[i], 2)}. ${verdict}.`;
}

export function start(place) {
  let chosen = strengths.indexOf(0.1);
  let kind = "accuracy";
  const pictures = Array.from({ length: 10 }, (_, k) =>
    element("canvas", { width: 28, height: 28, role: "img", "aria-label": `Template of the ${k}` }),
  );
  let width;
  const chart = svg("svg", { role: "img" });
  const text = element("p", { class: "templates-words" });
  const control = slider({
    label: "λ",
    min: 0,
    max: strengths.length - 1,
    step: 1,
    value: chosen,
    text: (i) => power(strengths[i]),
    oninput: (i) => {
      chosen = i;
      show();
    },
  });
  const kinds = choice({
    label: "What the curves show",
    name: "templates-kind",
    value: kind,
    options: Object.fromEntries(Object.keys(CURVES).map((name) => [name, name])),
    onchange: (name) => {
      kind = name;
      show();
    },
  });
  place.replaceChildren(
    div("figure-controls", control),
    div(
      "templates",
      ...pictures.map((canvas, k) => element("figure", {}, canvas, element("figcaption", {}, String(k)))),
    ),
    text,
    kinds,
    chart,
  );
  const say = speaker(place);

  function show() {
    templates(chosen).forEach((values, k) => paintSquares(pictures[k], 28, values, true));
    text.textContent = words(chosen);
    chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    chart.replaceChildren(...draw(kind, chosen, width));
    chart.setAttribute("aria-label", `Curves of ${kind} over λ. ${curves(kind)}`);
    say(`λ ${strengths[chosen]}. ${words(chosen)}`);
  }
  onWidth(place, (now) => {
    width = now;
    show();
  });
}

/** The curves in words: "training 1.00, 1.00, …; validation …". */
function curves(kind) {
  const numbers = (key) => sweep[key].map((value) => number(value, 2)).join(", ");
  return CURVES[kind].map((key, j) => `${NAMES[j]} ${numbers(key)}`).join("; ");
}

/** The chart's elements: axes, two curves with their names at the end, and the chosen λ. */
function draw(kind, chosen, width) {
  const values = CURVES[kind].map((key) => sweep[key]);
  const x = scale([0, strengths.length - 1], [LEFT, width - RIGHT]);
  const top = kind === "accuracy" ? 1 : Math.ceil(Math.max(...values.flat()));
  const y = scale([0, top], [HEIGHT - BOTTOM, TOP]);
  const label = (v) => (kind === "accuracy" ? `${Math.round(100 * v)} %` : number(v, 0));
  const parts = [0, 1, 2, 3, 4].flatMap((n) => {
    const v = (n * top) / 4;
    return [
      svg("line", { class: "figure-grid", x1: LEFT, x2: width - RIGHT, y1: y(v), y2: y(v) }),
      svg("text", { x: LEFT - 8, y: y(v) + 5, "text-anchor": "end" }, label(v)),
    ];
  });
  const every = width < 450 ? 2 : 1; // on a phone there is no room for all
  strengths.forEach(
    (strength, i) =>
      i % every ||
      parts.push(svg("text", { x: x(i), y: HEIGHT - BOTTOM + 20, "text-anchor": "middle" }, power(strength))),
  );
  parts.push(
    svg("text", { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, "λ"),
    svg("line", { class: "templates-chosen", x1: x(chosen), x2: x(chosen), y1: TOP, y2: HEIGHT - BOTTOM }),
  );
  const ends = values.map((curve) => y(curve.at(-1)));
  if (Math.abs(ends[0] - ends[1]) < 18) {
    // the names must not lie on one another
    const upper = ends[0] <= ends[1] ? 0 : 1;
    const middle = (ends[0] + ends[1]) / 2;
    ends[upper] = middle - 9;
    ends[1 - upper] = middle + 9;
  }
  values.forEach((curve, j) => {
    const colour = `var(--figure-${j + 1})`;
    parts.push(
      svg("polyline", {
        points: curve.map((v, i) => `${x(i)},${y(v)}`).join(" "),
        fill: "none",
        stroke: colour,
        "stroke-width": 2.5,
        "stroke-dasharray": j ? "7 4" : false,
      }),
    );
    parts.push(svg("circle", { cx: x(chosen), cy: y(curve[chosen]), r: 6, fill: colour }));
    parts.push(svg("text", { x: width - RIGHT + 8, y: ends[j] + 5, style: `fill: ${colour}` }, NAMES[j]));
  });
  return parts;
}
