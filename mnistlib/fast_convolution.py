"""The convolutional network again, faster and harder to read. The same numbers up to rounding, same use.

The channels and the pictures of a batch are the last two axes of every array here: (rows, columns, channels,
pictures). What one row of a kernel sees is then contiguous, and matmul takes it as it is: no window is
copied. Only in the first layer, with its single channel, would the pieces be too short; it gets the rows
under the kernel as channels. ReLU comes after pooling, on a quarter of the numbers, with the same result.

The batch is cut into shares of 50 pictures, and each core takes one after another. The shares are summed in
their order, so the result does not depend on the number of cores. All products are so small that BLAS
uses no threads of its own for them; those would occupy, even while they wait, the cores that ours need.
OMP_NUM_THREADS or OPENBLAS_NUM_THREADS bounds the number of cores.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mnistlib.convolution import SIDE, ConvNet
from mnistlib.losses import softmax_cross_entropy

SHARE = 50  # pictures
SMALL = 2**18  # multiplications, up to which OpenBLAS uses one thread


class FastConvNet(ConvNet):
    """ConvNet whose arrays are laid out for speed, and kept from step to step.

    With the default sizes, it keeps 36,500 numbers for each picture of the largest batch so far: 15 MB for
    100 in 32 bits. Because of these arrays, two threads must not use the same network at once.
    """

    def __init__(self, *args, **options):
        vars(self).update(_shares={})
        super().__init__(*args, **options)

    def gradients(self, X, y):
        """The loss and its slopes, as in ConvNet."""
        layers, y = self._samples(X, y)
        loss, delta = softmax_cross_entropy(layers[-1], y)
        kernels, delta = self._kernels(), np.ascontiguousarray(delta.T)
        parts = _each(lambda rows, share: share.backward(delta[:, rows], kernels, self.weights),
                      self._cut(len(X)))
        slopes, d_biases = (list(map(sum, zip(*part))) for part in zip(*parts))
        return loss, [_as_weights(d, W.shape) for d, W in zip(slopes, self.weights)], d_biases

    def _forward(self, X):
        """Only the scores; the shares keep what the backward pass needs."""
        kernels, scores = self._kernels(), np.empty((len(X), self.sizes[-1]), self.dtype)

        def fill(rows, share):
            scores[rows] = share.forward(X[rows], kernels, self.weights, self.biases).T

        _each(fill, self._cut(len(X)))
        return self._checked([scores])

    def _kernels(self):
        """The weights of each convolution as (rows of the kernel, channels, columns · channels before)."""
        found = []
        for W in self.weights[: len(self.channels)]:
            W = W if found else W.swapaxes(1, 2)  # in the first, the kernel's rows are channels
            found.append(np.ascontiguousarray(W.transpose(2, 0, 3, 1)).reshape(W.shape[2], len(W), -1))
        return found

    def _cut(self, count):
        """For each share of `count` pictures: (rows, the arrays for them)."""
        cut = [slice(start, min(start + SHARE, count)) for start in range(0, count, SHARE)]
        for rows in cut:
            if len(self._shares.get(rows.start, ())) != rows.stop - rows.start:
                self._shares[rows.start] = _Share(self, rows.stop - rows.start)
        return [(rows, self._shares[rows.start]) for rows in cut]


class _Share:
    """A network's layers for `count` pictures, and the arrays that they need."""

    def __init__(self, net, count):
        places = (SIDE - net.kernel + 1) // 2 * 2
        self.pixels = np.empty((SIDE, SIDE, count), net.dtype)
        A, self.layers = np.empty((places, SIDE, net.kernel, count), net.dtype), []
        for channels in net.channels:
            self.layers.append(_Convolution(A, net.kernel, channels, first=not self.layers))
            A = self.layers[-1].out

    def __len__(self):
        return self.pixels.shape[-1]

    def forward(self, X, kernels, weights, biases):
        """X : (count, 784); returns the scores (10, count)."""
        self.pixels.reshape(-1, len(self))[:] = X.T
        A, (down, right, one) = self.layers[0].A, self.pixels.strides
        np.copyto(A, as_strided(self.pixels, A.shape, (down, right, down, one)))
        for layer, w, b in zip(self.layers, kernels, biases):
            layer.forward(w, b)
        self.features = self.layers[-1].out.transpose(2, 0, 1, 3).reshape(-1, len(self))
        self.hidden = _product(weights[-2], self.features)
        self.hidden += biases[-2][:, None]
        np.maximum(self.hidden, 0, out=self.hidden)
        return _product(weights[-1], self.hidden) + biases[-1][:, None]

    def backward(self, delta, kernels, weights):
        """delta : (10, count), at the scores; returns the slopes of weights and biases."""
        slopes, d_biases = [], []
        for W, rows in zip(weights[:-3:-1], (self.hidden, self.features)):
            slopes.insert(0, _product(delta, np.ascontiguousarray(rows.T)))
            d_biases.insert(0, delta.sum(axis=1))
            delta = _product(np.ascontiguousarray(W.T), delta)
            delta *= rows > 0
        rows, columns, channels, count = self.layers[-1].out.shape
        delta = delta.reshape(channels, rows, columns, count).transpose(1, 2, 0, 3).copy()
        for layer, w in zip(reversed(self.layers), reversed(kernels)):
            d_biases.insert(0, delta.sum(axis=(0, 1, 3)))
            slopes.insert(0, layer.backward(delta))
            if layer is not self.layers[0]:  # nobody needs the slope at the pixels
                delta = layer.below(w)
        return slopes, d_biases


