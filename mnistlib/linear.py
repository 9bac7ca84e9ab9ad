"""Scores, predictions, accuracy. Chapter "Linear scores"."""

import numpy as np

from mnistlib._checks import as_features, as_floats, as_labels


def linear_scores(X, W, b):
    """The linear scores f(x, W) = W x + b, one row of scores for each row of X.

    X : (D,) one sample or (N, D) many; W : (K, D), row k is class k's template; b : (K,)
    returns  scores : (K,) or (N, K)
    raises   ValueError or TypeError if shapes do not fit, a value is not finite, or X has raw pixels
    Derived in the chapter "Linear scores".
    """
    W = as_floats("W", W, ("K", "D"))
    b = as_floats("b", b, (W.shape[0],))
    X = as_features("X", X, (W.shape[1],), ("N", W.shape[1]))
    return X @ W.T + b


def predict(scores):
    """The class with the highest score; of equal scores, the first.

    scores : (K,) or (N, K)
    returns  labels : integer or (N,) integers in 0..K-1
    raises   ValueError or TypeError if the shape does not fit or a value is not finite
    """
    return as_floats("scores", scores, ("K",), ("N", "K")).argmax(axis=-1)


def accuracy(scores, y):
    """The share of samples whose highest score is that of the true class, in [0, 1].

    scores : (K,) or (N, K); y : integer or (N,) integer labels
    returns  float
    raises   ValueError if a label is outside 0..K-1 or there are not N of them
    """
    scores = as_floats("scores", scores, ("K",), ("N", "K"))
    y = as_labels("y", y, scores.shape[-1], scores.shape[:-1])
    return float(np.mean(predict(scores) == y))
