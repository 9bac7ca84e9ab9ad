"""Calls with one argument wrong, as many as one likes: which are refused clearly, unclearly, not at all?

    python -m tests.library.bad_calls          8,000 calls, some minutes
    python -m tests.library.bad_calls 500 X    fewer; and each call that was not clear, if its name holds "X"

Every public function and method of mnistlib, every argument, some sixty kinds of value, and arrays that
hypothesis makes up. Clear is a TypeError or ValueError (for files also OSError) that begins with the
argument's name, says what was received and what expected, and has changed nothing. Silent is what was
taken though it should not have been, by a judgement of its own below, or what was refused half done.
"""

import copy
import itertools
import signal
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import chdir
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from scipy.sparse import csr_array

import mnistlib
from mnistlib import distributed, handwriting, plotting, training
from mnistlib.augment import Warps, warp_matrix
from mnistlib.convolution import ConvNet, windows
from mnistlib.fast import FastMLP, FastNeuralNetwork
from mnistlib.fast_convolution import FastConvNet
from mnistlib.mlp import MLP
from mnistlib.network import NeuralNetwork

matplotlib.use("agg")
SECONDS = 5  # for one call; what is good and takes longer is still good
D, H, K, N = 6, 4, 3, 5
KEPT = tempfile.TemporaryDirectory()  # until Python ends
FOLDER = Path(KEPT.name)


def rng():
    return np.random.default_rng(0)


# What a value must be, in plain Python: the judgement of what was taken. It knows nothing of numpy's rules.


def plain(value):
    """Lists in place of an array, a tensor or an image."""
    value = np.asarray(value) if isinstance(value, Image.Image) else value
    return value.tolist() if hasattr(value, "tolist") else value


def leaves(value):
    value = plain(value)
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def shape_of(value):
    value = plain(value)
    if not isinstance(value, (list, tuple)):
        return ()
    inside = {shape_of(item) for item in value}
    return (len(value), *inside.pop()) if len(inside) == 1 else (len(value),)


def fits(value, shapes):
    found = shape_of(value)
    return not shapes or any(len(found) == len(shape) and all(
        have >= 1 if want is None else have == want for have, want in zip(found, shape)) for shape in shapes)


def number(value, low=-1e9, high=1e9):
    numeric = isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)
    return numeric and low <= value <= high


def floats(*shapes, low=-1e9, high=1e9):
    def good(value):
        found = list(leaves(value))
        return bool(found) and fits(value, shapes) and all(number(leaf * 1, low, high) for leaf in found)

    return good


def unit(*shapes):
    return floats(*shapes, low=-1e-5, high=1 + 1e-5)


def inputs(*shapes):
    def good(value):
        found = list(leaves(value))
        raw = max(found) > 10 and (min(found) >= 0 or all(leaf == int(leaf) for leaf in found))
        return not raw and max(map(abs, found)) <= 1000

    return lambda value: floats(*shapes)(value) and good(value)


def labels(classes, *shapes):
    def good(value):
        found = list(leaves(value))
        return fits(value, shapes) and all(type(leaf) is int and 0 <= leaf < classes for leaf in found)

    return good


def count(least=1):
    def good(value):
        return not isinstance(value, (float, np.floating)) and shape_of(value) == () and all(
            type(leaf) is int and least <= leaf <= 1e9 for leaf in leaves(value))

    return good


def one_number(low=0.0, high=1e9):
    return lambda value: shape_of(value) == () and all(number(leaf, low, high) for leaf in leaves(value))


def seed(value):
    return isinstance(value, np.random.Generator) or value is None or all(
        type(leaf) is int and leaf >= 0 for leaf in leaves(value)) and not isinstance(value, np.bool_)


def one_of(*wanted):
    return lambda value: any(value is good or type(value) is type(good) and isinstance(good, (str, bool))
                             and value == good for good in wanted)


def kind(*types):
    return lambda value: isinstance(value, types)


def dtype(value):
    return isinstance(value, (type, np.dtype)) and value in (float, np.float64, np.float32)


path = kind(str, Path)

# Good values, and what is good: {argument: (a good value, judgement)}
X, T, Y = rng().random((N, D)), rng().random((N, K)), rng().integers(0, K, N)
PIXELS = rng().random((N, 784))
SCORES = rng().normal(size=(N, K))
ROWS = (None, D), (D,)
NETWORK = {"input_nodes": (D, count()), "hidden_nodes": (H, count()), "output_nodes": (K, count()),
           "learning_rate": (0.1, one_number(1e-300)),
           "rule": ("article", one_of("article", "squared_error", "cross_entropy")), "rng": (0, seed),
           "dtype": (np.float64, dtype)}
