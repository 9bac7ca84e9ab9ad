"""Exercises in which the reader writes: the cell that judges says "Right." to what is right, and names
what the usual mistakes have in common with what was written.
"""

import ast
import itertools
import math
import re

import numpy as np
import pytest
from scipy.special import expit

from tools.book import CHAPTERS, chapter, read, sources


def judge_of(number):
    """The chapter's judge, beside its imports and the first definition of each of the names that it needs."""
    cells, names = sources(read(chapter(number)), "code")[1:], {}  # without the bootstrap
    for node in itertools.chain(*(ast.parse(text).body for text in cells)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node
        defines = getattr(target, "id", None) or getattr(target, "name", None)
        if isinstance(node, ast.Import | ast.ImportFrom) or (
                defines in {*NEEDED.get(number, ()), "judge"} and defines not in names):
            exec(compile(ast.Module([node], []), number, "exec"), names)
    return names["judge"]


def squared(loss=lambda e: (e**2).sum() / len(e), d_scores=lambda e, slope: e, margin=1, own=0):
    """The squared hinge, or what else is made of the excess and of the slope of the sum, both (N, K).

    own : the excess of the true class
    """
    def squared_hinge(scores, y):
        rows = np.arange(len(y))
        excess = np.maximum(0, scores - scores[rows, y][:, None] + margin)
        excess[rows, y] = own
        slope = 2 * excess
        slope[rows, y] = -slope.sum(axis=1)
        return loss(excess), d_scores(excess, slope)
    return squared_hinge


def penalty(weights=lambda A: (A[:, :-1] ** 2).sum(), factor=2.0, biases=0.0):
    def penalty_of(W_one, strength):
        d_W = factor * strength * W_one
        d_W[:, -1] *= biases
        return strength * weights(W_one), d_W
    return penalty_of


def biases_lost(W_one, strength):
    W_one[:, -1] = 0
    return strength * (W_one**2).sum(), 2 * strength * W_one


def cut(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


CASES = {
    "01": [
        (lambda a, b: ..., "hole"),
        (lambda a, b: None, "nothing is returned"),
        (lambda a, b: math.sqrt(((a[:, None] - b) ** 2).sum(axis=2)), "NumPy says"),
        (lambda a, b: np.sqrt(((a[:, None] - b) ** 2).sum(axis=2)), "Right"),
        (lambda a, b: np.sqrt(((a - b) ** 2).sum(axis=1)), "[:, None]"),
        (lambda a, b: np.sqrt(((b[:, None] - a) ** 2).sum(axis=2)), "swapped"),
        (lambda a, b: np.sqrt(((a[:, None] - b) ** 2).sum(axis=1)), "(3, 2) is expected"),
        (lambda a, b: ((a[:, None] - b) ** 2).sum(axis=2), "squares of the distances"),
        (lambda a, b: np.abs(a[:, None] - b).sum(axis=2), "absolute"),
        (lambda a, b: np.zeros((len(a), len(b))), "Other numbers, of shape (3, 2)"),
        (lambda a, b: np.array([[np.linalg.norm(a[i] - b[j]) for j in range(2)] for i in range(3)]),
         "these shapes only"),
        (lambda a, b: np.zeros((3, 1)) + np.sqrt(((a[:, None] - b) ** 2).sum(axis=2)), "these shapes only"),
    ],
    "02": [
        (lambda X, W: ..., "hole"),
        (lambda X, W: None, "nothing is returned"),
        (lambda X, W: W[:, 4], "NumPy says"),
        (lambda X, W: np.column_stack([np.ones(len(X)), X]) @ W.T, "Right"),
        (lambda X, W: X @ W.T, "shapes on both sides"),
        (lambda X, W: X @ W[:, 1:].T, "biases are missing"),
        (lambda X, W: (X @ W[:, 1:].T + W[:, 0]).T, "swapped"),
        (lambda X, W: X @ W[:, 1:].T + W[:, :1], "one bias for all classes"),
        (lambda X, W: X @ W[:, 1:] + W[:, 0], "transposed: row"),
        (lambda X, W: X @ W[:, :-1].T + W[:, -1], "Biases come first"),
        (lambda X, W: 2 * X @ W[:, 1:].T, "other numbers"),
        (lambda X, W: np.array([[X[i] @ W[k, 1:] + W[k, 0] for k in range(3)] for i in range(3)]),
         "these shapes only"),
        (lambda X, W: np.column_stack([np.ones(3), X]) @ W.T, "these shapes only"),
    ],
    "03": [
        (lambda s, y: (..., ...), "hole"),
        (squared(d_scores=lambda e, slope: ...), "still missing"),
        (squared(d_scores=lambda e, slope: e[0]), "shape (3,), not (5, 3)"),
        (squared(d_scores=lambda e, slope: slope / len(e)), "Right"),
        (squared(own=1), "j = y_i"),
        (squared(margin=0), "lacks the margin"),
        (squared(lambda e: (e**2).sum(axis=1)), "it should be one number"),
        (lambda s, y: [squared()(s.copy(), y), s.fill(0)][0], "changes the scores"),
        (squared(d_scores=lambda e, slope: slope / 5), "these numbers only"),
        (lambda s, y: (7.0, s), "not 26.52"),
        (lambda s, y: (s[np.arange(3), y].sum(), s), "any number of images"),
        (squared(lambda e: (e**2).sum() / 5, lambda e, slope: slope / 5), "only zeros"),
        (squared(lambda e: (e[e != 1] ** 2).sum() / len(e), lambda e, slope: slope / len(e)), "only zeros"),
        (squared(lambda e: (e**2).sum() / 3), "number of classes"),
        (lambda s, y: squared()(s, np.arange(3)), "NumPy says"),
        (squared(d_scores=lambda e, slope: slope / 3), "nudges"),
        (squared(lambda e: e.sum() / len(e)), "squares"),
        (squared(lambda e: (e**2).sum()), "not the mean"),
        (squared(lambda e: (e**2).mean()), "mean over the classes"),
        (squared(lambda e: (e.sum(axis=1) ** 2).mean()), "not its terms"),
        (squared(d_scores=lambda e, slope: slope / 2 / len(e)), "lacks the 2"),
        (squared(d_scores=lambda e, slope: slope), "not divided"),
        (squared(d_scores=lambda e, slope: 2 * e / len(e)), "true class"),
        (squared(d_scores=lambda e, slope: 0 * e), "not what nudges say"),
    ],
    "04": [
        (lambda W, strength: (..., ...), "hole"),
        (lambda W, strength: (penalty()(W, strength)[0], ...), "still missing"),
        (penalty(lambda A: A[:, :-1] ** 2), "summed"),
        (penalty(), "Right"),
        (penalty(lambda A: (A**2).sum()), "counts the biases"),
        (lambda W, strength: ((W[:, :-1] ** 2).sum(), 2 * W), "lacks λ"),
        (penalty(lambda A: 0.5 * (A[:, :-1] ** 2).sum()), "no ½"),
        (penalty(lambda A: np.abs(A[:, :-1]).sum()), "absolute"),
        (penalty(lambda A: 1.0), "not 1.4"),
        (lambda W, strength: (1.4, 0.2 * W[:, :-1]), "shape (2, 2)"),
        (penalty(biases=1.0), "pulls at the biases"),
        (penalty(factor=1.0), "lacks the 2"),
        (penalty(factor=3.0), "not 2λW"),
        (biases_lost, "changed the weights"),
        (lambda W, strength: penalty()(W, 0.1), "this λ only"),
        (penalty(lambda A: (A[:, :2] ** 2).sum()), "these weights"),
        (lambda W, strength: penalty(lambda A: (A[:2, :-1] ** 2).sum())(W, strength), "this λ only"),
    ],
    "05": [
        (lambda G, X: (..., ...), "dots"),
        (lambda G, X: (G.T @ X, G.sum(axis=0)), "Right"),
        (lambda G, X: (G @ X, 0), "on its side"),
        (lambda G, X: None, "on its side"),
        (lambda G, X: (X.T @ G, 0), "swap the factors"),
        (lambda G, X: (G @ G.T, 0), "not (K, D)"),
        (lambda G, X: (G.T @ X / len(X), 0), "divided by N already"),
        (lambda G, X: (-G.T @ X, 0), "wrong sign"),
        (lambda G, X: (2 * G.T @ X, 0), "other numbers"),
        (lambda G, X: (G.T @ X, G.sum(axis=1)), "must be (K,)"),
        (lambda G, X: (G.T @ X, ...), "d_W is right"),
        (lambda G, X: (G.T @ X, G.mean(axis=0)), "plain sum"),
        (lambda G, X: (G.T @ X, 5 * G.mean(axis=0)), "these shapes only"),
    ],
    "06": [
        (lambda n, size, rng: None, "Nothing"),
        (lambda n, size, rng: cut(rng.permutation(n), size), "Right"),
        (lambda n, size, rng: cut(rng.permutation(n), size)[:-1], "lengths [4, 4], and"),
        (lambda n, size, rng: cut(rng.permutation(n), 5), "lengths [5, 5], and"),
        (lambda n, size, rng: cut(rng.integers(0, n, n), size), "Not every row"),
        (lambda n, size, rng: cut(np.arange(n), size), "Not shuffled"),
        (lambda n, size, rng: cut(np.random.default_rng(0).permutation(n), size), "passed in"),
        (lambda n, size, rng: cut(np.random.default_rng().permutation(n), size), "passed in"),
        (lambda n, size, rng: [rng.permutation(rows) for rows in cut(np.arange(n), size)], "together"),
        (lambda n, size, rng: cut(np.roll(np.arange(n), rng.integers(n)), size), "together"),
        (lambda n, size, rng: cut(np.append(rng.permutation(n - 1), n - 1), size), "leave their place"),
        (lambda n, size, rng: cut(rng.permutation(10), 4), "11 rows"),
        (lambda n, size, rng: cut(rng.permutation(n), size) + [np.arange(0)] * (n % size == 0), "8 rows"),
        (lambda n, size, rng: rng.permutation(n), "list of arrays"),
        (lambda n, size, rng: (rows for rows in cut(rng.permutation(n), size)), "list of arrays"),
    ],
}
NEEDED = {"01": ["distance"], "04": ["usual"],
          "03": ["scores", "five", "labels_of_five", "usual", "judge_slope"],
          "08": ["with_slips", "SLIPS"], "09": ["MISTAKES", "TEN"],
          "10": ["GIVEN", "OTHER", "usual"], "11": ["kernel_slope"],
          "13": ["Number", "made", "CUBES", "judge_result"],
          "06": ["judge_lengths"], "12": ["judge_elsewhere"]}


def pass_back(out=True, sent=True, hidden=True, sign=1):
    def backward(x, t, wih, who):
        a = expit(wih @ x)
        o = expit(who @ a)
        bare, damped = sign * (o - t), sign * (o - t) * o * (1 - o)
        back = who.T @ (damped if sent else bare) * (a * (1 - a) if hidden else 1)
        return np.outer(back, x), np.outer(damped if out else bare, a)
    return backward


def windows_of(A, d):
    return np.lib.stride_tricks.sliding_window_view(A, d.shape)


def by_rank(high, low):
    """The difference of two outputs by their rank in the row."""
    return lambda o: np.sort(o, axis=1)[:, high] - np.sort(o, axis=1)[:, low]


def round_a_place(down=None, right=None, whole=np.floor, total=1.0):
    """The four weights, or what comes of another share down or right."""
    def four_weights(row, column):
        i, j = int(whole(row)), int(whole(column))
        d, r = (row - i, column - j) if down is None else (down, right)
        return {(i, j): total * (1 - d) * (1 - r), (i, j + 1): total * (1 - d) * r,
                (i + 1, j): total * d * (1 - r), (i + 1, j + 1): total * d * r}
    return four_weights


def floor_and_ceil(row, column):
    return {(i, j): (1 - abs(row - i)) * (1 - abs(column - j)) * (row % 1 > 0)
            for i in (math.floor(row), math.ceil(row)) for j in (math.floor(column), math.ceil(column))}


def unit(value=lambda v: max(0.0, v), slope=lambda v: float(v > 0), parent=True):
    return lambda n: type(n)(value(n.value), ((n, slope(n.value)),) if parent else ())


CASES |= {
    "07": [
        (lambda X, wih, who: None, "Nothing"),
        (lambda X, wih, who: expit(expit(X @ wih.T) @ who.T), "Right"),
        (lambda X, wih, who: expit(expit(X @ wih.T) @ who.T).T, "columns, not rows"),
        (lambda X, wih, who: expit(X @ wih.T @ who.T), "one layer"),
        (lambda X, wih, who: expit(X @ wih.T) @ who.T, "outputs' curve"),
        (lambda X, wih, who: X @ wih.T @ who.T, "no curve at all"),
        (lambda X, wih, who: expit(who @ expit(wih @ X)), "wih.T"),
        (lambda X, wih, who: expit(X @ wih.T), "Other numbers"),
        (lambda X, wih, who: expit(expit(X[:4] @ wih.T) @ who.T), "four images only"),
    ],
    "08": [
        (lambda x, t, wih, who: (..., ...), "Replace the dots"),
        (lambda x, t, wih, who: (np.outer(..., x), ...), "Replace the dots"),
        (pass_back(), "Right"),
        (pass_back(sign=-1), "signs are reversed"),
        (pass_back(sent=False), "famous slip: "),
        (pass_back(sent=False, sign=-1), "famous slip, and"),
        (pass_back(out=False, sent=False), "Cross-entropy"),
        (pass_back(hidden=False), "hidden sigmoid"),
        (pass_back(out=False), "Other numbers"),
        (lambda *given: [slope.T for slope in pass_back()(*given)], "head times tail"),
        (lambda x, t, wih, who: pass_back()(x, target, wih, who), "uses values from above"),  # noqa: F821
        (lambda x, t, wih, who: (who @ x, who), "transposed"),
        (lambda x, t, wih, who: (wih, t * (wih @ x)), "np.outer"),
    ],
    "09": [
        (lambda o: None, "Nothing"),
        (by_rank(-1, -2), "Right"),
        (lambda o: o.sort() or o[:, -1] - o[:, -2], "copy"),
        (lambda o: np.sort(o, axis=0)[-1] - np.sort(o, axis=0)[-2], "along axis 1"),
        (by_rank(-1, 0), "minus the smallest"),
        (by_rank(1, 0), "two smallest"),
        (by_rank(-2, -1), "is reversed"),
        (lambda o: o.max(axis=1) - np.median(o, axis=1), "median"),
        (lambda o: o[:, -1] - o[:, -2], "nobody sorted"),
        (by_rank(2, 1), "Found"),
        (by_rank(4, 3), "On TEN"),
        (by_rank(9, 8), "from the end"),
        (lambda o: np.array([np.diff(np.sort(o[i]))[-1] for i in range(2)]), "On TEN"),
        (lambda o: np.array(sorted(o))[:, -1], "NumPy says"),
        (lambda o: o.max(axis=1) - np.where(o == o.max(axis=1)[:, None], 0, o).max(axis=1), "On TEN"),
    ],
    "10": [
        (lambda delta, W, H: ..., "Nothing"),
        (lambda delta, W, H: (delta @ W) * (H > 0), "Right"),
        (lambda delta, W, H: (delta @ W) * (H >= 0), "always true"),
        (lambda delta, W, H: (delta @ W.T) * (H > 0), "not transposed"),
        (lambda delta, W, H: (W.T @ delta) * (H > 0), "Samples are rows"),
        (lambda delta, W, H: np.maximum(delta @ W, 0), "not at the signal"),
        (lambda delta, W, H: (delta @ W) * H, "not H"),
        (lambda delta, W, H: (delta @ W) * H * (1 - H), "sigmoid"),
        (lambda delta, W, H: (delta @ W) * (H >= 1), "Found"),
        (lambda delta, W, H: (delta @ W) * np.clip(H, 0, 1), "Found"),
        (lambda delta, W, H: delta @ np.ones((3, 3)), "do not fit"),
        (lambda delta, W, H: (delta[:2] @ W) * (H[:2] > 0), "For other arrays"),
        (lambda delta, W, H: (delta @ W) * (H > 0.1), "For other arrays"),
        (lambda delta, W, H: (delta @ W).reshape(2, 2) * (H > 0), "these shapes only"),
    ],
    "11": [
        (lambda A, d: ..., "hole"),
        (lambda A, d: (windows_of(A, d) * d).sum(axis=(2, 3)), "Right"),
        (lambda A, d: (windows_of(A, d) * d).mean(axis=(2, 3)), "mean"),
        (lambda A, d: (windows_of(A, d) * d).sum(axis=(2, 3))[::-1, ::-1], "180"),
        (lambda A, d: (windows_of(A, d) * d).sum(axis=(2, 3)).T, "exchanged"),
        (lambda A, d: d[-1, -1] * A[len(d) - 1:, len(d[0]) - 1:], "last place"),
        (lambda A, d: (windows_of(A, d) * d).sum(axis=(2, 3))[:2, :2], "expected (3, 3)"),
        (lambda A, d: windows_of(A, d) @ d, "do not fit"),
        (lambda A, d: A, "The shape is"),
        (lambda A, d: np.zeros((2, 2)), "Found"),
    ],
    "12": [
        (lambda row, column: None, "No dictionary"),
        (round_a_place(), "Right"),
        (lambda row, column: round_a_place(row - int(row), column - int(column))(row, column), "Below 0"),
        (round_a_place(whole=np.ceil), "Round down"),
        (round_a_place(total=2.0), "add up to 2"),
        (round_a_place(0.75, 0.9), "nearer row"),
        (round_a_place(0.25, 0.1), "nearer column"),
        (round_a_place(0.9, 0.25), "exchanged"),
        (round_a_place(whole=int), "rounds up below 0"),
        (lambda *place: {(float(i), j): w for (i, j), w in round_a_place()(*place).items()}, "no index"),
        (floor_and_ceil, "must weigh 1"),
        (lambda *place: {at: w for at, w in round_a_place()(*place).items() if w}, "all four on a pixel"),
        (lambda *place: {at: w for at, w in round_a_place()(*place).items() if max(at) < 28}, "beyond"),
        (lambda row, column: round_a_place(row - np.floor(row), abs(column) % 1)(row, column), "Below 0"),
        (round_a_place(0.25, 0.5), "Found"),
    ],
    "13": [
        (lambda n: None, "Nothing"),
        (unit(), "Right"),
        (lambda n: type(n)(max(0.0, n.value), [[n, float(n.value > 0)]]), "Right"),
        (lambda n: max(0.0, n.value), "forgotten"),
        (lambda n: n if n.value > 0 else 0.0, "forgotten"),
        (unit(parent=False), "no parents"),
        (lambda n: type(n)(max(0.0, n.value), (n, 1.0)), "comma"),
        (lambda n: type(n)(max(0.0, n)), "Python says"),
        (lambda n: type(n)(max(0.0, n.value), n.parents if n.value > 0 else ((n, 0.0),)), "n itself"),
        (lambda n: unit(parent=n.value > 0)(n), "no parents"),
        (unit(value=lambda v: v), "must be 0"),
        (unit(slope=lambda v: 1.0), "not 1"),
        (unit(slope=lambda v: 0.0), "slope 0.0; expected 8.0 and 12.0"),
        (unit(slope=lambda v: min(1.0, max(0.0, v))), "slope 0.09375; expected 0.125 and 0.75"),
    ],
}


HERE = {path.stem[:2] for path in CHAPTERS}
CASES = {number: cases for number, cases in CASES.items() if number in HERE}  # a fork may leave chapters out


@pytest.mark.parametrize("number, written, said",
                         [(number, *case) for number, cases in CASES.items() for case in cases],
                         ids=[f"{number}-{said}" for number, cases in CASES.items() for _, said in cases])
def test_the_judge_names_the_mistake(number, written, said):
    assert said in judge_of(number)(written)


@pytest.mark.parametrize("number", CASES)
def test_every_verdict_of_a_judge_is_met(number):
    judges = [one for one in sources(read(chapter(number)), "code") if "def judge(" in one]
    assert len(judges) == 1, f"chapter {number}: {len(judges)} cells define `judge`, expected 1"
    [source] = judges
    verdicts = re.findall(r'"([^"]*\.)"', source)
    judge = judge_of(number)
    met = " ".join(judge(written) for written, _ in CASES[number])
    fixed = [re.split(r"\{.*?\}", verdict) for verdict in verdicts]
    assert [parts for parts in fixed if not all(part in met for part in parts)] == []


def test_every_chapter_has_an_exercise_in_which_the_reader_writes():
    assert set(CASES) == HERE
