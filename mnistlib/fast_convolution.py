"""The convolutional network again, faster and harder to read. Same numbers, same use; the rest is inherited.

The channels and the pictures of a batch are the last two axes of every array here: (rows, columns, channels,
pictures). What one row of a kernel sees then lies in one piece, and matmul takes it as it stands: no window
is copied. Only the first layer, with a single channel, would have too short pieces; it gets the rows under
the kernel as channels. ReLU comes after pooling, on a quarter of the numbers, which changes nothing.

These products are so small that BLAS shares none of them between threads. Instead the batch is cut into
shares of 50 pictures, and each core takes one after the other. The sums are taken in order of the shares:
the result does not depend on the number of cores. OMP_NUM_THREADS or OPENBLAS_NUM_THREADS bounds it.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mnistlib.convolution import SIDE, ConvNet
from mnistlib.losses import softmax_cross_entropy

SHARE = 50  # pictures


class FastConvNet(ConvNet):
    """ConvNet whose arrays are laid out for speed, and kept from step to step.

    Kept are 50,000 numbers for each picture of the largest batch so far: 20 MB for 100 in 32 bits.
    So two threads must not use the same network at once.
    """

    def __init__(self, *args, **options):
        vars(self).update(_shares={})
        super().__init__(*args, **options)

    def gradients(self, X, y):
        """The loss and its slopes, as ConvNet's."""
        layers, y = self._samples(X, y)
        loss, delta = softmax_cross_entropy(layers[-1], y)
        count, delta = len(self.channels), delta.T
        d_weights, d_biases = [], []
        for W, rows in zip(reversed(self.weights[count:]), reversed(layers[:-1])):
            d_weights.insert(0, delta @ rows.T)
            d_biases.insert(0, delta.sum(axis=1))
            delta = W.T @ delta
            delta *= rows > 0
        kernels, shares = self._kernels(), self._cut(len(X))
        parts = _each(lambda rows, share: share.backward(delta[:, rows], kernels), shares)
        kernel_slopes, bias_slopes = (list(map(sum, zip(*part))) for part in zip(*parts))
        kernel_slopes = [_as_weights(d, W.shape) for d, W in zip(kernel_slopes, self.weights)]
        return loss, kernel_slopes + d_weights, bias_slopes + d_biases

    def _forward(self, X):
        """What the layers after the convolutions read, (units, N), and the scores."""
        features, kernels = np.empty((self.sizes[-3], len(X)), self.dtype), self._kernels()

        def fill(rows, share):
            features[:, rows] = share.forward(X[rows], kernels, self.biases)

        _each(fill, self._cut(len(X)))
        hidden = np.maximum(self.weights[-2] @ features + self.biases[-2][:, None], 0)
        scores = self.weights[-1] @ hidden + self.biases[-1][:, None]
        return self._checked([features, hidden, scores.T])

    def _kernels(self):
        """The weights of each convolution as (rows of the kernel, channels, columns · channels before)."""
        found = []
        for W in self.weights[: len(self.channels)]:
            W = W if found else W.swapaxes(1, 2)  # in the first, the kernel's rows are channels
            found.append(np.ascontiguousarray(W.transpose(2, 0, 3, 1)).reshape(W.shape[2], len(W), -1))
        return found

    def _cut(self, count):
        """(rows, the arrays for them) of each share of so many pictures."""
        cut = [slice(start, min(start + SHARE, count)) for start in range(0, count, SHARE)]
        for rows in cut:
            if len(self._shares.get(rows.start, ())) != rows.stop - rows.start:
                self._shares[rows.start] = _Share(self, rows.stop - rows.start)
        return [(rows, self._shares[rows.start]) for rows in cut]


