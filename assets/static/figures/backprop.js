// The 2-2-2 network of chapters 7 and 8, one arrow at a time.
import { button, drawingWidth, element, number, slider, speaker, svg } from "./core.js";

export const X = [1, 0.5], TARGET = [1, 0];
export const WIH = [[0.5, -1], [1, 2]], WHO = [[1, -1], [-2, 1]]; // row: where the arrow leads to
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const f = (value) => number(value, 4);
const short = (value) => number(value, Number.isInteger(value) || Number.isInteger(value * 2) ? 1 : 4);
const bracket = (value) => (value < 0 ? `(${f(value)})` : f(value));

/**
 * Every step: { title, formula, value, part }. part says what it fills: ["hidden", j], ["output", k], ["error"],
 * ["deltaOutput", k], ["who", k, j], ["deltaHidden", j] or ["wih", j, i]; uses lists the arrows that it needs.
 */
export function allSteps() {
  const steps = [];
  const add = (part, title, formula, value, uses = []) => { steps.push({ part, title, formula, value, uses }); return value; };
  const forward = (name, layer, weights, inputs) => weights.map((row, k) => {
    const sum = row[0] * inputs[0] + row[1] * inputs[1];
    const terms = row.map((w, i) => `${w < 0 ? `(${short(w)})` : short(w)} · ${short(inputs[i])}`).join(" + ");
    return add([name, k], `${name} node ${k}: weights times values, then the sigmoid`,
      `σ(${terms}) = σ(${f(sum)}) = ${f(sigmoid(sum))}`, sigmoid(sum), [0, 1].map((i) => [layer, k, i]));
  });
  const hidden = forward("hidden", "wih", WIH, X);
  const output = forward("output", "who", WHO, hidden);
  const error = output.reduce((sum, o, k) => sum + 0.5 * (TARGET[k] - o) ** 2, 0);
  add(["error"], "how wrong: half the sum of the squared differences",
    `½ · (${TARGET[0]} − ${f(output[0])})² + ½ · (${TARGET[1]} − ${f(output[1])})² = ${f(error)}`, error);
  const delta = output.map((o, k) => add(["deltaOutput", k], `blame at output ${k}: miss times the sigmoid's slope`,
    `(${f(o)} − ${TARGET[k]}) · ${f(o)} · ${f(1 - o)} = ${f((o - TARGET[k]) * o * (1 - o))}`, (o - TARGET[k]) * o * (1 - o)));
  delta.forEach((d, k) => hidden.forEach((h, j) => add(["who", k, j],
    `slope in the weight from hidden ${j} to output ${k}: blame at its end times value at its start`,
    `${bracket(d)} · ${f(h)} = ${f(d * h)}`, d * h, [["who", k, j]])));
  const back = hidden.map((h, j) => {
    const blame = delta[0] * WHO[0][j] + delta[1] * WHO[1][j];
    const terms = delta.map((d, k) => `${bracket(d)} · ${WHO[k][j] < 0 ? `(${short(WHO[k][j])})` : short(WHO[k][j])}`).join(" + ");
    return add(["deltaHidden", j], `blame at hidden ${j}: what flows back along its arrows, times the sigmoid's slope`,
      `(${terms}) · ${f(h)} · ${f(1 - h)} = ${f(blame * h * (1 - h))}`, blame * h * (1 - h), [0, 1].map((k) => ["who", k, j]));
  });
  back.forEach((d, j) => X.forEach((x, i) => add(["wih", j, i],
    `slope in the weight from input ${i} to hidden ${j}: blame at its end times value at its start`,
    `${bracket(d)} · ${short(x)} = ${f(d * x)}`, d * x, [["wih", j, i]])));
  return steps;
}

const RADIUS = 31, ROWS = [92, 272], HEIGHT = 368;
const key = (part) => part.join("-");

