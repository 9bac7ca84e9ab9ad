"""A network with one hidden layer, trained by backpropagation. Chapters 7 to 9."""

import numpy as np
from scipy.special import expit

from mnistlib._checks import as_count, as_number, as_pixels, as_rng
from mnistlib.losses import squared_error

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
        self.wih = rng.normal(0.0, hidden_nodes**-0.5, (hidden_nodes, input_nodes))
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
        d_wih, d_who = self.gradients(inputs, targets)
        self.wih -= self.learning_rate * d_wih
        self.who -= self.learning_rate * d_who

    def gradients(self, inputs, targets):
        """What `train` goes against: the slope in the weights, mean over the rows.

        inputs : (D,) or (N, D) floats in [0, 1]; targets : (K,) or (N, K) in [0, 1]
        returns  d_wih : (H, D), d_who : (K, H)
        For rule "article" this is the article's update, and no gradient.
        """
        X = np.atleast_2d(self._inputs(inputs))
        T = np.atleast_2d(as_pixels("targets", targets, self._like(inputs, self.output_nodes)))
        H, O = self._forward(X)
        d_outputs = squared_error(O, T.astype(O.dtype, copy=False))[1]  # (o - t) / N
        # The output sigmoid's slope: o (1 - o). Cross-entropy cancels it in both layers,
        # the article leaves it out on the way back to the hidden layer only.
        to_who = d_outputs if self.rule == "cross_entropy" else d_outputs * O * (1 - O)
        to_hidden = to_who if self.rule == "squared_error" else d_outputs
        d_hidden = (to_hidden @ self.who) * H * (1 - H)  # chain rule, sigmoid' = H (1 - H)
        return d_hidden.T @ X, to_who.T @ H

    def _forward(self, X):
        H = expit(X @ self.wih.T)
        return H, expit(H @ self.who.T)

    def _inputs(self, inputs):
        X = as_pixels("inputs", inputs, (self.input_nodes,), ("N", self.input_nodes))
        return X.astype(self.wih.dtype, copy=False)

    @staticmethod
    def _like(inputs, width):
        """The shape with the rows of `inputs` and another width."""
        return (*np.shape(inputs)[:-1], width)
