"""The network of chapter 10 in PyTorch, trained by several processes at once. Chapter 11.

    torchrun --standalone --nproc-per-node 2 -m mnistlib.distributed
    torchrun --standalone --nproc-per-node 2 -m mnistlib.distributed --hidden 800 --epochs 5 --out weights.npz

Every process holds the whole network and takes its share of each minibatch. DistributedDataParallel sends
the gradients round and gives every process their mean, which is the gradient of the whole minibatch.
`python -m mnistlib.distributed` does the same in one process. On GPUs, one process takes one of them.
"""

import argparse
import io
import os
import sys
import time
from contextlib import contextmanager, redirect_stdout

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from mnistlib.data import load_digits
from mnistlib.linear import accuracy
from mnistlib.mlp import MLP
from mnistlib.optim import minibatches


def to_pytorch(model):
    """The MLP as torch.nn.Sequential, with copies of its weights in its dtype.

    model : mnistlib.mlp.MLP
    """
    layers = []
    for W, b in zip(model.weights, model.biases):
        layer = torch.nn.Linear(*reversed(W.shape))
        layer.weight.data, layer.bias.data = torch.tensor(W), torch.tensor(b)
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])  # after the scores comes no ReLU


def share(rows, rank, count):
    """The rows of a minibatch that belong to process `rank` of `count`. All get equally many.

    rows : (B,) indices; raises ValueError if B is no multiple of count
    """
    if len(rows) % count:
        raise ValueError(f"rows: received a minibatch of {len(rows)}, expected a multiple of {count}, "
                         "the number of processes")
    return rows[rank::count]


def train(net, X, y, *, epochs, batch, learning_rate, momentum, seed, device="cpu", report=print):
    """Train in step with the other processes, if there are others. All must call with the same numbers.

    net : torch.nn.Module; X : (N, D) in its dtype, y : (N,); all three the same in every process
    The last minibatch of an epoch is left out where it is smaller than the others.
    """
    rank, count = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    net = net.to(device)
    parallel = DistributedDataParallel(net) if count > 1 else net
    optimiser = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=momentum)
    X, y, loss_of = torch.from_numpy(X), torch.from_numpy(y), torch.nn.CrossEntropyLoss()
    for epoch in range(epochs):
        start, total, steps = time.perf_counter(), 0.0, 0
        # The same seed gives every process the same minibatches; each takes other rows of them.
        for rows in minibatches(len(X), batch, np.random.default_rng([seed, epoch])):
            if len(rows) < batch:
                continue
            mine = torch.from_numpy(share(rows, rank, count))
            optimiser.zero_grad()
            loss = loss_of(parallel(X[mine].to(device)), y[mine].to(device))
            loss.backward()  # here the processes wait for one another, and share their gradients
            optimiser.step()
            total, steps = total + loss.item(), steps + 1
        if rank == 0:
            report(f"epoch {epoch}: loss of this process's share {total / steps:.4f}, "
                   f"{time.perf_counter() - start:.2f} s")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="mnistlib.distributed", description=__doc__.partition("\n")[0])
    parser.add_argument("--hidden", type=int, default=100, help="hidden nodes (100)")
    parser.add_argument("--epochs", type=int, default=2, help="epochs (2)")
    parser.add_argument("--batch", type=int, default=100, help="rows of a minibatch, in all (100)")
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate (0.1)")
    parser.add_argument("--momentum", type=float, default=0.9, help="momentum (0.9)")
    parser.add_argument("--seed", type=int, default=0, help="of first weights and order (0)")
    parser.add_argument("--double", action="store_true", help="compute in 64 bits, to compare runs")
    parser.add_argument("--out", help="write the weights to this .npz file")
    options = parser.parse_args(arguments)
    with processes() as (rank, count, device):
        with redirect_stdout(sys.stdout if rank == 0 else io.StringIO()):
            digits = load_digits()
        dtype = np.float64 if options.double else np.float32
        net = to_pytorch(MLP((784, options.hidden, 10), rng=options.seed, dtype=dtype))
        train(net, digits.X_train.astype(dtype), digits.y_train, epochs=options.epochs, batch=options.batch,
              learning_rate=options.rate, momentum=options.momentum, seed=options.seed, device=device)
        if rank == 0:
            with torch.no_grad():
                scores = net.cpu()(torch.from_numpy(digits.X_test.astype(dtype))).numpy()
            print(f"{count} process{'es' * (count > 1)}, test accuracy {accuracy(scores, digits.y_test):.2%}")
            if options.out:
                np.savez(options.out, **{name: value.numpy() for name, value in net.state_dict().items()})


@contextmanager
def processes():
    """Join the processes that torchrun has started, if it has: (rank, how many, device of this one)."""
    presets = {"RANK": 0, "LOCAL_RANK": 0, "WORLD_SIZE": 1, "LOCAL_WORLD_SIZE": 1}
    rank, local, count, here = (int(os.environ.get(name, preset)) for name, preset in presets.items())
    gpu = torch.cuda.device_count() > local
    if count > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // here))  # together no more than there are cores
        dist.init_process_group("nccl" if gpu else "gloo")
    try:
        yield rank, count, f"cuda:{local}" if gpu else "cpu"
    finally:
        if count > 1:
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
