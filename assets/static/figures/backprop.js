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

const key = (part) => part.join("-");
const nodeOf = { hidden: "hidden", output: "output", deltaOutput: "output", deltaHidden: "hidden" };

export function start(place) {
  const steps = allSteps();
  let now = 0; // how many steps have been taken
  const picture = draw(drawingWidth(place));
  const network = element("div", { class: picture.tall ? "backprop-network tall" : "backprop-network", tabindex: 0, role: "group",
    "aria-label": "The network. Arrow keys step." }, picture.drawing);
  const title = element("p", { class: "backprop-title" });
  const formula = element("p", { class: "backprop-formula" });
  const go = (n) => { now = Math.max(0, Math.min(steps.length, n)); control.set(now); show(); };
  const back = button("◀ back", () => go(now - 1));
  const next = button("next ▶", () => go(now + 1));
  const control = slider({ label: "step", min: 0, max: steps.length, step: 1, value: 0,
    text: (n) => `${n} of ${steps.length}`, oninput: (n) => { now = n; show(); } });
  const list = steps.map((step, i) => element("button", { type: "button", onclick: () => go(i + 1) },
    element("span", {}, `${i + 1}. ${step.title.split(":")[0]}`), element("span", {}, f(step.value))));
  place.replaceChildren(network, title, formula, element("div", { class: "figure-controls" }, back, next, control),
    element("details", { class: "backprop-steps" }, element("summary", {}, `All ${steps.length} steps`),
      element("ol", {}, ...list.map((one) => element("li", {}, one)))));
  const say = speaker(place);
  place.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way || event.target === control.input || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    go(now + way);
  });

  function show() {
    const known = new Map(steps.slice(0, now).map((step) => [key(step.part), step.value]));
    const current = now ? steps[now - 1] : null;
    for (const [name, node] of picture.values) node.textContent = known.has(name) ? node.dataset.before + f(known.get(name)) : "";
    for (const [name, arrow] of picture.arrows) arrow.classList.toggle("now", current?.uses.some((part) => key(part) === name) ?? false);
    const active = current && `${nodeOf[current.part[0]]}-${current.part[1]}`;
    for (const [name, node] of picture.nodes) node.classList.toggle("now", name === active);
    picture.drawing.classList.toggle("backwards", current !== null && now > 5);
    // Values flow forward, blame flows back; the slope in a weight stays where it is.
    picture.point(current?.part[0] === "deltaHidden" ? "start" : nodeOf[current?.part[0]] ? "end" : null);
    title.textContent = current ? `${now}. ${current.title[0].toUpperCase()}${current.title.slice(1)}.` : "Press next. First forward, then back.";
    formula.textContent = current ? current.formula : "Inputs 1 and 0.5; the outputs should be 1 and 0.";
    list.forEach((one, i) => (i + 1 === now ? one.setAttribute("aria-current", "step") : one.removeAttribute("aria-current")));
    back.disabled = now === 0;
    next.disabled = now === steps.length;
    // A button that is disabled loses the focus, and who goes by keys would start again at the page's top.
    if (place.contains(document.activeElement) && document.activeElement.disabled) (now ? back : next).focus();
    say(`${title.textContent} ${formula.textContent}`);
  }
  show();
}

/**
 * The network as SVG, with places for all numbers: from left to right, or on a phone from top to bottom.
 * returns { drawing, tall, values, arrows, nodes: maps from a part's name to its element; point(end) }
 */