STEP = {"X": (X, inputs((N, D))), "y": (Y, labels(K, (N,))), "learning_rate": (0.1, one_number()),
        "momentum": (0.5, one_number(0, 1 - 1e-12)), "decay": (0.1, one_number())}
SAMPLES = {"inputs": (X, inputs((N, D))), "targets": (T, unit((N, K)))}
ONE = {"inputs": (X[0], inputs((D,))), "targets": (T[0], unit((K,)))}
WARP = {name: (1.0, one_number()) for name in ("shift", "rotate", "scale", "shear", "elastic", "smooth")}
PICTURES = np.full((2, 4), 0.5)
INK = np.zeros((20, 20))
INK[3:17, 9:12] = 1
SQUARE = [(None, n * n) for n in range(1, 6)] + [(None, None, None)]
GRID = {"titles": (["a", "b"], lambda value: value is None or len(value) == 2), "columns": (2, count()),
        "size": (0.8, one_number(1e-3, 100))}


def network(of=NeuralNetwork):
    return of(D, H, K, 0.3, rng=0)


def mlp(of=MLP):
    return of((D, H, K), rng=0, dtype=np.float64)


def convnet(of=ConvNet):
    return of((2,), H, 2, rng=0, dtype=np.float64)


def load(model, path):
    training.save(model, FOLDER / "m.npz")
    training.load(model, path)


def assigned(make, name):
    def assign(target, **value):
        setattr(target, name, *value.values())

    return assign, make


def run(target, **options):
    for _ in itertools.islice(training.epochs(target, **options), 3):
        pass


def by_pytorch(net, **options):
    distributed.train(net, report=lambda text: None, **options)


