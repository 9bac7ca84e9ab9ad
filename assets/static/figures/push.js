// The picture that the networks see, pushed about by whole pixels: by buttons, arrow keys and dragging.
import { allow, button, clamp, div, element, onDrag, onKeys } from "./core.js";

const REACH = 10; // pixels, of 28
const WAYS = {
  up: { sign: "↑", key: "ArrowUp", x: 0, y: -1 },
  left: { sign: "←", key: "ArrowLeft", x: -1, y: 0 },
  right: { sign: "→", key: "ArrowRight", x: 1, y: 0 },
  down: { sign: "↓", key: "ArrowDown", x: 0, y: 1 },
};

/** `pushed` is called when the reader has moved the picture. */
export class Push {
  x = 0; // pixels to the right
  y = 0; // and down
  canvas = element("canvas", {
    class: "draw-seen",
    tabindex: 0,
    role: "application",
    "aria-label":
      "The 28 by 28 pixels that both networks see. Arrow keys push them, Escape puts them back to the middle.",
  });
  back = button("•", () => this.to(0, 0), {
    "aria-label": "Back to the middle",
    class: "figure-button back",
  });
  arrows = Object.entries(WAYS).map(([name, { sign, x, y }]) =>
    button(sign, () => this.to(this.x + x, this.y + y), {
      "aria-label": `Push ${name} by a pixel`,
      class: `figure-button ${name}`,
    }),
  );
  pad = element(
    "div",
    { class: "draw-arrows", role: "group", "aria-label": "Push the picture" },
    ...this.arrows,
    this.back,
  );
  box = div("draw-push", this.canvas, this.pad);

  constructor({ pushed }) {
    this.pushed = pushed;
    onKeys(this.box, (event) => this.press(event));
    onDrag(
      this.canvas,
      (event) => this.grip(event),
      (event) => this.drag(event),
    );
  }

  /** Let it be moved, or not; then it lies in the middle. */
  enable(possible) {
    this.possible = possible;
    if (!possible) this.x = this.y = 0;
    for (const arrow of this.arrows) allow(arrow, possible);
    allow(this.back, this.x || this.y);
  }

  to(x, y) {
    [x, y] = [clamp(x, -REACH, REACH), clamp(y, -REACH, REACH)];
    if (!this.possible || (x === this.x && y === this.y)) return;
    Object.assign(this, { x, y });
    this.pushed();
  }

  press(event) {
    const way = Object.values(WAYS).find(({ key }) => key === event.key);
    if (way) this.to(this.x + way.x, this.y + way.y);
    else if (event.key === "Escape") this.to(0, 0);
    else return;
    event.preventDefault();
  }

  grip(event) {
    this.canvas.focus({ preventScroll: true });
    this.gripped = { left: event.clientX, top: event.clientY, x: this.x, y: this.y };
  }

  drag(event) {
    const { left, top, x, y } = this.gripped;
    const pixel = this.canvas.getBoundingClientRect().width / 28;
    this.to(x + Math.round((event.clientX - left) / pixel), y + Math.round((event.clientY - top) / pixel));
  }

  /** How far it was moved, "" if it was not: "Pushed by 3 to the right, 1 down." */
  words() {
    const parts = [
      this.x && `${Math.abs(this.x)} to the ${this.x > 0 ? "right" : "left"}`,
      this.y && `${Math.abs(this.y)} ${this.y > 0 ? "down" : "up"}`,
    ].filter(Boolean);
    return parts.length ? `Pushed by ${parts.join(", ")}.` : "";
  }
}
