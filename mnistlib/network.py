"""A network with one hidden layer, trained by backpropagation. Chapters 7 to 9."""

import numpy as np
from scipy.linalg import blas
from scipy.special import expit

from mnistlib._checks import as_count, as_number, as_pixels, as_rng

RULES = ("article", "squared_error", "cross_entropy")


class NeuralNetwork:
    """The article's network: inputs, hidden sigmoids, output sigmoids, no biases.

    input_nodes D, hidden_nodes H, output_nodes K : whole numbers from 1 up
    learning_rate : above 0
    rule : which slope of the outputs a training step follows
        "article"        the article's update to the letter (no gradient of one loss)
        "squared_error"  the gradient of ½‖t - o‖²
        "cross_entropy"  the gradient of binary cross-entropy, summed over the outputs
    rng : numpy.random.Generator or seed, for the first weights

    wih (H, D) and who (K, H) are the weights, float64 at first. The network computes
    in their dtype: assign them as float32 to train in float32.
    Derived in the chapters "The forward pass" and "Backpropagation"; the class is
    Rashid (2016), the two other rules Rumelhart, Hinton and Williams (1986).
    """

    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate,
                 *, rule="article", rng=None):
        self.input_nodes = as_count("input_nodes", input_nodes)
        self.hidden_nodes = as_count("hidden_nodes", hidden_nodes)
        self.output_nodes = as_count("output_nodes", output_nodes)
        self.learning_rate = as_number("learning_rate", learning_rate, np.finfo(float).tiny)
        if rule not in RULES:
            raise ValueError(f"rule: received {rule!r}, expected one of {', '.join(RULES)}")
        self.rule = rule
        rng = as_rng("rng", rng)
        # Scaled as the article scales them: by the nodes that the arrows lead to.
        self.wih = np.asfortranarray(rng.normal(0.0, hidden_nodes**-0.5, (hidden_nodes, input_nodes)))
        self.who = rng.normal(0.0, output_nodes**-0.5, (output_nodes, hidden_nodes))

    def query(self, inputs):
        """The outputs for one sample or many: the forward pass.

        inputs : (D,) or (N, D) floats in [0, 1]
        returns  outputs : (K,) or (N, K), each in (0, 1)
        """
        return self._forward(self._inputs(inputs))[1]

    def train(self, inputs, targets):
        """One step down: the weights move by learning_rate against `gradients`.

        inputs : (D,) or (N, D) floats in [0, 1]; targets : (K,) or (N, K) in [0, 1]
        For many rows the step is the mean of their single steps.
        """
        X, T = self._samples(inputs, targets)
        if X.ndim == 1:
            self._train_one(X, T)
        else:
            self._train_many(X, T)

    def _train_many(self, X, T):
        H, O = self._forward(X)
        to_hidden, to_who = self._blame(H, O, T)
        self.wih -= self.learning_rate * (X.T @ to_hidden).T
        self.who -= self.learning_rate * (to_who.T @ H)

    def _train_one(self, x, t):
        """The same for one sample. White pixels move no weight, so only those of the ink are touched."""
        gemv, ger = (blas.sgemv, blas.sger) if x.dtype.char == "f" else (blas.dgemv, blas.dger)
        seen = (x != 0).nonzero()[0]
        if not len(seen):  # nothing for BLAS to do, which it would not take
            return self._train_many(x[None], t[None])
        ink, W = x[seen], self.wih.T.take(seen, 0)
        H = expit(gemv(1, W.T, ink))
        O = expit(self.who @ H)
        to_hidden, to_who = self._blame(H, O, t)
        # BLAS subtracts all products in place: no array of them is made.
        ger(-self.learning_rate, to_hidden, ink, a=W.T, overwrite_a=1)
        self.wih.T[seen] = W
        self.who = ger(-self.learning_rate, H, to_who, a=self.who.T, overwrite_a=self.who.flags.writeable).T

    def gradients(self, inputs, targets):
        """What `train` goes against: the slope in the weights, mean over the rows.

        inputs : (D,) or (N, D) floats in [0, 1]; targets : (K,) or (N, K) in [0, 1]
        returns  d_wih : (H, D), d_who : (K, H)
        For rule "article" this is the article's update, and no gradient.
        """
        X, T = map(np.atleast_2d, self._samples(inputs, targets))
        H, O = self._forward(X)
        to_hidden, to_who = self._blame(H, O, T)
        return to_hidden.T @ X, to_who.T @ H

    def _blame(self, H, O, T):
        """The hidden values, and the loss's slope in what goes into each hidden and each output node."""
        d_outputs = O - T  # the slope of ½‖t - o‖²
        if T.ndim == 2:
            d_outputs /= len(T)  # a mean over the rows
        # The output sigmoid's slope: o (1 - o). Cross-entropy cancels it in both layers,
        # the article leaves it out on the way back to the hidden layer only.
        to_who = d_outputs if self.rule == "cross_entropy" else d_outputs * O * (1 - O)
        back = to_who if self.rule == "squared_error" else d_outputs
        to_hidden = (back @ self.who) * H * (1 - H)  # chain rule, sigmoid' = H (1 - H)
        return to_hidden, to_who

    def _forward(self, X):
        H = expit(X @ self.wih.T)
        return H, expit(H @ self.who.T)

    def _inputs(self, inputs):
        X = as_pixels("inputs", inputs, (self.input_nodes,), ("N", self.input_nodes))
        return X.astype(self.wih.dtype, copy=False)

    def _samples(self, inputs, targets):
        X = self._inputs(inputs)
        T = as_pixels("targets", targets, (*X.shape[:-1], self.output_nodes))
        return X, T.astype(X.dtype, copy=False)
