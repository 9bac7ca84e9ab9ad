"""NeuralNetwork and MLP again, faster and harder to read. The same numbers up to rounding, the same use.

A step consists of a few matrix products. Here BLAS is called directly and adds them to the weights in
place, and `gemm` takes the place of `ger`: OpenBLAS splits `ger` between threads from a few thousand
numbers up, and then waits for a core that may be busy with something else, but `gemm` only from a few
hundred thousand. The rest is inherited.
"""

import numpy as np
from scipy.linalg import blas
from scipy.special import expit

from mnistlib.losses import softmax_cross_entropy
from mnistlib.mlp import MLP, step_settings
from mnistlib.network import NeuralNetwork


class FastNeuralNetwork(NeuralNetwork):
    """NeuralNetwork whose single steps skip the weights of the pixels that are 0, if most of them are."""

    _layout_of_wih = "F"  # the weights of a pixel are next to one another

    def train(self, inputs, targets):
        """One step, as in NeuralNetwork."""
        X, T = self._samples(inputs, targets)
        if len(X) > 1:
            return super().train(X, T)
        gemm = blas.sgemm if self.dtype.char == "f" else blas.dgemm
        x, W, who = X[0], self.wih.T, self.who
        ink = x.astype(bool).nonzero()[0]
        partly = 2 * len(ink) < len(x)  # white pixels move no weights, but copying the others has its price
        if partly:
            x, W = x[ink], W.take(ink, 0)
        h = expit(np.dot(x, W))
        o = expit(np.dot(who, h))
        delta_h, delta_o = self._deltas_of_one(h, o, T[0])
        if len(ink):
            gemm(-self.learning_rate, delta_h[:, None], x[None], 1, W.T, overwrite_c=1)
        if partly:
            row = f"V{W.strides[0]}"  # a pixel's weights as a single item, so that they are copied in one go
            self.wih.T.view(row).put(ink, W.view(row))
        gemm(-self.learning_rate, h[:, None], delta_o[None], 1, who.T, overwrite_c=1)

    def _deltas_of_one(self, h, o, t):
        """The error signals, as `_deltas`, of one sample: (H,) and (K,)."""
        d = o - t
        delta_o = d if self.rule == "cross_entropy" else d * o * (1 - o)
        return np.dot(delta_o if self.rule == "squared_error" else d, self.who) * h * (1 - h), delta_o


class FastMLP(MLP):
    """MLP whose steps store no gradient: BLAS adds it to the velocity."""

    def step(self, X, y, learning_rate, *, momentum=0.0, decay=0.0):
        """One step of gradient descent with momentum, as in MLP; returns the loss before it."""
        rate, momentum, decay = step_settings(learning_rate, momentum, decay)
        layers, y = self._samples(X, y)
        gemm, axpy = (blas.sgemm, blas.saxpy) if self.dtype.char == "f" else (blas.dgemm, blas.daxpy)
        loss, delta = softmax_cross_entropy(layers[-1], y)
        count = len(self.weights)
        for i in reversed(range(count)):
            W, b, H = self.weights[i], self.biases[i], layers[i]
            v_W, v_b = self.velocity[i], self.velocity[count + i]
            below = None
            if i:  # with the old weights, before they move
                below = gemm(1, W.T, delta.T).T
                below *= H > 0
            # momentum · velocity + gradient goes into the velocity: no gradient is ever stored.
            gemm(1, H.T, delta.T, momentum, v_W.T, trans_b=True, overwrite_c=True)
            v_b *= momentum
            v_b += delta.sum(axis=0)
            if decay:
                axpy(W.ravel(), v_W.ravel(), a=decay)
            axpy(v_W.ravel(), W.ravel(), a=-rate)
            b -= rate * v_b
            delta = below
        return loss

    def _forward(self, X):
        """Inputs, hidden layers, scores. f2py copies arrays in C order, so it gets the transposed views."""
        gemm, layers = blas.sgemm if self.dtype.char == "f" else blas.dgemm, [np.ascontiguousarray(X)]
        for W, b in zip(self.weights, self.biases):
            Z = np.empty((len(X), len(b)), self.dtype)
            Z[:] = b
            gemm(1, W.T, layers[-1].T, 1, Z.T, trans_a=True, overwrite_c=True)
            layers.append(np.maximum(Z, 0, out=Z) if len(layers) < len(self.weights) else Z)
        return self._checked(layers)