# name: (function of the made thing and the arguments, maker of the thing or None, arguments)
CALLS = {
    "hinge_loss": (mnistlib.hinge_loss, None, {
        "scores": (SCORES, floats((N, None))), "y": (Y, labels(K, (N,))), "margin": (1.0, one_number())}),
    "softmax_cross_entropy": (mnistlib.softmax_cross_entropy, None, {
        "scores": (SCORES, floats((N, None))), "y": (Y, labels(K, (N,)))}),
    "squared_error": (mnistlib.squared_error, None, {
        "outputs": (SCORES, floats((N, K))), "T": (T, floats((N, K)))}),
    "l2_penalty": (mnistlib.l2_penalty, None, {"W": (SCORES, floats()), "strength": (0.1, one_number())}),
    "linear_scores": (mnistlib.linear_scores, None, {
        "X": (X, floats(*ROWS)), "W": (rng().random((K, D)), floats((K, D))),
        "b": (np.zeros(K), floats((K,)))}),
    "linear_scores of a picture": (mnistlib.linear_scores, None, {
        "X": (np.zeros((2, 64)), inputs((None, 64), (64,))),
        "W": (np.zeros((K, 64)), floats((K, 64))), "b": (np.zeros(K), floats((K,)))}),
    "predict": (mnistlib.predict, None, {"scores": (SCORES, floats((None, None), (None,)))}),
    "accuracy": (mnistlib.accuracy, None, {"scores": (SCORES, floats((N, None))), "y": (Y, labels(K, (N,)))}),
    "minibatches": (mnistlib.minibatches, None, {
        "n": (10, count()), "size": (3, count()), "rng": (rng(), kind(np.random.Generator))}),
    "numerical_gradient": (mnistlib.numerical_gradient, None, {
        "f": (np.sum, lambda f: f is np.sum), "array": (X, floats()), "step": (1e-5, one_number(1e-12))}),
    "one_hot": (mnistlib.one_hot, None, {"y": (Y, labels(10, (None,))), "num_classes": (10, count())}),
    "load_mnist": (mnistlib.load_mnist, None, {
        "root": (str(FOLDER), path), "download": (False, one_of(True, False))}),
    "NeuralNetwork": (NeuralNetwork, None, NETWORK),
    "query": (NeuralNetwork.query, network, {"inputs": (X, inputs(*ROWS))}),
    "backquery": (NeuralNetwork.backquery, network, {
        "targets": (0.1 + 0.8 * T, floats((None, K), (K,), low=1e-300, high=1 - 1e-16))}),
    "gradients": (NeuralNetwork.gradients, network, SAMPLES),
    **{f"{of.__name__}.train{name}": (of.train, partial(network, of), arguments)
       for of in (NeuralNetwork, FastNeuralNetwork) for name, arguments in [("", SAMPLES), (" of one", ONE)]},
    **{f"NeuralNetwork.{name} =": (*assigned(network, name), {name: (good, good_is)})
       for name, good, good_is in [
        ("wih", np.zeros((H, D)), floats((H, D))), ("who", np.zeros((K, H)), floats((K, H))),
        ("learning_rate", 0.1, one_number(1e-300)), ("rule", "article", NETWORK["rule"][1]),
        ("lr", 0.1, lambda value: False)]},
    "MLP": (MLP, None, {
        "sizes": ((D, H, K), lambda v: kind(list, tuple)(v) and len(shape_of(v)) == 1
                  and len(v) > 1 and all(map(count(), leaves(v)))),
        "rng": (0, seed), "dtype": (np.float32, dtype)}),
    "scores": (MLP.scores, mlp, {"X": (X, inputs((None, D)))}),
    "MLP.gradients": (MLP.gradients, mlp, {name: STEP[name] for name in ("X", "y")}),
    "MLP.step": (MLP.step, mlp, STEP),
    "FastMLP.step": (FastMLP.step, partial(mlp, FastMLP), STEP),
    **{f"MLP.{name} =": (*assigned(mlp, name), {name: (good, good_is)}) for name, good, good_is in [
        ("weights", [np.zeros((H, D)), np.zeros((K, H))],
         lambda v: len(v) == 2 and floats((H, D))(v[0]) and floats((K, H))(v[1])),
        ("biases", [np.zeros(H), np.zeros(K)],
         lambda v: len(v) == 2 and floats((H,))(v[0]) and floats((K,))(v[1])),
        ("bias", 0, lambda value: False)]},
    "ConvNet": (ConvNet, None, {
        "channels": ((2, 3), lambda v: kind(list, tuple)(v) and len(shape_of(v)) == 1
                     and 0 < len(v) < 4 and all(map(count(), leaves(v)))),
        "hidden": (H, count()), "kernel": (2, lambda v: count()(v) and v < 10), "rng": (0, seed),
        "dtype": (np.float32, dtype)}),
    **{f"{of.__name__}.{name}": (getattr(of, name), partial(convnet, of), {
        **STEP, "X": (PIXELS, inputs((N, 784))), "y": (Y, labels(10, (N,)))} if name == "step" else {
        "X": (PIXELS, inputs((None, 784)))}) for of in (ConvNet, FastConvNet) for name in ("scores", "step")},
    "windows": (windows, None, {
        "pictures": (np.zeros((2, 3, 4, 4)), floats((None, None, None, None))),
        "kernel": (2, lambda v: count()(v) and v < 5)}),
    "warp_matrix": (warp_matrix, None, {"side": (5, count()), "rng": (0, seed), **WARP}),
    "Warps": (Warps, None, {"count": (2, count()), "rng": (0, seed), "side": (5, count()),
                            "images_per_warp": (2, count()), **WARP}),
    "Warps of X": (Warps.__call__, lambda: Warps(2, 0, side=5), {
        "X": (np.zeros((3, 25)), unit((None, 25))), "rng": (rng(), kind(np.random.Generator))}),
    "epochs": (run, mlp, {
        **STEP, "count": (2, count()), "rng": (0, seed), "batch": (2, count()),
        "done": (1, lambda v: count(0)(v) and v < 2),
        "schedule": (training.cosine, lambda f: f in (training.cosine, np.float16, int)),  # int gives 0
        "distort": (None, one_of(None))}),
    "epochs of a model": (lambda model: training.epochs(model, X, Y, 1, rng=0, learning_rate=0.1), None, {
        "model": (mlp(), kind(MLP))}),
    "save": (training.save, None, {"model": (mlp(), kind(MLP)), "path": (str(FOLDER / "m.npz"), path)}),
    "load": (load, None, {"model": (mlp(), kind(MLP)), "path": (FOLDER / "m.npz", path)}),
    "to_pytorch": (distributed.to_pytorch, None, {"model": (mlp(), kind(MLP))}),
    "share": (distributed.share, None, {
        "rows": (np.arange(6), labels(1e9, (6,))), "rank": (1, lambda v: count(0)(v) and v < 3),
        "count": (3, count())}),
    "distributed.train": (by_pytorch, lambda: distributed.to_pytorch(mlp()), {
        **{name: STEP[name] for name in ("X", "y", "learning_rate", "momentum")}, "epochs": (1, count()),
        "batch": (2, lambda v: count()(v) and v <= N), "rng": (0, seed)}),
    **{name: (getattr(handwriting, name), None, {argument: (INK, unit((None, None)))}) for name, argument in [
        ("remove_specks", "ink"), ("crop_to_ink", "ink"), ("scale_to_box", "ink"),
        ("centre_by_mass", "small")]},
    "level_paper": (handwriting.level_paper, None, {
        "grey": (1 - INK, unit((None, None))), "ink": ("auto", one_of("auto", "dark", "light"))}),
    "read_digit": (mnistlib.read_digit, None, {
        "file": (INK,
                 lambda v: floats((None, None), (None, None, 3), (None, None, 4))(v) or kind(Image.Image)(v)),
        "ink": ("auto", one_of("auto", "dark", "light"))}),
    "show_digits": (plotting.show_digits, None, {"images": (PICTURES, unit(*SQUARE)), **GRID}),
    "show_weights": (plotting.show_weights, None, {
        "W": (PICTURES, floats(*SQUARE)), "limit": (1.0, lambda v: v is None or one_number(1e-300)(v)),
        **GRID}),
    "show_curves": (plotting.show_curves, None, {
        "x": ([1, 2], lambda v: fits(v, [(2,)])), "curves": ({"a": [1, 2]}, kind(dict)),
        "xlabel": ("x", kind(str)),
        "ylabel": ("y", kind(str)), "logx": (False, kind(bool, np.bool_)),
        "logy": (True, kind(bool, np.bool_))}),
    "show_source": (plotting.show_source, None, {"things": (len, lambda value: value is NeuralNetwork)}),
}
ARGUMENTS = [(name, argument) for name, (_, _, arguments) in CALLS.items() for argument in arguments]


