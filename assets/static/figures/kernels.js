// Kernels, what they find in a picture, and one sum in words. No page needed: tests call these.
import { convolve, layers } from "./convnet.js";
import { number } from "./core.js";

export const SIDE = 28; // of the picture

/** To hundredths: so the numbers that are shown are those that are multiplied. */
export const hundredths = (value) => Math.round(value * 100) / 100;

const square = (k, weight) =>
  Array.from({ length: k * k }, (_, i) => weight(Math.floor(i / k) - (k - 1) / 2, (i % k) - (k - 1) / 2));

/** By name, for k = 3 and 5: the weights in rows, from what they are `down` and `right` of the middle. */
export const KERNELS = {
  "vertical edges": (k) => square(k, (down, right) => Math.sign(right)),
  "horizontal edges": (k) => square(k, (down) => Math.sign(down)),
  // The weights add up to 1; the middle has what is left.
  blur: (k) => (k === 3 ? square(3, (down, right) => (down || right ? 0.1 : 0.2)) : square(5, () => 0.04)),
  "one pixel": (k) => square(k, (down, right) => Number(!down && !right)),
};

/** The 16 kernels of chapter 11's network, 5 × 5, without their biases. */
export const LEARNED = layers[0].rows.map((row) => Array.from(row, hundredths));

/** A kernel with side k: cut down to its middle, or with a frame of zeros. */
export function resized(kernel, k) {
  const old = Math.sqrt(kernel.length);
  const middle = (old - 1) / 2;
  return square(k, (down, right) =>
    Math.max(Math.abs(down), Math.abs(right)) <= middle ? kernel[(down + middle) * old + right + middle] : 0,
  );
}

/** The pixels, in rows, under a kernel of side k that fills the unit `at` of its feature map. */
export function seen(pixels, k, at) {
  const side = SIDE - k + 1;
  const corner = Math.floor(at / side) * SIDE + (at % side);
  return Array.from({ length: k * k }, (_, i) => pixels[corner + Math.floor(i / k) * SIDE + (i % k)]);
}

/** What the kernel finds in the pixels under it. */
export function found(under, kernel) {
  return under.reduce((sum, pixel, i) => sum + pixel * kernel[i], 0);
}

/** The feature map, in rows. */
export function featureMap(pixels, kernel) {
  return Array.from(convolve(pixels, SIDE, kernel, Math.sqrt(kernel.length), 0));
}

/** A number with the decimals that it needs, at most two. */
export const short = (value) => number(value, 2).replace(/\.?0+$/, "");

const MOST = 9; // terms of a sum that are written out

/** "0.8 · 1 + 0.35 · (−1) = 0.45": without what is 0, and of a long sum the largest terms. No term is torn. */
export function sumInWords(under, kernel) {
  const terms = under
    .map((pixel, i) => ({ pixel, weight: kernel[i], size: Math.abs(pixel * kernel[i]) }))
    .filter(({ size }) => size > 0);
  const sum = number(found(under, kernel), 2);
  if (!terms.length) return `every product is 0, and so is the sum: ${sum}`;
  const smallest = terms.map(({ size }) => size).toSorted((a, b) => b - a)[MOST - 1] ?? 0;
  const written = terms.filter(({ size }) => size >= smallest).slice(0, MOST);
  const left = terms.length - written.length;
  return [
    written
      .map(
        ({ pixel, weight }) =>
          `${short(pixel)}\u00a0·\u00a0${weight < 0 ? `(${short(weight)})` : short(weight)}`,
      )
      .join(" + "),
    left ? ` + ${left} smaller ${left === 1 ? "term" : "terms"}` : "",
    ` =\u00a0${sum}`,
  ].join("");
}
