"""A convolutional network: one small kernel of weights looks at every place of a picture. Chapter 11."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mnistlib._checks import as_a, as_count, as_dtype, as_floats, as_rng
from mnistlib.losses import softmax_cross_entropy
from mnistlib.mlp import MLP

SIDE = 28
AT_ONCE = 200  # pictures whose scores are computed together


def windows(pictures, kernel):
    """All windows of the pictures, one for each place of the kernel, each flattened into a row.

    pictures : (N, C, H, W) floats; kernel : side of the kernel, at most H and W
    returns  (N, H - kernel + 1, W - kernel + 1, C · kernel²), a copy: each window has its own numbers
    A convolution is the product of these rows and the kernels: windows @ kernels.reshape(K, -1).T
    """
    pictures = as_floats("pictures", pictures, ("N", "C", "H", "W"))
    kernel = as_count("kernel", kernel, maximum=min(pictures.shape[2:]))
    return _windows(pictures, kernel)


class ConvNet(MLP):
    """Convolutions, each with ReLU and 2 × 2 max pooling, then hidden units and 10 scores, for (N, 784).

    channels : how many kernels each convolution has, one number or more; hidden : units of the layer after
    kernel : side of a kernel, which never leaves the picture ("valid"): 28 -> 24, pooled 12 -> 8, pooled 4
    rng : numpy.random.Generator or seed, for the first weights
    dtype : numpy.float32 to train, numpy.float64 to check slopes; everything is computed in it

    weights : tuple of arrays (channels, channels before, kernel, kernel), then (outputs, inputs) as an MLP's;
    the hidden units read (channels, rows, columns), flattened. biases, velocity, sizes, the first weights
    and what may be assigned are as in MLP. (16, 32), hidden=128 make 80,202 weights and biases.
    `gradients` and `step` hold the windows of all rows, 40,000 numbers a picture, and as many others: 33 MB
    for 100 in 32 bits; `scores` takes 200 at a time, 48 MB. LeCun, Bottou, Bengio and Haffner (1998).
    `mnistlib.fast_convolution` has a FastConvNet, which takes the same steps in less time.
    """

    def __init__(self, channels=(16, 32), hidden=128, kernel=5, *, rng=None, dtype=np.float32):
        channels = tuple(as_count("channels", one) for one in as_a("channels", channels, (list, tuple)))
        if not channels:
            raise ValueError("channels: received none, expected at least one number")
        kernel, sides = as_count("kernel", kernel), [SIDE]
        for _ in channels:
            sides.append((sides[-1] - kernel + 1) // 2)
        if sides[-1] < 1:
            raise ValueError(f"kernel: received {kernel}, expected a smaller one: {len(channels)} such "
                             f"convolutions leave nothing of {SIDE} × {SIDE} pixels")
        maps = [count * side**2 for count, side in zip((1, *channels), sides)]
        vars(self).update(channels=channels, hidden=as_count("hidden", hidden), kernel=kernel,
                          dtype=as_dtype("dtype", dtype))
        vars(self).update(sizes=(*maps, self.hidden, 10))
        self._begin(as_rng("rng", rng))

    def __repr__(self):
        return (f"{type(self).__name__}({self.channels}, hidden={self.hidden}, kernel={self.kernel}, "
                f"dtype={self.dtype})")

    def maps(self, X):
        """Each convolution's pooled output for X (N, 784): a list of (N, channels, rows, columns) ≥ 0."""
        layers = ConvNet._forward(self, self._inputs(X))  # FastConvNet keeps them in another order
        return [layer[2] for layer in layers[: len(self.channels)]]

    def scores(self, X):
        """The forward pass. X : (N, 784) floats, as for `step`; returns (N, 10), the higher the likelier."""
        X = self._inputs(X)
        return np.concatenate([self._forward(X[i : i + AT_ONCE])[-1] for i in range(0, len(X), AT_ONCE)])

    def gradients(self, X, y):
        """The loss and its slopes, mean over the rows.

        X : (N, 784) floats; y : (N,) integer labels
        returns  loss : float, in nats; d_weights, d_biases : lists of arrays, shaped as weights and biases
        """
        layers, y = self._samples(X, y)
        loss, delta = softmax_cross_entropy(layers[-1], y)
        d_weights, d_biases = [], []
        for W, layer in zip(reversed(self.weights), reversed(layers[:-1])):
            rows = layer
            if W.ndim == 4:
                rows, winner, pooled = layer
                delta = delta.reshape(pooled.shape) * (pooled > 0)
                delta = _unpool(delta, winner, rows.shape[1:3]).transpose(0, 2, 3, 1)
            flat = delta.reshape(-1, len(W))  # in a convolution every place is a row, and adds to the slope
            d_weights.insert(0, (flat.T @ rows.reshape(len(flat), -1)).reshape(W.shape))
            d_biases.insert(0, flat.sum(axis=0))
            if W.ndim == 2:
                delta = (flat @ W) * (rows > 0)
            elif len(d_weights) < len(self.weights):  # nobody needs the slope at the pixels
                delta = _add_windows(flat @ W.reshape(len(W), -1), rows.shape[:3], W.shape[1:])
        return loss, d_weights, d_biases

    def _forward(self, X):
        """What each layer keeps: a convolution (windows, winners, output), others input; then the scores."""
        A, layers = X.reshape(-1, 1, SIDE, SIDE), []
        for W, b in zip(self.weights, self.biases):
            if W.ndim == 4:
                rows = _windows(A, self.kernel)
                Z = rows @ W.reshape(len(W), -1).T + b
                A, winner = _max_pool(np.maximum(Z, 0, out=Z).transpose(0, 3, 1, 2))
                layers.append((rows, winner, A))
            else:
                layers.append(A.reshape(len(X), -1))
                Z = layers[-1] @ W.T + b
                A = np.maximum(Z, 0)
        return self._checked([*layers, Z])

    def _shapes(self):
        """The shapes of the weights, layer by layer."""
        counts = (1, *self.channels)
        kernels = [(k, c, self.kernel, self.kernel) for c, k in zip(counts, self.channels)]
        return kernels + list(zip(self.sizes[-2:], self.sizes[-3:]))


