"""A network with one hidden layer, trained by backpropagation. Chapters 7 to 9."""

import numpy as np
from scipy.special import expit, logit

from mnistlib._checks import (
    as_choice,
    as_count,
    as_dtype,
    as_inputs,
    as_number,
    as_pixels,
    as_rng,
    as_weights,
)

RULES = ("article", "squared_error", "cross_entropy")


class NeuralNetwork:
    """The article's network: inputs, hidden sigmoids, output sigmoids, no biases.

    input_nodes D, hidden_nodes H, output_nodes K : whole numbers from 1 up
    learning_rate : above 0
    rule : what a training step follows
        "article"        the article's update to the letter (not the gradient of any one loss)
        "squared_error"  the gradient of ½‖t - o‖²
        "cross_entropy"  the gradient of binary cross-entropy, summed over the outputs
    rng : numpy.random.Generator or seed, for the first weights
    dtype : numpy.float64, or numpy.float32, which is faster; everything is computed in it

    wih (H, D) and who (K, H) are the weights. They, learning_rate and rule may be assigned:
    each is checked, and weights are copied in `dtype`.
    Derived in the chapters "The forward pass" and "Backpropagation". The class follows Rashid (2016),
    "squared_error" Rumelhart, Hinton and Williams (1986), "cross_entropy" Bishop (2006), section 5.2.
    `mnistlib.fast` has a FastNeuralNetwork, which takes single steps in less time.
    """

    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate,
                 *, rule="article", rng=None, dtype=np.float64):
        vars(self).update(input_nodes=as_count("input_nodes", input_nodes),
                          hidden_nodes=as_count("hidden_nodes", hidden_nodes),
                          output_nodes=as_count("output_nodes", output_nodes),
                          dtype=as_dtype("dtype", dtype))
        self.learning_rate = learning_rate
        self.rule = rule
        rng = as_rng("rng", rng)
        # Scaled as the article scales them: by the number of nodes that the arrows lead to.
        self.wih = rng.normal(0.0, self.hidden_nodes**-0.5, (self.hidden_nodes, self.input_nodes))
        self.who = rng.normal(0.0, self.output_nodes**-0.5, (self.output_nodes, self.hidden_nodes))

    def __repr__(self):
        sizes = f"{self.input_nodes}, {self.hidden_nodes}, {self.output_nodes}, {self.learning_rate:g}"
        return f"{type(self).__name__}({sizes}, rule={self.rule!r}, dtype={self.dtype})"

    def query(self, inputs):
        """The outputs for one sample or many: the forward pass.

        inputs : (D,) or (N, D) floats in [0, 1], or standardised; raw pixels are refused
        returns  outputs : (K,) or (N, K), each in (0, 1), which rounding may take to 0 or 1
        """
        return self._forward(self._inputs(inputs))[1]

    def train(self, inputs, targets):
        """One step: the weights move by learning_rate times `gradients`, in the opposite direction.

        inputs : (D,) or (N, D), as for `query`; targets : (K,) or (N, K) in [0, 1]
        For many rows the step is the mean of their single steps.
        """
        d_wih, d_who = self.gradients(inputs, targets)
        self.wih -= self.learning_rate * d_wih
        self.who -= self.learning_rate * d_who

    def gradients(self, inputs, targets):
        """The slope in the weights, mean over the rows; `train` steps against it.

        inputs : (D,) or (N, D), as for `query`; targets : (K,) or (N, K) in [0, 1]
        returns  d_wih : (H, D), d_who : (K, H)
        For rule "article" this is the article's update, which is not a gradient.
        """
        X, T = self._samples(inputs, targets)
        H, O = self._forward(X)
        delta_hidden, delta_outputs = self._deltas(H, O, T)
        # np.dot is faster than @ for a single row.
        return np.dot(delta_hidden.T, X), np.dot(delta_outputs.T, H)

    def backquery(self, targets):
        """The network asked backwards: inputs that it might read as the targets. Chapter 9.

        targets : (K,) or (N, K), above 0 and below 1: a sigmoid reaches neither
        returns  inputs : (D,) or (N, D), the lowest of each row 0 and the highest 1; all 0.5 if all are equal
        Layer by layer, logit undoes the sigmoid, and the weights send each node's sum back along
        the arrows. The result is stretched to the range of what the layer before can put in.
        """
        T = as_pixels("targets", targets, (self.output_nodes,), ("N", self.output_nodes))
        T = T.astype(self.dtype)
        if T.min() <= 0 or T.max() >= 1:
            raise ValueError("targets: received 0 or 1, expected numbers between, such as 0.01 and 0.99")
        H = _stretched(logit(T) @ self.who, 0.01, 0.99)
        return _stretched(logit(H) @ self.wih, 0, 1)

    def _forward(self, X):
        H = expit(X @ self.wih.T)
        return H, expit(H @ self.who.T)

    def _deltas(self, H, O, T):
        """The error signals δ: the loss's slope in the sum that enters each hidden and each output node.

        H : (N, H), O : (N, K) from `_forward`; T : (N, K)
        returns  delta_hidden : (N, H), delta_outputs : (N, K), each row's share of the mean
        """
        d_outputs = (O - T) / len(T)  # the slope of ½‖t - o‖², as a mean over the rows
        # The output sigmoid's slope: o (1 - o). Cross-entropy cancels it in both layers;
        # the article leaves it out only on the way back to the hidden layer.
        delta_outputs = d_outputs if self.rule == "cross_entropy" else d_outputs * O * (1 - O)
        back = delta_outputs if self.rule == "squared_error" else d_outputs
        delta_hidden = (back @ self.who) * H * (1 - H)  # chain rule, sigmoid' = H (1 - H)
        return delta_hidden, delta_outputs

    def _inputs(self, inputs):
        X = as_inputs("inputs", inputs, (self.input_nodes,), ("N", self.input_nodes))
        return X.astype(self.dtype, copy=False)

    def _samples(self, inputs, targets):
        """Both as rows."""
        X = self._inputs(inputs)
        T = as_pixels("targets", targets, (*X.shape[:-1], self.output_nodes))
        T = T.astype(self.dtype, copy=False)
        return X.reshape(-1, self.input_nodes), T.reshape(-1, self.output_nodes)

    _layout_of_wih = "C"

    def __setattr__(self, name, value):
        """What is assigned is checked, here and only here; names other than these four are refused."""
        if name in vars(self) and value is vars(self)[name]:
            return  # the end of `net.wih -= ...`, which has changed the array itself
        if name == "wih":
            shape = self.hidden_nodes, self.input_nodes
            value = as_weights(name, value, shape, self.dtype, self._layout_of_wih)
        elif name == "who":
            value = as_weights(name, value, (self.output_nodes, self.hidden_nodes), self.dtype)
        elif name == "learning_rate":
            value = as_number(name, value, np.finfo(float).tiny)
        elif name == "rule":
            value = as_choice(name, value, RULES)
        else:
            raise AttributeError(f"{name}: received a value, but of a {type(self).__name__} only wih, who, "
                                 "learning_rate and rule can be set; expected one of them")
        super().__setattr__(name, value)


def _stretched(rows, low, high):
    """Each row stretched, in proportion, to run from `low` to `high`; the middle if all are equal."""
    least, span = rows.min(axis=-1, keepdims=True), np.ptp(rows, axis=-1, keepdims=True)
    part = np.divide(rows - least, span, out=np.full_like(rows, 0.5), where=span > 0)
    return low + (high - low) * part
