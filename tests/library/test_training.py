"""Long runs: they can be repeated, stopped, saved and gone on with."""

from time import perf_counter

import numpy as np
import pytest

from mnistlib import accuracy, load_sample, minibatches
from mnistlib.augment import Warps
from mnistlib.mlp import MLP
from mnistlib.training import cosine, epochs, load, save
from tests.library.networks import assert_same

SAMPLE = load_sample()
X, Y = SAMPLE.X_train[:300], SAMPLE.y_train[:300]


def new():
    return MLP((784, 20, 10), rng=0)


def run(model, count=4, **options):
    """All epochs; those that were whole, if the schedule breaks the run off."""
    history = []
    try:
        for epoch in epochs(model, X, Y, count, **{"rng": 5, "learning_rate": 0.05, "batch": 32, **options}):
            history.append(epoch)
    except KeyboardInterrupt:
        pass
    return history


def test_it_learns_and_says_how():
    model = new()
    history = run(model, 6, momentum=0.9)
    assert [epoch.done for epoch in history] == list(range(7))
    assert history[0] == (0, None, 0.0)
    assert history[-1].loss < 0.3 * history[1].loss
    assert accuracy(model.scores(SAMPLE.X_test), SAMPLE.y_test) > 0.7
    assert all(epoch.seconds > 0 for epoch in history[1:])


def test_a_run_is_this_loop():
    distort, ours, plain = Warps(4, np.random.default_rng(0)), new(), new()
    began = perf_counter()
    history = run(ours, 2, momentum=0.8, decay=0.01, distort=distort)
    assert 0 < sum(epoch.seconds for epoch in history) < perf_counter() - began
    for epoch, rng in enumerate(np.random.default_rng(5).spawn(2)):
        loss = 0
        for i, rows in enumerate(minibatches(300, 32, rng)):
            rate = 0.05 * cosine((10 * epoch + i) / 20)
            images = distort(X[rows], rng)
            loss += plain.step(images, Y[rows], rate, momentum=0.8, decay=0.01) * len(rows) / 300
        assert history[epoch + 1].loss == pytest.approx(loss)
    assert_same(ours, plain)


def test_nothing_has_moved_when_the_loop_begins():
    """So what the loop does with an epoch, measuring or saving, can fail before anything is spent."""
    model, reference = new(), new()
    assert next(epochs(model, X, Y, 4, rng=5, learning_rate=0.05)).done == 0
    assert_same(model, reference)


def test_same_seed_same_weights_and_another_seed_others():
    one, two, other = new(), new(), new()
    run(one), run(two, rng=np.random.default_rng(5)), run(other, rng=6)
    assert_same(one, two)
    assert not np.array_equal(one.weights[0], other.weights[0])


@pytest.mark.parametrize("distort", [None, Warps(4, np.random.default_rng(0))])
def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path, distort):
    whole, file = new(), tmp_path / "model.npz"
    run(whole, distort=distort)
    begun = new()
    for epoch in epochs(begun, X, Y, 4, rng=5, learning_rate=0.05, batch=32, distort=distort):
        save(begun, file)
        if epoch.done == 2:
            break
    resumed = MLP((784, 20, 10), rng=99)
    load(resumed, file)
    history = run(resumed, distort=distort, done=epoch.done)
    assert [epoch.done for epoch in history] == [2, 3, 4]
    assert_same(whole, resumed)


def test_ctrl_c_comes_out_of_the_loop_and_keeps_the_weights_so_far():
    model, untouched = new(), new()

    def stop(progress):
        if progress > 0.3:
            raise KeyboardInterrupt
        return 1.0

    history = run(model, schedule=stop)
    assert history[-1].done == 1
    assert not np.array_equal(model.weights[0], untouched.weights[0])


def test_the_schedule_is_asked_with_the_share_that_is_done():
    shares = []
    for _ in epochs(new(), X[:201], Y[:201], 2, rng=5, learning_rate=0.05,
                    schedule=lambda share: shares.append(share) or 1.0):
        pass
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
    run(model, 1)
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


@pytest.mark.parametrize("content", [b"", b"not a zip", (784, 21, 10), (784, 20, 10, 10), (784, 10)])
def test_a_wrong_file_is_refused_and_changes_nothing(tmp_path, content):
    model, reference, file = new(), new(), tmp_path / "m.npz"
    if isinstance(content, tuple):
        save(MLP(content, rng=0), file)
    else:
        file.write_bytes(content)
    with pytest.raises(ValueError, match="^path: .+m.npz.+ holds no saved model of sizes"):
        load(model, file)
    assert_same(model, reference)


def test_what_a_file_has_too_much_is_named(tmp_path):
    model, file = new(), tmp_path / "m.npz"
    save(model, file)
    with np.load(file, allow_pickle=False) as stored:
        np.savez(file, **stored, one=[1], two=[2])
    with pytest.raises(ValueError, match=r"\(it also has one, two\), expected one"):
        load(model, file)


class Trap:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


def test_a_pickle_in_the_file_is_not_run(tmp_path):
    model, reference, file = new(), new(), tmp_path / "m.npz"
    save(model, file)
    with np.load(file, allow_pickle=False) as stored:
        trapped = stored["biases1"].astype(object)
        trapped[0] = Trap()
        np.savez(file, **{**stored, "biases1": trapped})
    with pytest.raises(ValueError, match="^path: .+m.npz.+ holds no saved model"):
        load(model, file)
    assert_same(model, reference)


def test_an_option_that_no_step_has_is_refused_before_the_first_step():
    with pytest.raises(TypeError, match="momentun"):
        epochs(new(), X, Y, 1, rng=0, learning_rate=0.1, momentun=0.9)