function draw(width) {
  const tall = width < 460;
  const radius = tall ? 34 : 31;
  const along = tall ? [36, 206, 376] : [radius + 4, width / 2 - 14, width - 60];
  const beside = tall ? [width / 2 - 95, width / 2 + 95] : [92, 272];
  const at = (layer, k) => (tall ? [beside[k], along[layer]] : [along[layer], beside[k]]);
  const height = tall ? 462 : 368;
  const tip = (id, d) => svg("marker", { id, viewBox: "0 0 10 10", refX: id.endsWith("start") ? 1 : 9, refY: 5, markerWidth: 4, markerHeight: 4,
    orient: "auto" }, svg("path", { class: "backprop-tip", d }));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "Two inputs, two hidden nodes, two outputs; each joined to each of the next" },
    tip("backprop-end", "M0 0L10 5L0 10z"), tip("backprop-start", "M10 0L0 5L10 10z"));
  const [values, arrows, nodes] = [new Map(), new Map(), new Map()];
  const text = (x, y, content, options = {}) => svg("text", { x, y, "text-anchor": "middle", ...options }, content);
  const filled = (name, x, y, before, options) => {
    const node = text(x, y, "", options);
    node.dataset.before = before;
    values.set(name, node);
    return node;
  };
  const labels = [];
  [["wih", WIH], ["who", WHO]].forEach(([name, weights], layer) => weights.forEach((row, k) => row.forEach((w, i) => {
    const [[x1, y1], [x2, y2]] = [at(layer, i), at(layer + 1, k)];
    const gap = (radius + 2) / (tall && i !== k ? Math.hypot(x2 - x1, y2 - y1) : along[layer + 1] - along[layer]);
    const [sx, sy, ex, ey] = tall ? [x1 + gap * (x2 - x1), y1 + gap * (y2 - y1), x2 - gap * (x2 - x1), y2 - gap * (y2 - y1)]
      : [x1 + radius + 2, y1, x2 - radius - 2, y2];
    const arrow = svg("line", { class: "backprop-arrow", x1: sx, y1: sy, x2: ex, y2: ey });
    arrows.set(`${name}-${k}-${i}`, arrow);
    drawing.append(arrow);
    // Crossing arrows carry their numbers near their starts.
    const share = i === k ? (tall ? 0.68 : 0.5) : (tall ? 0.22 : 0.3);
    const [x, y] = [sx + share * (ex - sx), sy + share * (ey - sy)];
    labels.push(text(x, y - 4, number(w, 1), { class: "backprop-weight" }),
      filled(`${name}-${k}-${i}`, x, y + 14, "", { class: "backprop-slope" }));
  })));
  drawing.append(...labels);
  ["input", "hidden", "output"].forEach((name, layer) => {
    drawing.append(tall ? text(width / 2, along[layer] + 5, name, { class: "backprop-layer" }) : text(along[layer], 20, name, { class: "backprop-layer" }));
    [0, 1].forEach((k) => {
      const [x, y] = at(layer, k);
      const circle = svg("circle", { class: "backprop-node", cx: x, cy: y, r: radius + 1 });
      nodes.set(`${name}-${k}`, circle);
      drawing.append(circle);
      if (name === "input") {
        drawing.append(text(x, y + 5, String(X[k]), { class: "backprop-inside" }));
        return;
      }
      const blame = `delta${name[0].toUpperCase()}${name.slice(1)}-${k}`;
      drawing.append(filled(`${name}-${k}`, x, tall ? y - 3 : y + 5, "", { class: "backprop-inside" }),
        tall ? filled(blame, x, y + 15, "", { class: "backprop-inside backprop-slope" })
          : filled(blame, x, y + 49, "blame ", { class: "backprop-slope" }));
      if (name === "output") drawing.append(text(x, tall ? y + 54 : y - 40, `wanted ${TARGET[k]}`, { class: "backprop-wanted" }));
    });
  });
  drawing.append(filled("error", tall ? width / 2 : along[2], height - 6, "error ", {}));
  const point = (end) => arrows.forEach((arrow) => {
    for (const one of ["start", "end"]) {
      if (one === end && arrow.classList.contains("now")) arrow.setAttribute(`marker-${one}`, `url(#backprop-${one})`);
      else arrow.removeAttribute(`marker-${one}`);
    }
  });
  return { drawing, tall, values, arrows, nodes, point };
}
