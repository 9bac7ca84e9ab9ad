"""The article's network, for tests and benchmarks to measure ours by."""

import numpy as np
from scipy.special import expit


class ArticleNetwork:
    """The article's class, one sample at a time, in its own letters."""

    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate, rng):
        self.lr = learningrate
        self.wih = rng.normal(0.0, pow(hiddennodes, -0.5), (hiddennodes, inputnodes))
        self.who = rng.normal(0.0, pow(outputnodes, -0.5), (outputnodes, hiddennodes))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_outputs = expit(np.dot(self.wih, inputs))
        final_outputs = expit(np.dot(self.who, hidden_outputs))
        output_errors = targets - final_outputs
        hidden_errors = np.dot(self.who.T, output_errors)  # before who moves
        slope = final_outputs * (1.0 - final_outputs)
        self.who += self.lr * np.dot(output_errors * slope, hidden_outputs.T)
        slope = hidden_outputs * (1.0 - hidden_outputs)
        self.wih += self.lr * np.dot(hidden_errors * slope, inputs.T)

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        return expit(np.dot(self.who, expit(np.dot(self.wih, inputs))))
