"""What a wrong answer costs, and the slope of that cost. Each loss returns (loss, gradient)."""

import numpy as np

from mnistlib._checks import as_floats, as_labels, as_number


def hinge_loss(scores, y, margin=1.0):
    """Mean multiclass hinge loss, and its gradient in the scores.

    L = (1/N) Σ_i Σ_{j≠y_i} max(0, s_ij - s_{i,y_i} + margin)

    scores : (N, K); y : (N,) integer labels; margin : 0 or more
    returns  loss : float, d_scores : (N, K)
    raises   ValueError if a label is outside 0..K-1
    Derived in the chapter "Hinge loss"; Weston and Watkins (1999).
    """
    scores, y, rows = _scores_and_labels(scores, y)
    margin = as_number("margin", margin)
    excess = np.maximum(0, scores - scores[rows, y][:, None] + margin)
    excess[rows, y] = 0  # j = y_i would add a constant margin: the sum leaves it out.
    d_scores = (excess > 0).astype(scores.dtype)
    d_scores[rows, y] -= d_scores.sum(axis=1)  # s_{y_i} appears in every active term
    return float(excess.sum() / len(y)), d_scores / len(y)


def softmax_cross_entropy(scores, y):
    """Mean cross-entropy of the softmax of the scores, and its gradient in the scores.

    L = -(1/N) Σ_i log p_{i,y_i},  p_ij = exp(s_ij) / Σ_k exp(s_ik)

    scores : (N, K); y : (N,) integer labels
    returns  loss : float, in nats; d_scores : (N, K)
    raises   ValueError if a label is outside 0..K-1
    Bishop (2006), section 4.3.4.
    """
    scores, y, rows = _scores_and_labels(scores, y)
    # Subtracting one constant from all scores of a row leaves p as it is, and exp cannot overflow.
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d_scores = np.exp(log_p)
    d_scores[rows, y] -= 1
    return float(-log_p[rows, y].mean()), d_scores / len(y)


def squared_error(outputs, T):
    """Mean over samples of ½‖t - o‖², and its gradient in the outputs.

    outputs : (N, K); T : (N, K) targets
    returns  loss : float, d_outputs : (N, K)
    raises   ValueError if the shapes differ
    Derived in the chapter "Backpropagation".
    """
    outputs = as_floats("outputs", outputs, ("N", "K"))
    T = as_floats("T", T, outputs.shape)
    error = outputs - T
    return float(0.5 * (error**2).sum() / len(error)), error / len(error)


def l2_penalty(W, strength):
    """The regularization penalty λR(W) with R(W) = ΣΣ W², and its gradient in W.

    W : any shape; strength : λ, 0 or more
    returns  penalty : float, d_W : the shape of W
    There is no ½ in it: the slope is 2λW. Derived in the chapter "Regularization".
    """
    W = as_floats("W", W)
    strength = as_number("strength", strength)
    return float(strength * (W**2).sum()), 2 * strength * W


def _scores_and_labels(scores, y):
    scores = as_floats("scores", scores, ("N", "K"))
    y = as_labels("y", y, scores.shape[1], scores.shape[:1])
    return scores, y, np.arange(len(y))
