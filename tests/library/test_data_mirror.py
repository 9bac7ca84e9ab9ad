"""A mirror on this machine that misbehaves, processes that are killed, a disk that is full.

The mirror serves archives of the same make as the real ones, of a tenth of their size. After each fault:
the right images or DataUnavailableError, and the next attempt has the right images.

KILLS=50 in the environment repeats the kill tests as often (default 4).
"""

import gc
import gzip
import hashlib
import multiprocessing
import os
import random
import resource
import signal
import time
import warnings
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import numpy as np
import pytest
from torchvision.datasets import MNIST

from mnistlib import DataUnavailableError, _mnist, load_mnist
from tests.library.test_data_faults import believed, made_up

KILLS = int(os.environ.get("KILLS", "4"))
# Children come from a process that has imported torch, once, and has not used it yet.
children = multiprocessing.get_context("forkserver")
children.set_forkserver_preload(["torchvision.datasets", "mnistlib", __name__])


@pytest.fixture(scope="module")
def made():
    """The four arrays, and the archives of them: {name: bytes}."""
    return made_up(6000, 1000)


class Mirror(ThreadingHTTPServer):
    """Serves `content`; `fault` is called with the handler and the bytes that it should send."""

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.fault, self.served, self.closing = content, behave, [], Event()
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, client_address):
        pass  # a client that was killed has gone away


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        self.server.served.append(name)
        self.server.fault(self, self.server.content[name])

    def send(self, data, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def behave(handler, data):
    handler.send(data, len(data))


def flip_a_bit(handler, data):
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    handler.send(changed, len(data))


def another_file(handler, data):
    other = gzip.compress(b"not these digits")
    handler.send(other, len(other))


def cut(tenths, handler, data):
    """Close the connection after so many tenths of the file."""
    handler.send(data[: len(data) * tenths // 10], len(data))


def hang(handler, data):
    handler.send(data[: len(data) // 2], len(data))
    handler.server.closing.wait(20)


def dribble(handler, data):
    """The whole file in about a fifth of a second, so that a kill meets it on its way."""
    handler.send(b"", len(data))
    step = len(data) // 20 + 1
    for start in range(0, len(data), step):
        handler.wfile.write(data[start : start + step])
        time.sleep(0.01)


FAULTS = {"a bit flipped": flip_a_bit, "another file": another_file, "hangs halfway": hang,
          "truncated": lambda handler, data: handler.send(data[:-1], len(data) - 1),
          "HTTP 404": lambda handler, data: handler.send_error(404),
          "HTTP 500": lambda handler, data: handler.send_error(500),
          "never answers": lambda handler, data: handler.server.closing.wait(20),
          **{f"cut after {tenths}0 %": partial(cut, tenths) for tenths in (0, 1, 5, 9)}}


@contextmanager
def serving(archives):
    server = Mirror(archives)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def mirror(made, monkeypatch):
    with serving(made[1]) as server:
        for where in [*believed(*made), (MNIST, "mirrors", [server.url]), (_mnist, "TIMEOUT", 0.3)]:
            monkeypatch.setattr(*where)
        yield server


@pytest.fixture(scope="module")
def right(made):
    """What all loads must give: the SHA-256 of the four arrays' bytes."""
    return hashlib.sha256(b"".join(array.tobytes() for array in made[0])).hexdigest()


def digest(digits):
    found = hashlib.sha256()
    for X, y in ((digits.X_train, digits.y_train), (digits.X_test, digits.y_test)):
        found.update(np.rint(X * 255).astype(np.uint8))
        found.update(y.astype(np.uint8))
    return found.hexdigest()


EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@EVERY_FAULT
def test_a_mirror_at_fault_costs_one_attempt(mirror, right, tmp_path, fault):
    """The files that came whole are kept: a slow line need not fetch them twice."""
    bad = MNIST.resources[2][0]
    mirror.fault = lambda handler, data: (fault if bad in handler.path else behave)(handler, data)
    with pytest.raises(DataUnavailableError, match="(?s)What happened: .+What to do: "):
        load_mnist(tmp_path)
    assert not (tmp_path / _mnist.CACHE).exists()
    mirror.served.clear()
    mirror.fault = behave
    assert digest(load_mnist(tmp_path)) == right
    assert bad in mirror.served and MNIST.resources[0][0] not in mirror.served


@EVERY_FAULT
def test_the_second_mirror_steps_in(mirror, made, right, tmp_path, monkeypatch, fault):
    mirror.fault = fault
    with serving(made[1]) as second:
        monkeypatch.setattr(MNIST, "mirrors", [mirror.url, second.url])
        assert digest(load_mnist(tmp_path)) == right


def test_no_answer_of_a_mirror_is_left_open(mirror, made, tmp_path, monkeypatch):
    mirror.fault = FAULTS["HTTP 404"]
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(DataUnavailableError):
            load_mnist(tmp_path)
        with serving(made[1]) as second:
            monkeypatch.setattr(MNIST, "mirrors", [mirror.url, second.url])
            load_mnist(tmp_path)
        gc.collect()
    assert not [str(warning.message) for warning in left]


def load_in_child(root, settings, limit, outcome):
    """Runs in a child process: a load; says its digest or what it raised. limit : see test_a_full_disk"""
    MNIST.resources, MNIST.mirrors, _mnist.SHAPES, _mnist.SHA256 = settings
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        outcome.send(digest(load_mnist(root)))
    except BaseException as error:
        outcome.send(f"{type(error).__name__}: {error}")


@pytest.fixture
def start(mirror):
    """Starts a child that loads into a folder; gives the process, and a function that waits for its word."""
    started = []

    def start(root, limit=None):
        ours, theirs = children.Pipe(duplex=False)
        settings = MNIST.resources, MNIST.mirrors, _mnist.SHAPES, _mnist.SHA256  # as the mirror has set them
        child = children.Process(target=load_in_child, args=(root, settings, limit, theirs))
        child.start()
        started.append(child)

        def word():
            assert ours.poll(120), "the child says nothing"
            return ours.recv()

        return child, word

    yield start
    for child in started:
        child.kill()
        child.join()


def test_four_processes_at_once_fetch_each_file_once(mirror, start, right, tmp_path):
    load_mnist(tmp_path / "alone")
    alone = sorted(mirror.served)
    mirror.served.clear()
    mirror.fault = dribble
    words = [word for _, word in [start(tmp_path / "together") for _ in range(4)]]
    assert [word() for word in words] == [right] * 4
    assert sorted(mirror.served) == alone


def test_a_killed_process_leaves_nothing_that_is_trusted(mirror, start, right, tmp_path):
    """SIGKILL at a random moment until the cache is there: download, unpacking, its own writing."""
    mirror.fault = dribble
    assert start(tmp_path / "warm")[1]() == right
    began = time.perf_counter()
    _, word = start(tmp_path / "whole")
    while not (tmp_path / "whole" / _mnist.CACHE).exists():
        time.sleep(0.001)
    whole = time.perf_counter() - began
    assert word() == right
    moments, interrupted = random.Random(0), []
    for i in range(KILLS):
        root = tmp_path / str(i)
        child, _ = start(root)
        time.sleep(moments.uniform(0, 1) * whole)
        child.kill()  # SIGKILL
        child.join()
        interrupted.append(not (root / _mnist.CACHE).exists())
        mirror.fault = behave
        assert digest(load_mnist(root)) == right
        assert digest(load_mnist(root, download=False)) == right
        assert not list(root.glob("*.part"))
        mirror.fault = dribble
    assert any(interrupted)


@pytest.mark.parametrize("share", [0.001, 0.5, 1.1])
def test_a_full_disk(start, made, right, tmp_path, share):
    """No file may grow beyond a limit: the system refuses the write as it does on a full disk."""
    limit = int(share * max(array.nbytes for array in made[0]))
    said = start(tmp_path, limit)[1]()
    # Beyond 1 the unpacked files fit, and only the cache of all four does not.
    assert said == right if share > 1 else said.startswith("DataUnavailableError") and "too large" in said
    assert not (tmp_path / _mnist.CACHE).exists()
    assert digest(load_mnist(tmp_path)) == right
    assert digest(load_mnist(tmp_path, download=False)) == right