class _Share:
    """All convolutions of a network for so many pictures, and the arrays that they need."""

    def __init__(self, net, count):
        places = (SIDE - net.kernel + 1) // 2 * 2
        self.pixels = np.empty((SIDE, SIDE, count), net.dtype)
        A, self.layers = np.empty((places, SIDE, net.kernel, count), net.dtype), []
        for channels in net.channels:
            self.layers.append(_Convolution(A, net.kernel, channels, first=not self.layers))
            A = self.layers[-1].out

    def __len__(self):
        return self.pixels.shape[-1]

    def forward(self, X, kernels, biases):
        """X : (count, 784); returns (features, count)."""
        self.pixels.reshape(-1, len(self))[:] = X.T
        A, (down, right, one) = self.layers[0].A, self.pixels.strides
        np.copyto(A, as_strided(self.pixels, A.shape, (down, right, down, one)))
        for layer, w, b in zip(self.layers, kernels, biases):
            layer.forward(w, b)
        return self.layers[-1].out.transpose(2, 0, 1, 3).reshape(-1, len(self))

    def backward(self, delta, kernels):
        """delta : (features, count), 0 where ReLU is; returns the slopes of the kernels and of the biases."""
        rows, columns, channels, count = self.layers[-1].out.shape
        delta = delta.reshape(channels, rows, columns, count).transpose(1, 2, 0, 3).copy()
        d_kernels, d_biases = [], []
        for layer, w in zip(reversed(self.layers), reversed(kernels)):
            d_biases.insert(0, delta.sum(axis=(0, 1, 3)))
            d_kernels.insert(0, layer.backward(delta))
            if layer is not self.layers[0]:  # the slope at the pixels nobody needs
                delta = layer.below(w)
        return d_kernels, d_biases


class _Convolution:
    """One convolution with pooling, for what it reads: A (rows, columns, channels before, pictures)."""

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
        """From A to out; w : as FastConvNet._kernels has them."""
        np.matmul(w[0], self.seen[0], out=self.Z)
        for one, seen in zip(w[1:], self.seen[1:]):
            self.Z += np.matmul(one, seen, out=self.more)
        np.maximum(*self.blocks[:2], out=self.upper)
        np.maximum(*self.blocks[2:], out=self.lower)
        np.maximum(self.upper, self.lower, out=self.out)
        self.out += b[:, None]
        np.maximum(self.out, 0, out=self.out)

    def backward(self, delta):
        """The slopes of w; leaves those of Z, before pooling, in Z. delta, at out, is written over."""
        below = np.multiply(delta, np.greater(self.lower, self.upper, out=self.won), out=self.lower)
        delta -= below
        for part, (first, second) in ((delta, self.blocks[:2]), (below, self.blocks[2:])):
            np.multiply(part, np.greater(second, first, out=self.won), out=second)  # first of equals wins
            np.subtract(part, second, out=first)
        across = self.more.reshape(*self.Z.shape[:2], self.Z.shape[3], -1)
        np.copyto(across, self.Z.swapaxes(2, 3))  # matmul is slow at products with a transposed array
        return np.array([np.matmul(seen, across).sum(axis=(0, 1)) for seen in self.seen])

    def below(self, w):
        """The slope at A, 0 where its ReLU is, from the one in Z."""
        slope, (channels, count) = np.zeros_like(self.A), self.A.shape[2:]
        for i, one in enumerate(w):
            for j in range(self.places):
                part = one.T @ self.Z[:, j]
                slope[i : i + self.places, j : j + self.kernel] += part.reshape(
                    self.places, self.kernel, channels, count)
        slope *= self.A > 0
        return slope


def _as_weights(d_kernels, shape):
    """Slopes (rows of the kernel, columns · channels before, channels) in the shape of the weights."""
    channels, before, kernel, _ = shape
    return d_kernels.reshape(-1, kernel, before * kernel // len(d_kernels), channels).transpose(
        3, 2, 0, 1).reshape(shape)


def _each(work, shares):
    """[work(rows, share), ...] of all shares, by as many threads as there are cores."""
    threads = _threads(os.getpid()) if len(shares) > 1 else None  # a forked process has none
    return list((threads.map if threads else map)(work, *zip(*shares)))


@lru_cache(maxsize=1)
def _threads(process):
    bound = os.environ.get("OMP_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count()
    count = min(int(bound), os.cpu_count() or 1)
    return ThreadPoolExecutor(count) if count > 1 else None
