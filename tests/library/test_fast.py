"""The fast networks are the plain ones: the same numbers in every layout and dtype, whatever was assigned."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnistlib import MLP, FastMLP, FastNeuralNetwork, NeuralNetwork
from mnistlib.network import RULES

DTYPES = [np.float32, np.float64]


def locked(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def mapped(array):
    """On the disk, and open for reading only: who writes to it crashes the process."""
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        np.asarray(array).tofile(file.name)
        return np.memmap(file.name, array.dtype, "r", shape=array.shape)


LAYOUTS = {
    "as they are": lambda array: array,
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "every other column": lambda array: array.repeat(2, axis=-1)[..., ::2],
    "backwards": lambda array: np.flip(np.flip(array).copy()),
    "not aligned": lambda array: np.frombuffer(b"0" + array.tobytes(), array.dtype,
                                               offset=1).reshape(array.shape),
    "read-only": locked,
    "memory-mapped": mapped,
    "float16": lambda array: array.astype(np.float16),
    "float32": lambda array: array.astype(np.float32),
    "float64": lambda array: array.astype(np.float64),
    "long double": lambda array: array.astype(np.longdouble),
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "lists": lambda array: array.tolist(),
    "tensor": lambda array: __import__("torch").tensor(np.asarray(array)),
}
EVERY_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def close(actual, expected, dtype):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)


def round_to_16_bits(array):
    """So that every type of the table holds the same numbers."""
    return array.astype(np.float16).astype(array.dtype)


@EVERY_LAYOUT
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", RULES)
def test_both_networks_learn_the_same_from_weights_and_inputs_in_any_layout(rule, dtype, layout):
    rng = np.random.default_rng(0)
    X, T = round_to_16_bits(rng.random((8, 40))), round_to_16_bits(rng.random((8, 5)))
    X[0], X[1, ::2], X[2, 5:] = 0, 0, 0  # no ink; half of it; a little
    reference, plain, fast = (kind(40, 7, 5, 0.5, rule=rule, rng=1, dtype=dtype)
                              for kind in (NeuralNetwork, NeuralNetwork, FastNeuralNetwork))
    reference.wih, reference.who = round_to_16_bits(reference.wih), round_to_16_bits(reference.who)
    for net in (plain, fast):
        net.wih, net.who = layout(reference.wih), layout(reference.who)
    first = reference.wih.copy()
    for rows in [*range(8), slice(0, 3), slice(0, 8)]:
        reference.train(X[rows], T[rows])
        for net in (plain, fast):
            net.train(layout(X[rows]), layout(T[rows]))
    assert np.abs(reference.wih - first).max() > 0.01
    for net in (plain, fast):
        assert net.wih.dtype == net.who.dtype == dtype
        close(net.wih, reference.wih, dtype)
        close(net.who, reference.who, dtype)
        outputs = net.query(layout(X))
        assert outputs.dtype == dtype
        close(outputs, reference.query(X), dtype)


@EVERY_LAYOUT
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 3)])
def test_both_mlps_learn_the_same_from_weights_and_inputs_in_any_layout(sizes, dtype, layout):
    rng = np.random.default_rng(0)
    X, y = round_to_16_bits(rng.random((20, 6))), rng.integers(0, 3, 20)
    reference, plain, fast = (kind(sizes, rng=1, dtype=dtype) for kind in (MLP, MLP, FastMLP))
    reference.weights = [round_to_16_bits(W) for W in reference.weights]
    reference.biases = [round_to_16_bits(rng.random(b.shape)) for b in reference.biases]
    for model in (plain, fast):
        model.weights = [layout(W) for W in reference.weights]
        model.biases = [layout(b) for b in reference.biases]
    first = reference.weights[0].copy()
    for k in range(10):
        rows, decay = slice(k, 8 + k), 0.1 * (k % 2)
        expected = reference.step(X[rows], y[rows], 0.5, momentum=0.9, decay=decay)
        for model in (plain, fast):
            loss = model.step(layout(X[rows]), y[rows].tolist(), 0.5, momentum=0.9, decay=decay)
            close(loss, expected, dtype)
    assert np.abs(reference.weights[0] - first).max() > 0.1
    for model in (plain, fast):
        close(model.scores(layout(X)), reference.scores(X), dtype)
        for part in ("weights", "biases", "velocity"):
            for ours, expected in zip(getattr(model, part), getattr(reference, part), strict=True):
                assert ours.dtype == dtype
                close(ours, expected, dtype)


@pytest.mark.parametrize("kind", [NeuralNetwork, FastNeuralNetwork, MLP, FastMLP])
def test_arguments_are_left_alone(kind):
    rng = np.random.default_rng(0)
    X, T, y = rng.random((4, 6)), rng.random((4, 3)), np.array([0, 1, 2, 0])
    kept = X.copy(), T.copy(), y.copy()
    if issubclass(kind, MLP):
        kind((6, 5, 3), rng=0, dtype=np.float64).step(X, y, 0.1)
    else:
        net = kind(6, 5, 3, 0.1, rng=0)
        net.train(X, T)
        net.train(X[0], T[0])
    for before, after in zip(kept, (X, T, y)):
        np.testing.assert_array_equal(before, after)


ALONE = """
import os
import numpy as np
from scipy.linalg.blas import dger
from mnistlib import FastNeuralNetwork, NeuralNetwork

def ticks():
    "What all threads but this one have used of the processors."
    found = 0
    for thread in set(os.listdir("/proc/self/task")) - {str(os.getpid())}:
        fields = open(f"/proc/self/task/{thread}/stat").read().rpartition(")")[2].split()
        found += int(fields[11]) + int(fields[12])
    return found

X, T = np.random.default_rng(0).random((500, 784)), np.full(10, 0.5)
for kind in (FastNeuralNetwork, NeuralNetwork):
    for ink in (0.2, 1.0):
        net, before = kind(784, 100, 10, 0.1, rng=0), ticks()
        for x in np.where(X < ink, X, 0):
            net.train(x, T)
        print(ticks() - before)
W, before = np.zeros((100, 784), order="F"), ticks()
for _ in range(2000):
    dger(1.0, W[:, 0], X[0], a=W, overwrite_a=1)
print(ticks() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists() or (os.cpu_count() or 1) < 2,
                    reason="needs Linux, which says what each thread has used, and two processors")
def test_single_steps_wake_no_other_thread_which_might_wait_for_a_busy_processor():
    """The first ones do not, though there are two threads; `ger`, for products of the same size, does."""
    run = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True,
                         env={**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"})
    *ours, ger = map(int, run.stdout.split())
    assert ours == [0, 0, 0, 0]
    if ger <= 2:
        pytest.skip("this BLAS shares nothing of that size, so the test shows nothing")
