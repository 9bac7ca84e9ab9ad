// From a drawing to the networks' 784 numbers, and the fully connected network itself. No page needed: tests call these.
import { weights } from "./core.js";
import stored from "./network.js";

/** Ink of a square drawing's side², 0 paper to 1 ink: where it is, or null if there is none. */
export function inkBox(ink, side, paper = 0.1) {
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x] <= paper) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** A part of the drawing as a smaller picture: each pixel is the mean of the area that it covers. */
export function shrink(ink, side, box, width, height) {
  const picture = new Float32Array(width * height);
  const across = covered(box.left, box.width, width, side);
  const down = covered(box.top, box.height, height, side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [row, rowShare] of down[y]) {
        for (const [column, share] of across[x]) sum += ink[row * side + column] * share * rowShare;
      }
      picture[y * width + x] = sum;
    }
  }
  return picture;
}

/** For each of `count` pixels along an edge: the [place, share] that it covers; the shares add up to 1. */
function covered(start, length, count, side) {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * step, start + (i + 1) * step];
    const parts = [];
    for (let place = Math.floor(from); place < to - 1e-9; place++) {
      const share = (Math.min(to, place + 1) - Math.max(from, place)) / step;
      if (place >= 0 && place < side) parts.push([place, share]);
    }
    return parts;
  });
}

/** Where the ink has its centre of mass: [x, y] in pixels, from 0. */
export function centre(picture, width) {
  let [sum, x, y] = [0, 0, 0];
  picture.forEach((value, i) => {
    sum += value;
    x += value * (i % width);
    y += value * Math.floor(i / width);
  });
  return [x / sum, y / sum];
}

/**
 * As MNIST was prepared: the ink scaled into 20 × 20, then moved so that its centre of mass lies in the
 * middle of 28 × 28, which for MNIST is (14, 14). Returns 784 numbers, or null if there is no ink.
 */
export function prepare(ink, side) {
  const box = inkBox(ink, side);
  if (!box) return null;
  const factor = 20 / Math.max(box.width, box.height);
  const [width, height] = [box.width, box.height].map((edge) => Math.max(1, Math.round(edge * factor)));
  const small = shrink(ink, side, box, width, height);
  const [x, y] = centre(small, width);
  // Whole pixels, so that nothing is blurred; never beyond the edge.
  const left = Math.min(28 - width, Math.max(0, Math.round(14 - x)));
  const top = Math.min(28 - height, Math.max(0, Math.round(14 - y)));
  const picture = new Float32Array(784);
  for (let row = 0; row < height; row++) {
    picture.set(small.subarray(row * width, (row + 1) * width), (top + row) * 28 + left);
  }
  return picture;
}

/** The drawing as it stands, only smaller: what the network would see without preparation. */
export function asItStands(ink, side) {
  return shrink(ink, side, { left: 0, top: 0, width: side, height: side }, 28, 28);
}

/** The 28 × 28 pixels moved by whole pixels. What leaves the picture is lost, and paper comes in. */
export function moved(pixels, right, down) {
  return pixels.map((_, i) => {
    const [column, row] = [(i % 28) - right, Math.floor(i / 28) - down];
    const inside = column >= 0 && column < 28 && row >= 0 && row < 28;
    return inside ? pixels[row * 28 + column] : 0;
  });
}

export const wih = weights(stored.wih, stored.wihScale);
export const who = weights(stored.who, stored.whoScale);

function layer(rows, inputs) {
  return rows.map((row) => {
    let sum = 0;
    for (let i = 0; i < inputs.length; i++) sum += row[i] * inputs[i];
    return 1 / (1 + Math.exp(-sum));
  });
}

/** The forward pass of chapter 7: { hidden: 100 numbers, outputs: 10 numbers }. */
export function query(pixels) {
  const hidden = layer(wih, pixels);
  return { hidden, outputs: layer(who, hidden) };
}

/** The place of the largest. */
export function best(numbers) {
  return numbers.indexOf(Math.max(...numbers));
}
