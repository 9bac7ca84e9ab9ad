"""The networks of chapters 10 and 11 in PyTorch, trained by several processes at once. Chapter 13.

    torchrun --standalone --nproc-per-node 2 -m mnistlib.distributed
    torchrun --standalone --nproc-per-node 2 -m mnistlib.distributed --hidden 800 --epochs 5 --out weights.npz
    torchrun --standalone --nproc-per-node 2 -m mnistlib.distributed --convolution --hidden 128

Every process holds the whole network and takes its share of each minibatch. DistributedDataParallel sends
the gradients round and gives every process their mean, which is the gradient of the whole minibatch.
`python -m mnistlib.distributed` does the same in one process. With enough GPUs, each process takes one.
"""

import argparse
import io
import os
import sys
import time
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from mnistlib._checks import LARGEST, as_a, as_count, as_inputs, as_labels, as_rng
from mnistlib.convolution import SIDE, ConvNet
from mnistlib.data import load_digits
from mnistlib.linear import accuracy
from mnistlib.mlp import MLP, step_settings
from mnistlib.optim import minibatches


def to_pytorch(model):
    """The MLP or ConvNet as torch.nn.Sequential, with copies of its weights in its dtype.

    model : mnistlib.mlp.MLP or mnistlib.convolution.ConvNet
    """
    layers = []
    if isinstance(as_a("model", model, MLP), ConvNet):
        layers.append(torch.nn.Unflatten(1, (1, SIDE, SIDE)))
    for W, b in zip(model.weights, model.biases):
        if W.ndim == 2 and layers and isinstance(layers[-1], torch.nn.MaxPool2d):
            layers.append(torch.nn.Flatten())
        layer = torch.nn.Conv2d(W.shape[1], *W.shape[::2]) if W.ndim == 4 else torch.nn.Linear(*W.shape[::-1])
        layer.weight.data, layer.bias.data = torch.tensor(W), torch.tensor(b)
        layers += [layer, torch.nn.ReLU()] + [torch.nn.MaxPool2d(2)] * (W.ndim == 4)
    return torch.nn.Sequential(*layers[:-1])  # no ReLU after the scores


def share(rows, rank, count):
    """The rows of a minibatch that belong to process `rank` of `count`. All get the same number.

    rows : (B,) indices; rank : 0 to count-1; raises ValueError if B is not a multiple of count
    """
    if as_count("rank", rank, minimum=0) >= as_count("count", count):
        raise ValueError(f"rank: received {rank}, expected 0..{count - 1}")
    rows = as_labels("rows", rows, int(LARGEST), ("B",))
    if len(rows) % count:
        raise ValueError(f"rows: received a minibatch of {len(rows)}, expected a multiple of {count}, "
                         "the number of processes")
    return rows[rank::count]


def train(net, X, y, *, epochs, batch, learning_rate, momentum, rng, device="cpu", report=print):
    """Train in step with the other processes, if there are others. All must pass the same arguments.

    net : torch.nn.Sequential, as `to_pytorch` makes it; X : (N, D), y : (N,); the same in every process
    batch : rows of a minibatch, all processes together: a multiple of their number, at most N
    learning_rate, momentum : as for `MLP.step`; rng : numpy.random.Generator or seed, for the order
    report : is given one line of text an epoch, in process 0 only
    The last minibatch of an epoch is left out if it is smaller than the others.
    """
    rank, count = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    learning_rate, momentum, _ = step_settings(learning_rate, momentum)
    epochs, rng = as_count("epochs", epochs), as_rng("rng", rng)
    X, y = _tensors(net, X, y, batch, count)
    net = net.to(device)
    parallel = DistributedDataParallel(net) if count > 1 else net
    optimiser = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=momentum)
    loss_of = torch.nn.CrossEntropyLoss()
    for epoch in range(epochs):
        start, total, steps = time.perf_counter(), 0.0, 0
        # The same seed gives every process the same minibatches; each takes different rows of them.
        [own] = rng.spawn(1)
        for rows in minibatches(len(X), batch, own):
            if len(rows) < batch:
                continue
            mine = torch.from_numpy(share(rows, rank, count))
            optimiser.zero_grad()
            loss = loss_of(parallel(X[mine].to(device)), y[mine].to(device))
            loss.backward()  # here the processes wait for one another, and average their gradients
            optimiser.step()
            total, steps = total + loss.item(), steps + 1
        if rank == 0:
            report(f"epoch {epoch}: loss of this process's share {total / steps:.4f}, "
                   f"{time.perf_counter() - start:.2f} s")


