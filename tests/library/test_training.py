"""Long runs: they can be repeated, stopped, saved and gone on with."""

import re
from time import perf_counter

import numpy as np
import pytest

from mnistlib import accuracy, load_sample, minibatches
from mnistlib.augment import Warps
from mnistlib.mlp import MLP
from mnistlib.training import cosine, load, save, train

SAMPLE = load_sample()
X, Y = SAMPLE.X_train[:300], SAMPLE.y_train[:300]
VALIDATION = SAMPLE.X_test, SAMPLE.y_test


def new():
    return MLP((784, 20, 10), rng=0)


def run(model, **options):
    return train(model, X, Y, **{"epochs": 4, "seed": 5, "learning_rate": 0.05, "batch": 32,
                                 "progress": False, **options})


def parts(model):
    return [*model.weights, *model.biases, *model._velocity]


def assert_same(one, two):
    for a, b in zip(parts(one), parts(two), strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_learns_and_says_how():
    model = new()
    history = run(model, epochs=6, validation=VALIDATION)
    assert [record["epoch"] for record in history] == list(range(6))
    assert history[-1]["loss"] < 0.3 * history[0]["loss"] and history[-1]["accuracy"] > 0.7
    assert all(record["seconds"] > 0 for record in history)


def test_a_run_is_this_loop():
    distort, ours, plain = Warps(4, np.random.default_rng(0)), new(), new()
    began = perf_counter()
    history = run(ours, epochs=2, momentum=0.8, decay=0.01, distort=distort, validation=VALIDATION)
    assert 0 < sum(record["seconds"] for record in history) < perf_counter() - began
    for epoch, record in enumerate(history):
        rng, loss = np.random.default_rng([5, epoch]), 0
        for i, rows in enumerate(minibatches(300, 32, rng)):
            rate = 0.05 * cosine((10 * epoch + i) / 20)
            images = distort(X[rows], rng)
            loss += plain.step(images, Y[rows], rate, momentum=0.8, decay=0.01) * len(rows) / 300
        assert record["loss"] == pytest.approx(loss)
        assert record["accuracy"] == accuracy(plain.scores(VALIDATION[0]), VALIDATION[1])
    assert_same(ours, plain)


def test_same_seed_same_weights_and_another_seed_others():
    one, two, other = new(), new(), new()
    run(one), run(two), run(other, seed=6)
    assert_same(one, two)
    assert not np.array_equal(one.weights[0], other.weights[0])


@pytest.mark.parametrize("distort", [None, Warps(4, np.random.default_rng(0))])
def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path, distort):
    whole, file = new(), tmp_path / "model.npz"
    run(whole, distort=distort)
    begun = new()

    def stop(progress):
        if progress >= 0.6:
            raise KeyboardInterrupt
        return cosine(progress)

    history = run(begun, distort=distort, schedule=stop, checkpoint=file)
    assert len(history) == 2  # two of four epochs were whole
    resumed = MLP((784, 20, 10), rng=99)
    load(resumed, file)
    run(resumed, distort=distort, first_epoch=2)
    assert_same(whole, resumed)


def test_ctrl_c_keeps_the_weights_so_far(capsys):
    model, untouched = new(), new()

    def stop(progress):
        if progress > 0.3:
            raise KeyboardInterrupt
        return 1.0

    history = run(model, schedule=stop)
    assert len(history) == 1 and "Stopped after 1 of 4 whole epochs" in capsys.readouterr().out
    assert not np.array_equal(model.weights[0], untouched.weights[0])


def test_progress_shows_on_stderr_only_when_asked(capsys):
    train(new(), X, Y, epochs=4, seed=5, learning_rate=0.05, batch=32, validation=VALIDATION)  # the default
    shown = capsys.readouterr().err
    assert re.search(r"accuracy=\d\d\.\d\d%", shown)
    assert "/40 " in shown and "step/s" in shown  # 4 epochs of 10 steps
    assert shown.endswith("\r")  # the bar is gone when the work is done
    run(new(), first_epoch=2, progress=True)
    assert "/20 " in capsys.readouterr().err
    run(new())
    assert capsys.readouterr() == ("", "")