class Stubborn:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not today")


RAW = np.zeros((N, D)) + 255 * (np.arange(D) > 2)
MASK = np.arange(D) > 3
VALUES = {  # some are good for some arguments, none for all
    "None": None, "True": True, "False": False, "numpy's True": np.bool_(True), "zero": 0, "minus one": -1,
    "two": 2,
    "a large count": 1001, "more than 64 bits": 2**70, "a googol": 10**100, "10**400": 10**400, "half": 0.5,
    "minus half": -0.5, "two and a half": 2.5, "NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf,
    "largest float": np.finfo(float).max, "smallest float": 5e-324,
    "largest float32": np.finfo(np.float32).max,
    "complex": 1j, "fraction": Fraction(1, 2), "decimal": Decimal("0.1"),
    "long double": np.longdouble("1e4000"),
    "float16": np.float16(3), "uint8": np.uint8(200), "0-d array": np.array(0.5), "one in a list": [1],
    "empty text": "", "text": "text", "number as text": "0.1", "bytes": b"folder", "empty list": [],
    "empty dict": {},
    "set": {1, 2}, "dict": {"a": 1}, "object": object(), "class": NeuralNetwork, "function": len,
    "module": np,
    "NaN inside": np.where(MASK, np.nan, X), "infinity inside": np.where(MASK, np.inf, X),
    "raw pixels": RAW, "raw uint8": RAW.astype(np.uint8), "raw float32": RAW.astype(np.float32),
    "raw list": RAW.astype(int).tolist(), "raw tensor": torch.tensor(RAW.astype(np.uint8)), "raw row": RAW[0],
    "raw float16": RAW.astype(np.float16), "raw picture": np.full((2, 64), 255.0),
    "raw int8": RAW.astype(np.uint8).view(np.int8) * np.int8(101), "raw, resized": RAW * 0.77,
    "masked": np.ma.array(X, mask=[MASK] * N), "masked inside": [np.ma.array(X[0], mask=MASK)] * N,
    "masked labels": np.ma.array(Y, mask=Y > 0), "masked number": np.ma.masked,
    "needs grad": torch.tensor(X, requires_grad=True),
    "number needs grad": torch.tensor(1.0, requires_grad=True),
    "object array": X.astype(object), "strings": X.astype(str), "complex array": X + 0j,
    "dates": np.zeros(3, "M8[D]"),
    "sparse": csr_array(X), "ragged": [[1, 2], [3]], "empty array": np.zeros((0, D)), "transposed": X.T,
    "wide": X[:, 1:],
    "three axes": X[None], "too large": X * 1e30, "of size 1e300": X * 1e300, "float labels": Y + 0.0,
    "bool labels": Y > 0, "label too high": Y + 2, "label below 0": Y - 3, "all zeros": X * 0,
    "stubborn": Stubborn(),
    "Generator": np.random.default_rng(1), "no folder": "no/such/folder/file", "folder": str(FOLDER),
    "image": Image.new("L", (9, 9)),
    "networks": [network(), mlp()], "network": network(), "dtype": np.float16, "dtype of ints": int,
    "tensor": torch.tensor(X), "list": X.tolist(), "Fortran order": np.asfortranarray(X),
}


