"""A faster network: ReLU layers with biases, softmax cross-entropy, momentum. Chapter 10."""

import numpy as np
from scipy.linalg import get_blas_funcs

from mnistlib._checks import as_count, as_floats, as_number, as_rng
from mnistlib.losses import softmax_cross_entropy


class MLP:
    """A multilayer perceptron: sizes[0] inputs, hidden layers of rectified linear units, sizes[-1] scores.

    sizes : whole numbers from 1 up, at least two: (784, 100, 10)
    rng : numpy.random.Generator or seed, for the first weights
    dtype : numpy.float32 to train, numpy.float64 to check slopes

    weights : list of arrays (outputs, inputs); biases : list of arrays (outputs,)
    The first weights have the variance 2/inputs (He, Zhang, Ren and Sun, 2015), the biases are 0.
    """

    def __init__(self, sizes, *, rng=None, dtype=np.float32):
        self.sizes = [as_count("sizes", size) for size in sizes]
        if len(self.sizes) < 2:
            raise ValueError(f"sizes: received {list(sizes)}, expected at least inputs and outputs")
        rng = as_rng("rng", rng)
        self.weights = [rng.normal(0, (2 / d) ** 0.5, (k, d)).astype(dtype)
                        for d, k in zip(self.sizes, self.sizes[1:])]
        self.biases = [np.zeros(k, dtype) for k in self.sizes[1:]]
        self._velocity = [np.zeros_like(p) for p in (*self.weights, *self.biases)]

    def scores(self, X):
        """X : (N, D) floats; returns (N, K), the higher the likelier."""
        H = self._inputs(X)
        for W, b in zip(self.weights[:-1], self.biases):
            H = H @ W.T
            H += b
            np.maximum(H, 0, out=H)
        return H @ self.weights[-1].T + self.biases[-1]

    def gradients(self, X, y):
        """The plain way: (loss, d_weights, d_biases), mean over the rows. `step` computes the same.

        X : (N, D) floats; y : (N,) integer labels
        """
        layers = [self._inputs(X)]
        for W, b in zip(self.weights[:-1], self.biases):
            layers.append(np.maximum(layers[-1] @ W.T + b, 0))
        loss, blame = softmax_cross_entropy(layers[-1] @ self.weights[-1].T + self.biases[-1], y)
        d_weights, d_biases = [], []
        for W, H in zip(reversed(self.weights), reversed(layers)):
            d_weights.insert(0, blame.T @ H)
            d_biases.insert(0, blame.sum(axis=0))
            blame = (blame @ W) * (H > 0)  # at the inputs this is not needed, and not used
        return loss, d_weights, d_biases

    def step(self, X, y, learning_rate, *, momentum=0.0, decay=0.0):
        """One step of gradient descent with momentum; returns the loss before it.

        X : (N, D) floats; y : (N,) integer labels
        learning_rate : above 0; momentum : 0 to 1; decay : λ' of the slope λ'W that pulls weights to 0
        velocity = momentum · velocity + gradient + decay · W; W = W - learning_rate · velocity
        (Polyak, 1964; as torch.optim.SGD). Weights do not change if an argument is refused.
        """
        X, (rate, momentum, decay) = self._inputs(X), self._checked(learning_rate, momentum, decay)
        gemm, axpy = get_blas_funcs(("gemm", "axpy"), dtype=X.dtype)
        layers = self._forward(X, gemm)
        loss, blame = softmax_cross_entropy(layers[-1], y)  # which refuses wrong labels
        count = len(self.weights)
        for i in reversed(range(count)):
            W, H = self.weights[i], layers[i]
            v_W, v_b = self._velocity[i], self._velocity[count + i]
            below = None
            if i:  # with the old weights, before they move
                below = gemm(1, W.T, blame.T).T
                below *= H > 0
            # BLAS writes momentum · velocity + gradient into the velocity: no gradient is ever stored.
            gemm(1, H.T, blame.T, momentum, v_W.T, trans_b=True, overwrite_c=True)
            v_b *= momentum
            v_b += blame.sum(axis=0)
            if decay:
                axpy(W.ravel(), v_W.ravel(), a=decay)
            axpy(v_W.ravel(), W.ravel(), a=-rate)
            self.biases[i] -= rate * v_b
            blame = below
        return loss

    def _forward(self, X, gemm):
        """Inputs, the hidden layers, the scores. A row-major array transposed is what BLAS calls one."""
        layers = [X]
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            Z = np.empty((len(X), len(b)), X.dtype)
            Z[:] = b
            gemm(1, W.T, layers[-1].T, 1, Z.T, trans_a=True, overwrite_c=True)
            layers.append(np.maximum(Z, 0, out=Z) if i < len(self.weights) - 1 else Z)
        return layers

    def _inputs(self, X):
        dtype = self.weights[0].dtype
        return np.ascontiguousarray(as_floats("X", X, ("N", self.sizes[0])), dtype)

    @staticmethod
    def _checked(learning_rate, momentum, decay):
        momentum = as_number("momentum", momentum)
        if momentum >= 1:
            raise ValueError(f"momentum: received {momentum:g}, expected 0 or more and less than 1")
        return as_number("learning_rate", learning_rate), momentum, as_number("decay", decay)
