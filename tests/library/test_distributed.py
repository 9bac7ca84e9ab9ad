"""PyTorch from our weights, and several processes: the same numbers as one."""

import os
import re
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch

from mnistlib import ConvNet
from mnistlib.distributed import main, processes, share, to_pytorch, train
from mnistlib.mlp import MLP
from mnistlib.training import epochs

RNG = np.random.default_rng(0)


def test_pytorchs_weights_are_copies():
    model = MLP((6, 5, 3), rng=0)
    before = [W.copy() for W in model.weights]
    with torch.no_grad():
        for value in to_pytorch(model).parameters():
            value += 1
    assert all(map(np.array_equal, before, model.weights))


@pytest.mark.parametrize("kind, layers", [(MLP, (6, 5, 3)), (ConvNet, (2, 3))])
def test_training_in_one_process_is_the_engines_training(kind, layers):
    model = kind(layers, rng=0, dtype=np.float64)
    X, y = RNG.random((30, model.sizes[0])), RNG.integers(0, 3, 30)
    net = to_pytorch(model)
    said = []
    train(net, X, y, epochs=2, batch=10, learning_rate=0.1, momentum=0.9, rng=4, report=said.append)
    for _ in epochs(model, X, y, 2, batch=10, learning_rate=0.1, momentum=0.9, rng=4,
                    schedule=lambda share: 1.0):
        pass
    expected = [part for both in zip(model.weights, model.biases) for part in both]
    for value, ours in zip(net.parameters(), expected, strict=True):
        np.testing.assert_allclose(value.detach().numpy(), ours, atol=1e-12)
    assert [line.split(":")[0] for line in said] == ["epoch 0", "epoch 1"]


def test_shares_are_equal_and_together_the_minibatch():
    rows = np.arange(12)[::-1]
    shares = [share(rows, rank, 4) for rank in range(4)]
    assert [len(one) for one in shares] == [3] * 4
    assert sorted(np.concatenate(shares)) == sorted(rows)


@pytest.mark.parametrize("gpus, backend, device",
                         [(0, "gloo", "cpu"), (1, "gloo", "cpu"), (2, "nccl", "cuda:1")])
def test_all_processes_of_a_machine_take_gpus_or_none_does(monkeypatch, gpus, backend, device):
    started = []
    for name, value in {"RANK": 3, "LOCAL_RANK": 1, "WORLD_SIZE": 4, "LOCAL_WORLD_SIZE": 2}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    monkeypatch.setattr(torch.distributed, "init_process_group", lambda *a, **k: started.append((a, k)))
    monkeypatch.setattr(torch.distributed, "destroy_process_group", lambda: started.append("ended"))
    with processes() as found:
        assert found == (3, 4, device)
    [(name,), options], end = started
    assert name == backend and options["timeout"].total_seconds() <= 600 and end == "ended"


# Chapter 13 tries it with an MLP.
OPTIONS = ["--convolution", "--hidden=20", "--epochs=2", "--batch=50", "--double"]


def as_torchrun_starts_two(out):
    """What they say. Chapter 13 takes torchrun itself, which needs some seconds more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
              "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    command = [sys.executable, "-m", "mnistlib.distributed", *OPTIONS, f"--out={out}"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**common, "RANK": str(rank), "LOCAL_RANK": str(rank)})
               for rank in range(2)]
    said = [one.communicate(timeout=300) for one in started]
    assert [one.returncode for one in started] == [0, 0], said
    return [text for text, _ in said]


def test_two_processes_end_with_the_weights_of_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "1")
    main([*OPTIONS, f"--out={tmp_path / '1.npz'}"])
    said = {1: [capsys.readouterr().out], 2: as_torchrun_starts_two(tmp_path / "2.npz")}
    found = {}
    for count, (first, *others) in said.items():
        assert re.search(rf"^{count} process.*, test accuracy [78]\d\.\d\d%$", first, re.MULTILINE)
        assert others == [""] * (count - 1)  # only the first process speaks
        with np.load(tmp_path / f"{count}.npz", allow_pickle=False) as stored:
            found[count] = dict(stored)
    start = to_pytorch(ConvNet(hidden=20, rng=0, dtype=np.float64)).state_dict()
    assert set(found[1]) == set(found[2]) == set(start)
    for name, one in found[1].items():
        assert np.abs(one - start[name].numpy()).max() > 0.01  # it did learn
        np.testing.assert_allclose(found[2][name], one, atol=1e-12)