def numbers_of(thing):
    """Copies of all arrays of a network."""
    if isinstance(thing, torch.nn.Module):
        return [value.detach().numpy().copy() for value in thing.state_dict().values()]
    names = ("wih", "who", "weights", "biases", "velocity")
    parts = [getattr(thing, name) for name in names if hasattr(thing, name)]
    return [array.copy() for part in parts for array in (part if isinstance(part, tuple) else [part])]


def good_for(judgement, value):
    try:
        return bool(judgement(value))
    except Exception:
        return False


def finite(result):
    if isinstance(result, (tuple, list)):
        return all(map(finite, result))
    return not (isinstance(result, (float, np.ndarray, np.floating)) and result is not None) or bool(
        np.isfinite(np.asarray(result, float)).all())


def too_slow(*_):
    raise TimeoutError("too slow")


def judge(name, argument, value):
    """One call: ("clear" or "good" or "unclear" or "silent", what came out of it)."""
    function, make, arguments = CALLS[name]
    given = {key: good for key, (good, _) in arguments.items()}
    given[argument] = value
    thing = [make()] if make else []
    if isinstance(given.get("model"), MLP):
        thing = [copy.deepcopy(given.pop("model"))]
    before = [array for one in thing for array in numbers_of(one)]
    positional = [given.pop("things")] if "things" in given else []
    old = signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings(), np.errstate(all="warn"):
            warnings.simplefilter("ignore")
            with chdir(FOLDER):  # some values are names of files and folders, which may be made
                result = function(*thing, *positional, **given)
    except mnistlib.DataUnavailableError as error:
        return ("clear" if name == "load_mnist" else "unclear"), error
    except Exception as error:
        after = [array for one in thing for array in numbers_of(one)]
        good = good_for(arguments[argument][1], value)
        if good and (isinstance(error, TimeoutError) or "learning rate too high" in str(error)):
            return "good", error  # it takes long; or it was too high a rate, which shows after some steps
        if not all(map(np.array_equal, before, after)):
            return "silent", f"half done, then {error!r}"
        said = " ".join(str(error).split())
        # Of two arrays that do not fit each other, either may be named.
        names = list(arguments) if good_for(floats(), value) else [argument]
        clear = isinstance(error, (TypeError, ValueError, AttributeError, OSError)) and said.startswith(tuple(
            name + mark for name in names for mark in ":[(")) and "received" in said and "expected" in said
        return ("clear" if clear else "unclear"), repr(error)[:150]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
        matplotlib.pyplot.close("all")
    good = good_for(arguments[argument][1], value) and finite([result, *map(numbers_of, thing)])
    return ("good" if good else "silent"), "taken"


MADE_UP = arrays(
    st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.uint8, np.bool_, np.complex64,
                     np.uint64]),
    st.sampled_from([(N, D), (D,), (N, K), (N,), (K, D), ()]) | array_shapes(max_dims=3, max_side=6))
WRONG = st.sampled_from(ARGUMENTS).flatmap(lambda where: st.tuples(
    st.just(where), st.sampled_from(sorted(VALUES)) | MADE_UP))


def tally(calls):
    """Counter of the judgements over that many calls; [(function, argument, value, judgement, what came)]."""
    found, details = Counter(), []

    @settings(max_examples=calls, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(WRONG)
    def call(wrong):
        (name, argument), value = wrong
        shown = value if isinstance(value, str) else f"{value.dtype} {value.shape}"
        value = VALUES[value] if isinstance(value, str) else value
        judgement, came = judge(name, argument, value)
        found[judgement] += 1
        details.append((name, argument, shown, judgement, came))

    call()
    return found, details


def main(calls=8000, about=None):
    found, details = tally(int(calls))
    table = {}
    for name, _, _, judgement, _ in details:
        table.setdefault(name, Counter())[judgement] += 1
    print(f"{'':34s}{'calls':>7s}{'clear':>7s}{'unclear':>9s}{'silent':>8s}   (the others were good)")
    for name, row in [*table.items(), ("all", found)]:
        print(f"{name:34s}{row.total():7d}{row['clear']:7d}{row['unclear']:9d}{row['silent']:8d}")
    for name, argument, shown, judgement, came in details:
        if about is not None and judgement in ("unclear", "silent") and about in name:
            print(f"{judgement}: {name}, {argument} = {shown}: {came}")


if __name__ == "__main__":
    main(*sys.argv[1:])
