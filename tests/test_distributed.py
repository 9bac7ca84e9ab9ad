"""PyTorch from our weights, and several processes: the same numbers as one."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from mnistlib.distributed import share, to_pytorch, train
from mnistlib.mlp import MLP

RNG = np.random.default_rng(0)
X, y = RNG.random((30, 6)), RNG.integers(0, 3, 30)


@pytest.mark.parametrize("dtype, atol", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_pytorch_gives_the_same_scores_from_the_same_weights(dtype, atol):
    model = MLP((6, 5, 4, 3), rng=0, dtype=dtype)
    scores = to_pytorch(model)(torch.tensor(X.astype(dtype)))
    assert scores.dtype == (torch.float32 if dtype == np.float32 else torch.float64)
    np.testing.assert_allclose(scores.detach().numpy(), model.scores(X.astype(dtype)), atol=atol)


def test_pytorchs_weights_are_copies():
    model = MLP((6, 5, 3), rng=0)
    before = [W.copy() for W in model.weights]
    with torch.no_grad():
        for value in to_pytorch(model).parameters():
            value += 1
    assert all(map(np.array_equal, before, model.weights))


def test_training_in_one_process_is_the_engines_training():
    model = MLP((6, 5, 3), rng=0, dtype=np.float64)
    net = to_pytorch(model)
    said = []
    train(net, X, y, epochs=2, batch=10, learning_rate=0.1, momentum=0.9, seed=4, report=said.append)
    from mnistlib.training import train as engine

    engine(model, X, y, epochs=2, batch=10, learning_rate=0.1, momentum=0.9, seed=4,
           schedule=lambda progress: 1.0, progress=False)
    expected = [model.weights[0], model.biases[0], model.weights[1], model.biases[1]]
    for value, ours in zip(net.parameters(), expected, strict=True):
        np.testing.assert_allclose(value.detach().numpy(), ours, atol=1e-12)
    assert [line.split(":")[0] for line in said] == ["epoch 0", "epoch 1"]


def test_shares_are_equal_and_together_the_minibatch():
    rows = np.arange(12)[::-1]
    shares = [share(rows, rank, 4) for rank in range(4)]
    assert [len(one) for one in shares] == [3] * 4
    assert sorted(np.concatenate(shares)) == sorted(rows)
    with pytest.raises(ValueError, match="rows: received a minibatch of 10, expected a multiple of 4"):
        share(np.arange(10), 0, 4)


def run(processes, *options):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    if processes == 1:
        command = [sys.executable]
    environment = {**os.environ, "MNISTLIB_SAMPLE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run([*command, "-m", "mnistlib.distributed", "--epochs=1", *options],
                          capture_output=True, text=True, env=environment, timeout=300)


def test_two_processes_end_with_the_weights_of_one(tmp_path):
    found = {}
    for processes in (1, 2):
        out = tmp_path / f"{processes}.npz"
        done = run(processes, "--double", f"--out={out}")
        assert done.returncode == 0, done.stderr
        assert re.search(rf"^{processes} process.*, test accuracy [78]\d\.\d\d%$", done.stdout, re.MULTILINE)
        assert done.stdout.count("test digits") == 1  # only the first process speaks
        with np.load(out, allow_pickle=False) as stored:
            found[processes] = {name: stored[name] for name in stored.files}
    first = to_pytorch(MLP((784, 100, 10), rng=0, dtype=np.float64)).state_dict()
    assert set(found[1]) == set(found[2]) == set(first)
    for name, one in found[1].items():
        assert np.abs(one - first[name].numpy()).max() > 0.01  # it did learn
        np.testing.assert_allclose(found[2][name], one, atol=1e-12)
