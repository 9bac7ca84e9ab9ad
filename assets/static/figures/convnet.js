// The convolutional network of chapter 11, as mnistlib/convolution.py has it. No page needed: tests call this.
import { floats, weights } from "./core.js";
import stored from "./convolution_network.js";

/** Each a { shape, rows, biases }: a row for each kernel or unit. Shapes of kernels have four numbers. */
export const layers = stored.layers.map((layer) => ({
  shape: layer.shape,
  rows: weights(layer.weights, layer.scale),
  biases: floats(layer.biases),
}));

/**
 * What a kernel (channels, k, k) finds at each place of the maps (channels, side, side), plus a bias. The
 * innermost loop runs along a row of the map: the same weight, one place after the other.
 */
export function convolve(maps, side, kernel, k, bias) {
  const width = side - k + 1;
  const found = new Float32Array(width * width).fill(bias);
  kernel.forEach((weight, i) => {
    const [column, row, channel] = [i % k, Math.floor(i / k) % k, Math.floor(i / (k * k))];
    const first = (channel * side + row) * side + column;
    for (let y = 0; y < width; y++) {
      const from = first + y * side;
      for (let x = 0; x < width; x++) found[y * width + x] += weight * maps[from + x];
    }
  });
  return found;
}

/** ReLU, and of each block of 2 × 2 places the largest, written into `pooled` from `start` on. */
function pool(map, width, pooled, start) {
  const half = width / 2;
  for (let i = 0; i < half * half; i++) {
    const place = 2 * Math.floor(i / half) * width + 2 * (i % half);
    const block = [map[place], map[place + 1], map[place + width], map[place + width + 1]];
    pooled[start + i] = Math.max(0, ...block);
  }
}

/** A fully connected layer. */
function connect({ rows, biases }, inputs) {
  return rows.map((row, k) => row.reduce((sum, weight, i) => sum + weight * inputs[i], biases[k]));
}

export function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** For 784 pixels: { maps: after the first pooling, 16 of 12 × 12 in a row, outputs: 10 numbers, whose sum is 1 }. */
export function query(pixels) {
  let [values, side] = [pixels, 28];
  const found = [];
  for (const { shape, rows, biases } of layers.slice(0, 2)) {
    const width = side - shape[3] + 1;
    const pooled = new Float32Array((rows.length * width * width) / 4);
    rows.forEach((kernel, k) =>
      pool(convolve(values, side, kernel, shape[3], biases[k]), width, pooled, (k * width * width) / 4),
    );
    [values, side] = [pooled, width / 2];
    found.push(pooled);
  }
  const hidden = connect(layers[2], values).map((sum) => Math.max(0, sum));
  return { maps: found[0], outputs: softmax(connect(layers[3], hidden)) };
}