def _tensors(net, X, y, batch, count):
    """X, in the dtype of the net, and y as tensors, once it is clear that they and `batch` fit the net."""
    as_a("net", net, torch.nn.Sequential)
    if not (len(net) and isinstance(net[0], (torch.nn.Linear, torch.nn.Unflatten))
            and isinstance(net[-1], torch.nn.Linear)):
        raise ValueError("net: received layers of other kinds, expected those that to_pytorch makes")
    X = as_inputs("X", X, ("N", getattr(net[0], "in_features", SIDE**2)))
    y = as_labels("y", y, net[-1].out_features, X.shape[:1])
    if as_count("batch", batch) > len(X) or batch % count:
        raise ValueError(f"batch: received {batch}, expected a multiple of {count}, the number of processes, "
                         f"and at most {len(X)}, the number of samples")
    return torch.tensor(X, dtype=net[-1].weight.dtype), torch.tensor(y, dtype=torch.int64)


def main(arguments=None):
    """The command line of this module; arguments : list of texts, by default sys.argv[1:]."""
    parser = argparse.ArgumentParser(prog="mnistlib.distributed", description=__doc__.partition("\n")[0])
    parser.add_argument("--convolution", action="store_true", help="the network of chapter 11 instead")
    parser.add_argument("--hidden", type=int, default=100, help="hidden nodes (100)")
    parser.add_argument("--epochs", type=int, default=2, help="epochs (2)")
    parser.add_argument("--batch", type=int, default=100,
                        help="rows of a minibatch, of all processes together (100)")
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate (0.1)")
    parser.add_argument("--momentum", type=float, default=0.9, help="momentum (0.9)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first weights and of the order (0)")
    parser.add_argument("--double", action="store_true", help="compute in 64 bits, to compare runs")
    parser.add_argument("--out", help="write the weights to this .npz file")
    options = parser.parse_args(arguments)
    with processes() as (rank, count, device):
        with redirect_stdout(sys.stdout if rank == 0 else io.StringIO()):
            digits = load_digits()
        dtype = np.float64 if options.double else np.float32
        settings = {"rng": options.seed, "dtype": dtype}
        net = to_pytorch(ConvNet(hidden=options.hidden, **settings) if options.convolution
                         else MLP((784, options.hidden, 10), **settings))
        train(net, digits.X_train.astype(dtype), digits.y_train, epochs=options.epochs, batch=options.batch,
              learning_rate=options.rate, momentum=options.momentum, rng=options.seed, device=device)
        if rank == 0:
            with torch.no_grad():
                scores = net.cpu()(torch.from_numpy(digits.X_test.astype(dtype))).numpy()
            print(f"{count} process{'es' * (count > 1)}, test accuracy {accuracy(scores, digits.y_test):.2%}")
            if options.out:
                np.savez(options.out, **{name: value.numpy() for name, value in net.state_dict().items()})


@contextmanager
def processes():
    """Join the processes that torchrun has started, if any: yields (rank, count, device of this process)."""
    presets = {"RANK": 0, "LOCAL_RANK": 0, "WORLD_SIZE": 1, "LOCAL_WORLD_SIZE": 1}
    rank, local, count, here = (int(os.environ.get(name, preset)) for name, preset in presets.items())
    gpu = torch.cuda.device_count() >= here  # one for each process, or none: all need the same backend
    if count > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // here))  # together no more than cores
        dist.init_process_group("nccl" if gpu else "gloo", timeout=timedelta(minutes=5))
    try:
        yield rank, count, f"cuda:{local}" if gpu else "cpu"
    finally:
        if count > 1:
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
