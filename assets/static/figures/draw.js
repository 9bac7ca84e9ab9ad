// Draw a digit: two networks read it while it is drawn, and when it is pushed about.
import { allow, button, choice, div, element, number, onTheme, paintSquares, speaker } from "./core.js";
import * as convolution from "./convnet.js";
import convolutionStored from "./convolution_network.js";
import { Maps, Units } from "./inside.js";
import connectedStored from "./network.js";
import { Pad, SIDE, strokesOf } from "./pad.js";
import * as connected from "./prepare.js";
import { Push } from "./push.js";

const { asItStands, best, inkBox, moved, prepare } = connected;
const LEAST = 60; // a drawing that is smaller, or thinner than a stroke, is a stray touch
const SURE = 0.5;

/** What a network says: { digit, output, sure, says: "7", or "3 or 5" }. */
export function reading(outputs) {
  const digit = best(outputs);
  const second = best(outputs.map((value, k) => (k === digit ? -1 : value)));
  const sure = outputs[digit] >= SURE;
  return { digit, output: outputs[digit], sure, says: sure ? `${digit}` : `${digit} or ${second}` };
}

/** What the reader is told of readings, or of a drawing (its box of ink, null if blank) that has none. */
export function verdict(box, readings) {
  if (!box) return "Draw a digit here.";
  if (!readings) return "Too small. Draw it large.";
  const [one, other] = readings;
  if (one.digit !== other.digit) return "They disagree.";
  return `${one.sure && other.sure ? "This is" : "Perhaps"} a ${one.digit}.`;
}

const percent = ({ accuracyRounded }) => `${number(100 * accuracyRounded, 1)} %`;
const NOTE =
  "Fully connected: chapter 9's network, 79,400 weights. It has learned from 60,000 digits for six epochs, " +
  `and reads ${percent(connectedStored)} of the test digits. Convolution: chapter 11's, 80,202 weights and ` +
  `biases, from 20,000 of these digits for two epochs; ${percent(convolutionStored)}. Neither was shown ` +
  "digits that had been pushed.";

export function start(place) {
  new Draw(place).update();
}

/** The figure: it reads what is on the pad whenever that changes. */
class Draw {
  answer = element("p", { class: "draw-answer" });
  bars = Array.from({ length: 10 }, (_, k) => bar(k));
  prepared = element("input", { type: "checkbox", checked: true });
  caption = element("span", {});
  insideCaption = element("span", {});
  undo = button("Undo", () => this.pad.undo());
  clear = button("Clear", () => this.pad.set([]));

  constructor(place) {
    this.pad = new Pad({
      began: () => {
        this.inside.chosen = null;
      },
      changed: () => this.update(),
      left: () => this.paint(),
    });
    this.push = new Push({
      pushed: () => {
        this.inside.chosen = null;
        this.update();
      },
    });
    const heard = { chose: () => this.paint(), told: (text) => this.say(text) };
    this.networks = [
      { name: "fully connected", query: connected.query, inside: new Units(heard) },
      { name: "convolution", query: convolution.query, inside: new Maps(heard) },
    ];
    this.lines = this.networks.map(({ name }) => line(name));
    this.inside = this.networks[0].inside;
    place.replaceChildren(this.layout());
    this.say = speaker(place);
    this.prepared.addEventListener("change", () => this.update());
    onTheme(() => this.paint());
  }

  layout() {
    const { networks, push } = this;
    const group = (name, label, ...children) =>
      element("div", { class: name, role: "group", "aria-label": label }, ...children);
    const samples = Array.from({ length: 10 }, (_, k) =>
      button(String(k), () => this.pad.set(strokesOf(k)), { "aria-label": `Draw a ${k}` }),
    );
    const figure = (seen, caption) => element("figure", {}, seen, element("figcaption", {}, caption));
    return div(
      "draw",
      div("draw-left", this.pad.canvas, div("figure-controls", this.clear, this.undo)),
      div(
        "draw-right",
        this.answer,
        div("draw-nets", ...this.lines.map((one) => one.row)),
        group(
          "draw-bars",
          "The ten outputs: fully connected, then convolution",
          ...this.bars.map((one) => one.row),
        ),
      ),
      div(
        "draw-inside",
        figure(push.box, this.caption),
        figure(
          div("draw-look", ...networks.map(({ inside }) => inside.canvas), this.choice()),
          this.insideCaption,
        ),
      ),
      div(
        "draw-more",
        element("label", {}, this.prepared, " prepare it as MNIST was"),
        element("span", {}, "No pen at hand?"),
        group("draw-samples", "Let the page draw a digit", ...samples),
      ),
      element("p", { class: "draw-note" }, NOTE),
    );
  }

