// What all live figures share: elements, numbers as the book writes them, colours, handles, speech.

/** An HTML element: element("button", { class: "a", onclick: f }, "text", child, ...). */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** A box: div("figure-controls", child, ...). */
export function div(name, ...children) {
  return element("div", { class: name }, ...children);
}

/** An SVG element, likewise. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** A number as text, with a true minus: number(-3.14159, 2) is "−3.14". No "−0.00". */
export function number(value, digits = 2) {
  const text = Number(value).toFixed(digits);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

/** x between low and high. */
export function clamp(x, low, high) {
  return Math.min(high, Math.max(low, x));
}

/** Map numbers of [from, to] onto [start, end], as for an axis; `.invert` goes back. */
export function scale([from, to], [start, end]) {
  const forward = (x) => start + ((x - from) / (to - from)) * (end - start);
  forward.invert = (p) => from + ((p - start) / (end - start)) * (to - from);
  return forward;
}

/**
 * Call draw(width) now, and anew when the place is much wider or narrower, as on a phone that was turned. A
 * drawing's viewBox of this width, 270 to 640, gives its letters the size of the page's.
 */
export function onWidth(place, draw) {
  let drawn;
  const look = () => {
    const style = getComputedStyle(place);
    const inside = place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const width = clamp(inside, 270, 640);
    if (width > 0.8 * drawn && width < 1.25 * drawn) return;
    drawn = width;
    draw(width);
  };
  look();
  addEventListener("resize", look);
}

/** A colour of the page as it is now, light or dark: colour("text-base"), colour("primary"). */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--pst-color-${name}`).trim();
}

/** Call when the reader changes between light and dark. SVG with var(--…) needs it not; a canvas does. */
export function onTheme(redraw) {
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

/**
 * A line that a screen reader speaks when it changes: const say = speaker(place); say("Loss 2.9"). What was said
 * last is not said again. Without `last` the first words are not spoken: a figure has only come into sight.
 */
export function speaker(parent, last) {
  const line = element("p", { class: "figure-said", role: "status", "aria-live": "polite" });
  parent.append(line);
  let timer;
  return (text) => {
    const known = text === (last ?? text);
    last = text;
    if (known) return;
    clearTimeout(timer); // while a handle is dragged, only where it ends is spoken
    timer = setTimeout(() => {
      line.textContent = text;
    }, 250);
  };
}

/** A labelled slider of the browser's: slider({ label, min, max, step, value, text: v => "…", oninput }). */
export function slider({ label, min, max, step, value, text = String, oninput }) {
  const output = element("output", { "aria-hidden": "true" }, text(value)); // the input says it
  const input = element("input", { type: "range", min, max, step, value, "aria-valuetext": text(value) });
  const show = () => {
    output.textContent = text(input.valueAsNumber);
    input.setAttribute("aria-valuetext", text(input.valueAsNumber));
  };
  input.addEventListener("input", () => {
    show();
    oninput(input.valueAsNumber);
  });
  const wrapper = element("label", { class: "figure-slider" }, element("span", {}, label), input, output);
  wrapper.set = (v) => {
    input.value = v;
    show();
  };
  wrapper.input = input;
  return wrapper;
}

/** A button. */
export function button(text, onclick, attributes = {}) {
  const press = ({ currentTarget }) => currentTarget.getAttribute("aria-disabled") === "true" || onclick();
  return element("button", { type: "button", class: "figure-button", onclick: press, ...attributes }, text);
}

/** Let a button be pressed, or not. By `disabled` it would lose the focus, and who goes by keys their place. */
export function allow(one, possible) {
  one.setAttribute("aria-disabled", !possible);
}

/** A choice of one among a few: choice({ label, name, options: { bowl: "a long bowl", … }, value, onchange }). */
export function choice({ label, name, options, value, onchange }) {
  const radio = (key) =>
    element("input", {
      type: "radio",
      name,
      value: key,
      checked: key === value,
      onchange: () => onchange(key),
    });
  return element(
    "div",
    { class: "figure-controls", role: "group", "aria-label": label },
    ...Object.entries(options).map(([key, text]) => element("label", {}, radio(key), ` ${text}`)),
  );
}

/**
 * Call begin(event) where the first finger, a pen or the mouse's left button is put down on a node, and
 * goOn(event) as that one moves on.
 */
export function onDrag(node, begin, goOn) {
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    if (!event.isPrimary || event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    begin(event);
  });
  node.addEventListener("pointermove", (event) => {
    // A second finger has the capture, too: every finger has it where it was put down.
    if (event.isPrimary && node.hasPointerCapture(event.pointerId)) goOn(event);
  });
}

/** Call press(event) for keys, but not for the browser's own shortcuts, such as Alt+← for the page before. */
export function onKeys(node, press) {
  node.addEventListener("keydown", (event) => event.ctrlKey || event.altKey || event.metaKey || press(event));
}

/**
 * Let an SVG element be moved by mouse, touch and keys along one axis ("x" or "y") or both ("xy").
 * Screen readers and speech control find a slider. `to(point)` is called with the place in the
 * units of the drawing's viewBox; `by(dx, dy)` with whole steps, for the arrow keys (ten with Shift or
 * PageUp/PageDown, all with Home and End; up and right count up). The caller keeps aria-valuenow and -valuetext true.
 */
export function handle(node, { axis = "x", label, to, by }) {
  fill(
    node,
    {
      tabindex: 0,
      role: "slider",
      "aria-label": label,
      class: "figure-handle",
      "aria-orientation": axis === "y" ? "vertical" : "horizontal",
    },
    [],
  );
  const drawing = node.ownerSVGElement ?? node;
  const place = (event) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
  onDrag(
    node,
    () => node.focus({ preventScroll: true }),
    (event) => to(place(event)),
  );
  onKeys(node, (event) => {
    const step = event.shiftKey ? 10 : 1;
    const [dx, dy] =
      {
        ArrowRight: [step, 0],
        ArrowLeft: [-step, 0],
        ArrowUp: [0, step],
        ArrowDown: [0, -step],
        PageUp: [10, 10],
        PageDown: [-10, -10],
        Home: [-Infinity, 0],
        End: [Infinity, 0],
      }[event.key] ?? [];
    if (dx === undefined) return;
    event.preventDefault();
    // A handle with one axis answers to all four keys, as sliders do.
    if (axis === "xy") by(dx, dy);
    else by(axis === "x" ? dx || dy : 0, axis === "y" ? dy || dx : 0);
  });
}

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

/** Numbers as `make figures` writes those that are not rounded. */
export const floats = (text) => new Float32Array(bytes(text));

/** Weights as `make figures` writes them, as rows: whole numbers of 8 bits, each row times a scale of its own. */
export function weights(numbers, factorsOfRows) {
  const whole = new Int8Array(bytes(numbers));
  const factors = floats(factorsOfRows);
  const width = whole.length / factors.length;
  return Array.from(factors, (factor, k) =>
    Float32Array.from(whole.subarray(k * width, (k + 1) * width), (value) => value * factor),
  );
}

/** Square pictures on a canvas. Ink: 0 white to 1 black. Signed: blue above zero, red below, the largest in full. */
export function paintSquares(canvas, side, values, signed) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  const largest = signed ? Math.max(...values.map(Math.abs)) || 1 : 1;
  for (let i = 0; i < side * side; i++) {
    const value = values ? values[i] / largest : 0;
    const shade = signed ? (value > 0 ? [33, 102, 172] : [178, 24, 43]) : [0, 0, 0];
    shade.forEach((full, k) => {
      image.data[4 * i + k] = 255 + (full - 255) * Math.abs(value);
    });
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