def _windows(pictures, kernel):
    view = sliding_window_view(pictures, (kernel, kernel), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    return view.reshape(*view.shape[:3], -1)


def _add_windows(rows, places, shape):
    """The way back from windows to pictures: a pixel gets the sum over all windows that it is in."""
    (count, down, right), (channels, kernel, _) = places, shape
    rows = rows.reshape(count, down, right, *shape)
    pictures = np.zeros((count, channels, down + kernel - 1, right + kernel - 1), rows.dtype)
    for i in range(kernel):
        for j in range(kernel):
            pictures[:, :, i : i + down, j : j + right] += rows[..., i, j].transpose(0, 3, 1, 2)
    return pictures


def _max_pool(maps):
    """The largest of each 2 × 2 block, and its place there, 0 1 / 2 3; of equals, the first."""
    n, c, h, w = maps.shape
    blocks = maps[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2)
    blocks = blocks.swapaxes(3, 4).reshape(n, c, h // 2, w // 2, 4)
    return blocks.max(axis=-1), blocks.argmax(axis=-1)


def _unpool(slopes, winner, sides):
    """The way back: the winner gets the slope, the other three get 0."""
    n, c, h, w = slopes.shape
    blocks = np.where(winner[..., None] == np.arange(4), slopes[..., None], 0).reshape(n, c, h, w, 2, 2)
    maps = np.zeros((n, c, *sides), slopes.dtype)
    maps[:, :, : 2 * h, : 2 * w] = blocks.swapaxes(3, 4).reshape(n, c, 2 * h, 2 * w)
    return maps