def test_the_schedule_is_asked_with_the_share_that_is_done():
    shares = []
    train(new(), X[:201], Y[:201], epochs=2, seed=5, learning_rate=0.05, progress=False,
          schedule=lambda share: shares.append(share) or 1.0)
    assert shares == [k / 6 for k in range(6)]  # minibatches of 100 unless said otherwise: 3 steps


def test_the_schedule_rises_at_once_and_falls_to_zero():
    shares = [cosine(p) for p in np.linspace(0, 1, 201)]
    assert shares[0] == pytest.approx(0.01) and max(shares) > 0.99
    assert shares[-1] == pytest.approx(0, abs=1e-12)
    assert all(a >= b for a, b in zip(shares[4:], shares[5:]))
    assert cosine(0.5) == pytest.approx(0.5)
    assert cosine(0.002) == pytest.approx(0.21 * (0.5 + 0.5 * np.cos(0.002 * np.pi)))


def test_what_is_saved_is_what_is_loaded(tmp_path):
    model, other = new(), MLP((784, 20, 10), rng=1)
    run(model, epochs=1)
    save(model, tmp_path / "m.npz")
    load(other, tmp_path / "m.npz")
    assert_same(model, other)
    assert [file.name for file in tmp_path.iterdir()] == ["m.npz"]
    with np.load(tmp_path / "m.npz", allow_pickle=False) as stored:
        assert "weights0" in stored.files


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    model = new()
    save(model, tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()
    names = []

    def break_off(file, **arrays):
        file.write(b"half")
        names.extend(sorted(one.name for one in tmp_path.iterdir()))
        raise ZeroDivisionError

    monkeypatch.setattr(np, "savez", break_off)
    with pytest.raises(ZeroDivisionError):
        save(model, tmp_path / "m.npz")
    assert names == ["m.npz", "m.npz.part"]
    assert (tmp_path / "m.npz").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_a_wrong_file_is_refused_and_changes_nothing(tmp_path, content):
    model, reference, file = new(), new(), tmp_path / "m.npz"
    if content is None:
        save(MLP((784, 21, 10), rng=0), file)
    else:
        file.write_bytes(content)
    with pytest.raises(ValueError, match="^path: .+m.npz holds"):
        load(model, file)
    assert_same(model, reference)
    with pytest.raises(FileNotFoundError):
        load(model, tmp_path / "none.npz")


class Trap:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


def test_a_pickle_in_the_file_is_not_run(tmp_path):
    model, reference, file = new(), new(), tmp_path / "m.npz"
    save(model, file)
    with np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    trapped = arrays["biases1"].astype(object)
    trapped[0] = Trap()
    np.savez(file, **{**arrays, "biases1": trapped})
    with pytest.raises(ValueError, match="^path: .+m.npz holds no saved model"):
        load(model, file)
    assert_same(model, reference)


@pytest.mark.parametrize("labels", [Y + 10, Y - 1, Y[:-1], Y + 0.5, np.append(Y[:-1], 10)])
def test_wrong_labels_are_refused_by_name_before_the_first_step(labels):
    model, reference = new(), new()
    with pytest.raises((ValueError, TypeError), match="^y: received .+expected"):
        train(model, X, labels, epochs=1, seed=0, learning_rate=0.1, progress=False)
    assert_same(model, reference)


@pytest.mark.parametrize("name, options", [
    ("epochs", {"epochs": 0}), ("batch", {"batch": 0}), ("learning_rate", {"learning_rate": -1}),
    ("momentum", {"momentum": 1.5}),
])
def test_bad_input_is_refused_by_name(name, options):
    model, reference = new(), new()
    with pytest.raises((ValueError, TypeError), match=f"^{name}: received .+expected"):
        run(model, **options)
    assert_same(model, reference)
