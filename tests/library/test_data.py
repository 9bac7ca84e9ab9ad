"""What the loaders promise about the arrays they return."""

import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest

from mnistlib import DataUnavailableError, load_digits, load_mnist, load_sample, one_hot


@pytest.fixture(params=["sample", "MNIST"])
def digits(request):
    return load_sample() if request.param == "sample" else request.getfixturevalue("mnist")


def test_arrays_are_what_the_dataset_promises(digits):
    for X, y in ((digits.X_train, digits.y_train), (digits.X_test, digits.y_test)):
        assert X.ndim == 2 and X.shape == (len(y), 784) and X.dtype == np.float32
        assert X.min() == 0 and X.max() == 1
        assert y.ndim == 1 and y.dtype == np.int64 and type(X) is type(y) is np.ndarray
        assert np.unique(y).tolist() == list(range(10))


def test_paper_is_zero_and_ink_is_one(digits):
    assert 0.1 < digits.X_train.mean() < 0.3
    assert digits.X_train.reshape(-1, 28, 28)[:, 0].mean() < 1e-3  # hardly a writer reaches the top row


def test_arrays_belong_to_the_caller(digits):
    for array in digits[:4]:
        assert array.flags.writeable and array.flags.c_contiguous


def test_mnist_is_mnist(mnist):
    assert mnist.name == "MNIST"
    assert (len(mnist.X_train), len(mnist.X_test)) == (60_000, 10_000)
    assert mnist.y_train[:5].tolist() == [5, 0, 4, 1, 9] and mnist.y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert mnist.X_train.mean() == pytest.approx(0.1307, abs=5e-5)  # the figures PyTorch's users know
    assert mnist.X_train.std() == pytest.approx(0.3081, abs=5e-5)


def test_sample_is_the_same_each_time():
    first, second = load_sample(), load_sample()
    assert first.name == "sample" and first.X_train.shape == (1500, 784) and first.X_test.shape == (297, 784)
    for one, other in zip(first[:4], second[:4], strict=True):
        np.testing.assert_array_equal(one, other)
    # Where these move, so do the numbers that the chapters print without MNIST.
    assert first.X_train.mean(dtype=float) == pytest.approx(0.155667, abs=1e-6)
    assert first.X_test.std(dtype=float) == pytest.approx(0.281736, abs=1e-6)
    first.X_train[:] = 0.5  # and one caller's changes are not another's
    assert load_sample().X_train.min() == 0


def test_sample_is_scikit_learns_digits_in_order():
    from sklearn.datasets import load_digits as load_8x8

    small, y = load_8x8(return_X_y=True)
    digits = load_sample()
    np.testing.assert_array_equal(np.concatenate([digits.y_train, digits.y_test]), y)
    ink = np.concatenate([digits.X_train, digits.X_test]).sum(axis=1)
    assert np.corrcoef(ink, small.sum(axis=1))[0, 1] > 0.99
    # As with MNIST, the frame of four pixels is paper.
    framed = digits.X_train.reshape(-1, 28, 28).copy()
    framed[:, 4:24, 4:24] = 0
    assert not framed.any()


def test_representation_is_short_enough_for_a_notebook():
    assert repr(load_sample()) == "Dataset(sample: X_train (1500, 784), X_test (297, 784))"


# load_digits


COUNT = "1,500 training and 297 test digits\n"


@pytest.mark.parametrize("value, said", [
    ("1", f"Sample in place of MNIST (MNISTLIB_SAMPLE is set): {COUNT}"),
    ("", f"MNIST: {COUNT}"), ("0", f"MNIST: {COUNT}"), (None, f"MNIST: {COUNT}")])
def test_the_environment_can_ask_for_the_sample(monkeypatch, capsys, value, said):
    monkeypatch.setattr("mnistlib.data.load_mnist", lambda: load_sample()._replace(name="MNIST"))
    if value is None:
        monkeypatch.delenv("MNISTLIB_SAMPLE", raising=False)
    else:
        monkeypatch.setenv("MNISTLIB_SAMPLE", value)
    digits = load_digits()
    assert capsys.readouterr().out == said
    assert digits.name == ("sample" if value == "1" else "MNIST")


def test_without_mnist_the_sample_comes_with_the_reason(monkeypatch, capsys):
    unavailable = DataUnavailableError("no MNIST in /here\nWhat happened: no network")
    monkeypatch.setattr("mnistlib.data.load_mnist", Mock(side_effect=unavailable))
    monkeypatch.delenv("MNISTLIB_SAMPLE", raising=False)
    assert load_digits().name == "sample"
    assert capsys.readouterr().out == f"Sample in place of MNIST (no MNIST in /here): {COUNT}"


def test_other_errors_are_not_taken_for_missing_data(monkeypatch):
    monkeypatch.setattr("mnistlib.data.load_mnist", lambda: 1 / 0)
    monkeypatch.delenv("MNISTLIB_SAMPLE", raising=False)
    with pytest.raises(ZeroDivisionError):
        load_digits()


WARM = """
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("a warm load opened a socket")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from mnistlib import load_mnist
print(load_mnist(), "torch" in sys.modules, "sklearn" in sys.modules)
"""


def test_a_warm_load_needs_neither_network_nor_torch(mnist):
    # The fixture's load has left the cache, where the folder could be written.
    run = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, check=False)
    assert run.stdout == f"{mnist!r} False False\n", run.stderr


@pytest.mark.parametrize("source", ["argument", "environment", "neither"])
def test_root_is_the_argument_else_the_environment_else_the_users_cache(tmp_path, monkeypatch, source):
    asked = []
    monkeypatch.setattr("mnistlib._mnist.load", lambda root, download: pytest.fail(f"at {root}"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *a, **kw: asked.append((a, kw)) or "neither")
    monkeypatch.setenv("MNISTLIB_DATA", "" if source == "neither" else str(tmp_path / "environment"))
    with pytest.raises(pytest.fail.Exception, match=f"{source}$"):
        load_mnist(tmp_path / "argument" if source == "argument" else None)
    assert asked == [(("mnistlib",), {"appauthor": False})] * (source == "neither")


# one_hot


def test_one_hot_marks_the_label_and_nothing_else():
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    T = one_hot(np.array([9, 3], dtype=np.uint8))
    assert T.shape == (2, 10) and T.dtype == np.float64 and T.argmax(axis=1).tolist() == [9, 3]
    T[0] = 5  # its rows are the caller's
    assert one_hot([9]).sum() == 1
