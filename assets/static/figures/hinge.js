// The hinge loss of three images: scores to drag, every term and slope written out.
import { button, clamp, div, element, handle, number, onWidth, scale, slider, speaker, svg } from "./core.js";

export const NAMES = ["cat", "car", "frog"];
export const START = [
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.0],
  [2.2, 2.5, -3.1],
]; // the article's, row by row
const HEIGHT = 134,
  LOW = -5,
  HIGH = 8,
  LINE = 80;
const LEVELS = [LINE - 20, LINE + 31, LINE - 42]; // each class has its own, so that no name lies on another

/** Loss of one image, its terms and its slope in each score. scores: 3 numbers; y: the true class. */
export function hinge(scores, y, margin) {
  // Rounded, since 2.3 − 3.2 + 0.9 leaves a crumb above 0, and a margin just met would seem violated.
  const terms = scores.map((score, j) =>
    j === y ? null : Math.round((score - scores[y] + margin) * 1e9) / 1e9,
  );
  const d_scores = terms.map((term) => (term !== null && term > 0 ? 1 : 0));
  d_scores[y] = -d_scores.reduce((sum, one) => sum + one, 0);
  return { loss: terms.reduce((sum, term) => sum + Math.max(0, term ?? 0), 0), terms, d_scores };
}

/** The mean over images; image i shows class i. */
export function meanLoss(all, margin) {
  return all.reduce((sum, scores, i) => sum + hinge(scores, i, margin).loss, 0) / all.length;
}

export function start(place) {
  let scores = START.map((row) => [...row]);
  let margin = 1;
  const rows = NAMES.map(
    (_, i) =>
      new Row(i, (j, value) => {
        scores[i][j] = clamp(Math.round(value * 10) / 10, LOW, HIGH);
        update(i);
      }),
  );
  const margins = slider({
    label: "margin",
    min: 0,
    max: 4,
    step: 0.1,
    value: margin,
    text: (v) => number(v, 1),
    oninput: (v) => {
      margin = v;
      update();
    },
  });
  const total = element("p", { class: "hinge-mean" });
  const reset = button("Back to the article's scores", () => {
    scores = START.map((row) => [...row]);
    margin = 1;
    margins.set(1);
    update();
  });
  place.replaceChildren(...rows.map((row) => row.section), total, div("figure-controls", margins, reset));
  const say = speaker(place);

  function update(moved) {
    const found = scores.map((row, i) => hinge(row, i, margin));
    rows.forEach((row, i) => row.show(scores[i], margin, found[i]));
    const mean = number(meanLoss(scores, margin), 2);
    total.replaceChildren(
      `Mean loss (${found.map(({ loss }) => number(loss, 1)).join(" + ")}) / 3 = `,
      element("strong", {}, mean),
    );
    say(
      `${moved === undefined ? "" : `${NAMES[moved]} image: loss ${number(found[moved].loss, 1)}. `}Mean loss ${mean}.`,
    );
  }
  onWidth(place, (width) => {
    for (const row of rows) row.draw(width);
    update();
  });
}

/** One image: a line of scores with three handles, and its sum beneath. */
class Row {
  axis = svg("g", {});

  constructor(i, move) {
    this.i = i;
    this.zone = svg("rect", { class: "hinge-zone", y: LINE - 24, height: 48 });
    this.drawing = svg(
      "svg",
      { role: "group", "aria-label": `Scores of the ${NAMES[i]} image` },
      this.zone,
      this.axis,
    );
    this.arms = NAMES.map((_, j) =>
      svg("line", { class: "hinge-arm", y1: LINE, y2: LINE, stroke: `var(--figure-${j + 1})` }),
    );
    this.drawing.append(...this.arms);
    this.handles = NAMES.map((name, j) => this.makeHandle(name, j, move));
    this.terms = element("p", { class: "hinge-terms" });
    this.slopes = element("p", { class: "hinge-slopes" });
    this.section = div(
      "hinge-image",
      element("p", { class: "hinge-title" }, `${NAMES[i]} image`),
      this.drawing,
      this.terms,
      this.slopes,
    );
  }