  /** Into which network one looks. */
  choice() {
    const radios = choice({
      label: "Look inside",
      name: "draw-network",
      options: Object.fromEntries(this.networks.map(({ name }) => [name, name])),
      value: this.networks[0].name,
      onchange: (chosen) => {
        this.inside.chosen = null;
        this.inside = this.networks.find(({ name }) => name === chosen).inside;
        this.paint();
      },
    });
    radios.prepend(element("span", {}, "Look inside:"));
    return radios;
  }

  /** Read the drawing. */
  update() {
    const ink = this.pad.ink();
    const box = inkBox(ink, SIDE);
    const large = box && Math.max(box.width, box.height) >= LEAST;
    this.push.enable(Boolean(large));
    const still = this.prepared.checked ? prepare(ink, SIDE) : box && asItStands(ink, SIDE);
    this.pixels = still && moved(still, this.push.x, this.push.y);
    for (const { inside, query } of this.networks) inside.found = this.pixels && query(this.pixels);
    this.outputs = large ? this.networks.map(({ inside }) => inside.found.outputs) : null;
    this.readings = this.outputs?.map(reading);
    this.says = verdict(box, this.readings);
    this.paint();
    const each = (this.readings ?? []).map(
      ({ says, output }, i) => ` ${this.networks[i].name} says ${says}, output ${number(output, 2)}.`,
    );
    this.say(`${this.says}${each.join("")} ${this.push.words()}`);
  }

  paint() {
    const { inside, networks, outputs, push, readings } = this;
    this.answer.textContent = this.says;
    this.lines.forEach((one, i) => one.set(readings?.[i]));
    this.bars.forEach((one, k) =>
      networks.forEach((_, i) => one.set(i, outputs ? outputs[i][k] : 0, readings?.[i].digit === k)),
    );
    for (const one of [this.undo, this.clear]) allow(one, this.pad.strokes.length > 0);
    this.pad.paint();
    for (const { inside: one } of networks) one.canvas.hidden = one !== inside;
    inside.paint();
    const wanted = inside.chosen === null ? null : inside.wanted();
    push.canvas.width = push.canvas.height = wanted?.side ?? 28;
    paintSquares(push.canvas, wanted?.side ?? 28, wanted?.values ?? this.pixels, Boolean(wanted));
    const still = "What the networks see, 28 × 28 pixels. Push it by the arrows, or drag it.";
    this.caption.textContent = wanted?.words ?? (push.words() || still);
    this.insideCaption.textContent = wanted && inside.found ? inside.words() : inside.caption;
  }
}

/** What one network says: its colour, its name, a digit and the output. */
function line(name) {
  const digit = element("strong", {});
  const output = element("span", { class: "draw-output" });
  return {
    row: element("p", {}, element("span", { class: "draw-swatch" }), name, digit, output),
    set(found) {
      digit.textContent = found ? found.says + (found.sure ? "" : "?") : "–";
      output.textContent = found ? number(found.output, 2) : "";
    },
  };
}

/** One output of both networks as bars with their numbers. */
function bar(k) {
  const fills = [0, 1].map(() => element("span", { class: "draw-fill" }));
  const values = [0, 1].map(() => element("span", { class: "draw-value" }));
  const name = element("span", { class: "draw-name" }, String(k));
  return {
    row: div("draw-bar", name, element("span", { class: "draw-track" }, ...fills), ...values),
    set(i, output, chosen) {
      fills[i].style.width = `${100 * output}%`;
      values[i].textContent = number(output, 2);
      values[i].classList.toggle("chosen", chosen);
    },
  };
}