class _Convolution:
    """One convolution with pooling. A : its input, (rows, columns, channels before, pictures)."""

    def __init__(self, A, kernel, channels, first):
        side = (A.shape[1] - kernel + 1) // 2
        self.A, self.kernel, self.places = A, kernel, 2 * side
        kernel_rows = 1 if first else kernel
        # What one row of the kernel sees, at every place of a row.
        seen = as_strided(A, (len(A), 2 * side, kernel * A.shape[2], A.shape[3]), A.strides)
        self.seen = [seen[i : i + 2 * side] for i in range(kernel_rows)]
        self.Z, self.more = np.empty((2, 2 * side, 2 * side, channels, A.shape[3]), A.dtype)
        self.blocks = [self.Z[i::2, j::2] for i in (0, 1) for j in (0, 1)]
        self.upper, self.lower, self.out = np.empty((3, side, side, *self.Z.shape[2:]), A.dtype)
        self.won = np.empty(self.out.shape, bool)

    def forward(self, w, b):
        """From A to out; w : its weights, laid out by FastConvNet._kernels."""
        _product(w[0], self.seen[0], self.Z)
        for one, seen in zip(w[1:], self.seen[1:]):
            self.Z += _product(one, seen, self.more)
        np.maximum(*self.blocks[:2], out=self.upper)
        np.maximum(*self.blocks[2:], out=self.lower)
        np.maximum(self.upper, self.lower, out=self.out)
        self.out += b[:, None]
        np.maximum(self.out, 0, out=self.out)

    def backward(self, delta):
        """The slopes of w; leaves those of Z, before pooling, in Z. delta, at out, is overwritten."""
        below = np.multiply(delta, np.greater(self.lower, self.upper, out=self.won), out=self.lower)
        delta -= below
        for part, (first, second) in ((delta, self.blocks[:2]), (below, self.blocks[2:])):
            np.multiply(part, np.greater(second, first, out=self.won), out=second)  # first of equals wins
            np.subtract(part, second, out=first)
        across = self.more.reshape(*self.Z.shape[:2], self.Z.shape[3], -1)
        np.copyto(across, self.Z.swapaxes(2, 3))  # matmul is slow with a transposed array
        return np.array([_product(seen, across).sum(axis=(0, 1)) for seen in self.seen])

    def below(self, w):
        """The slope at A, 0 where its ReLU is, from the one in Z."""
        slope, (channels, count) = np.zeros_like(self.A), self.A.shape[2:]
        for i, one in enumerate(w):
            for j in range(self.places):
                part = _product(one.T, self.Z[:, j])
                slope[i : i + self.places, j : j + self.kernel] += part.reshape(
                    self.places, self.kernel, channels, count)
        slope *= self.A > 0
        return slope


def _product(A, B, out=None):
    """np.matmul(A, B, out=out), cut into products of at most SMALL multiplications."""
    rows = max(1, SMALL // (B.shape[-2] * B.shape[-1]))
    if A.shape[-2] <= rows:
        return np.matmul(A, B, out=out)
    if out is None:
        front = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
        out = np.empty((*front, A.shape[-2], B.shape[-1]), A.dtype)
    for i in range(0, A.shape[-2], rows):
        np.matmul(A[..., i : i + rows, :], B, out=out[..., i : i + rows, :])
    return out


def _as_weights(slopes, shape):
    """Slopes of kernels, (rows, columns · channels before, channels), in the shape of the weights."""
    if len(shape) == 2:
        return slopes
    channels, before, kernel, _ = shape
    return slopes.reshape(-1, kernel, before * kernel // len(slopes), channels).transpose(
        3, 2, 0, 1).reshape(shape)


def _each(work, shares):
    """[work(rows, share), ...] for all shares, by as many threads as there are cores."""
    threads = _threads(os.getpid()) if len(shares) > 1 else None  # its own: a forked process inherits none
    return list((threads.map if threads else map)(work, *zip(*shares)))


@lru_cache(maxsize=1)
def _threads(process):
    bound = os.environ.get("OMP_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count()
    count = min(int(str(bound).partition(",")[0]), os.cpu_count() or 1)
    return ThreadPoolExecutor(count) if count > 1 else None