  /** Draw the line of this width, on which `show` lays the scores. */
  draw(width) {
    const x = scale([LOW, HIGH], [24, width - 24]);
    Object.assign(this, { x, width });
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.axis.replaceChildren(
      svg("line", { class: "hinge-axis", x1: x(LOW), x2: x(HIGH), y1: LINE, y2: LINE }),
    );
    for (let tick = LOW + 1; tick < HIGH; tick++) {
      this.axis.append(
        svg("line", { class: "hinge-axis", x1: x(tick), x2: x(tick), y1: LINE - 4, y2: LINE + 4 }),
      );
      if (tick % 2 === 0) {
        this.axis.append(svg("text", { x: x(tick), y: HEIGHT - 4, class: "hinge-tick" }, number(tick, 0)));
      }
    }
  }

  makeHandle(name, j, move) {
    const colour = `var(--figure-${j + 1})`;
    const text = svg("text", { y: LEVELS[j], style: `fill: ${colour}` });
    const node = svg(
      "g",
      {},
      svg("circle", { class: "hinge-reach", cy: LINE, r: 24 }),
      svg("circle", {
        class: "hinge-dot",
        cy: LINE,
        r: 11,
        stroke: colour,
        fill: j === this.i ? colour : "var(--pst-color-surface)",
      }),
      text,
    );
    this.drawing.append(node);
    handle(node, {
      label: `score of ${name}, ${NAMES[this.i]} image`,
      to: (point) => move(j, this.x.invert(point.x)),
      by: (steps) => move(j, this.scores[j] + steps / 10),
    });
    node.setAttribute("aria-valuemin", LOW);
    node.setAttribute("aria-valuemax", HIGH);
    return node;
  }

  show(scores, margin, { loss, terms, d_scores }) {
    this.scores = scores;
    const { i: y, x, width } = this;
    const edge = scores[y] - margin;
    this.zone.setAttribute("x", x(Math.max(LOW, edge)));
    this.zone.setAttribute("width", Math.max(0, x(HIGH) - x(Math.max(LOW, edge))));
    scores.forEach((score, j) => {
      const [, dot, text] = this.handles[j].children;
      this.handles[j].children[0].setAttribute("cx", x(score));
      dot.setAttribute("cx", x(score));
      text.setAttribute("x", clamp(x(score), 36, width - 36));
      text.textContent = `${NAMES[j]} ${number(score, 1)}`;
      this.handles[j].setAttribute("aria-valuenow", score);
      this.handles[j].setAttribute("aria-valuetext", `${number(score, 1)}, slope ${number(d_scores[j], 0)}`);
      // What a class pays: its way from the edge of the zone.
      const pays = j !== y && terms[j] > 0;
      this.arms[j].setAttribute("x1", x(pays ? Math.max(LOW, edge) : score));
      this.arms[j].setAttribute("x2", x(score));
    });
    // Four columns, so that the numbers of all terms stand under each other, and the loss under them as a sum.
    const line = (options, ...cells) => element("span", options, ...cells.flatMap((cell) => [cell, " "]));
    const cell = (...content) => element("span", {}, ...content);
    const lines = NAMES.flatMap((name, j) =>
      j === y
        ? []
        : [
            line(
              { class: "hinge-term" },
              element("span", inColour(j), `${name}:`),
              cell(
                "max(0, ",
                element("span", inColour(j), number(scores[j], 1)),
                " − ",
                element("span", inColour(y), bracket(scores[y])),
                ` + ${number(margin, 1)})`,
              ),
              cell(`= max(0, ${number(terms[j], 1)})`),
              cell(`= ${number(Math.max(0, terms[j]), 1)}`),
            ),
          ],
    );
    this.terms.replaceChildren(
      ...lines,
      line({ class: "hinge-loss" }, cell("loss"), cell(`= ${number(loss, 1)}`)),
    );
    this.slopes.replaceChildren(
      "slope: ",
      ...NAMES.flatMap((name, j) => [
        j ? ", " : "",
        element("span", inColour(j), `${name} ${signed(d_scores[j])}`),
      ]),
    );
  }
}

const inColour = (j) => ({ class: "hinge-class", style: `color: var(--figure-${j + 1})` });
const bracket = (value) => (value < 0 ? `(${number(value, 1)})` : number(value, 1));
const signed = (value) => (value > 0 ? `+${value}` : number(value, 0));