export function start(place) {
  const steps = allSteps();
  let now = 0; // how many steps have been taken
  const picture = draw(Math.max(460, drawingWidth(place))); // below that a phone scrolls it
  const title = element("p", { class: "backprop-title" });
  const formula = element("p", { class: "backprop-formula" });
  const go = (n) => { now = Math.max(0, Math.min(steps.length, n)); control.set(now); show(); };
  const back = button("◀ back", () => go(now - 1));
  const next = button("next ▶", () => go(now + 1));
  const control = slider({ label: "step", min: 0, max: steps.length, step: 1, value: 0,
    text: (n) => `${n} of ${steps.length}`, oninput: (n) => { now = n; show(); } });
  place.replaceChildren(element("div", { class: "backprop-scroll", tabindex: 0, role: "region", "aria-label": "The network. Arrow keys step." },
    picture.drawing), title, formula, element("div", { class: "figure-controls" }, back, next, control));
  const say = speaker(place);
  place.querySelector(".backprop-scroll").addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    go(now + way);
  });

  function show() {
    const known = new Map(steps.slice(0, now).map((step) => [key(step.part), step.value]));
    const current = now ? steps[now - 1] : null;
    for (const [name, node] of picture.values) node.textContent = known.has(name) ? node.dataset.before + f(known.get(name)) : "";
    for (const [name, arrow] of picture.arrows) arrow.classList.toggle("now", current?.uses.some((part) => key(part) === name) ?? false);
    for (const [name, node] of picture.nodes) {
      node.classList.toggle("now", current !== null && key(current.part).replace("delta", "").toLowerCase() === name);
    }
    picture.drawing.classList.toggle("backwards", current !== null && now > 5);
    title.textContent = current ? `${now}. ${current.title[0].toUpperCase()}${current.title.slice(1)}.` : "Press next. First forward, then back.";
    formula.textContent = current ? current.formula : "Inputs 1 and 0.5; the outputs should be 1 and 0.";
    back.disabled = now === 0;
    next.disabled = now === steps.length;
    say(`${title.textContent} ${formula.textContent}`);
  }
  show();
}

/** The network as SVG, with places for all numbers. */
function draw(width) {
  const across = { input: RADIUS + 4, hidden: width / 2 - 14, output: width - 60 };
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": "Two inputs, two hidden nodes, two outputs; each joined to each of the next" });
  const [values, arrows, nodes] = [new Map(), new Map(), new Map()];
  const text = (x, y, content, options = {}) => svg("text", { x, y, "text-anchor": "middle", ...options }, content);
  const number_ = (name, x, y, before, options) => {
    const node = text(x, y, "", options);
    node.dataset.before = before;
    values.set(name, node);
    return node;
  };
  const labels = [];
  for (const [name, weights, from, to] of [["wih", WIH, "input", "hidden"], ["who", WHO, "hidden", "output"]]) {
    weights.forEach((row, k) => row.forEach((w, i) => {
      const [x1, y1, x2, y2] = [across[from] + RADIUS + 2, ROWS[i], across[to] - RADIUS - 2, ROWS[k]];
      const arrow = svg("line", { class: "backprop-arrow", x1, y1, x2, y2 });
      arrows.set(`${name}-${k}-${i}`, arrow);
      drawing.append(arrow);
      const share = i === k ? 0.5 : 0.3; // crossing arrows carry their numbers near their starts
      const [x, y] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
      labels.push(text(x, y - 4, number(w, 1), { class: "backprop-weight" }),
        number_(`${name}-${k}-${i}`, x, y + 14, "", { class: "backprop-slope" }));
    }));
  }
  drawing.append(...labels, ...["input", "hidden", "output"].map((name) => text(across[name], 20, name, { class: "backprop-layer" })));
  for (const name of ["input", "hidden", "output"]) {
    ROWS.forEach((y, k) => {
      const circle = svg("circle", { class: "backprop-node", cx: across[name], cy: y, r: 32 });
      nodes.set(`${name}-${k}`, circle);
      drawing.append(circle);
      if (name === "input") drawing.append(text(across[name], y + 5, String(X[k])));
      else {
        drawing.append(number_(`${name}-${k}`, across[name], y + 5, ""),
          number_(`delta${name[0].toUpperCase()}${name.slice(1)}-${k}`, across[name], y + 49, "blame ", { class: "backprop-slope" }));
      }
      if (name === "output") drawing.append(text(across[name], y - 40, `wanted ${TARGET[k]}`, { class: "backprop-wanted" }));
    });
  }
  drawing.append(number_("error", across.output, HEIGHT - 6, "error ", {}));
  return { drawing, values, arrows, nodes };
}
