"""The package as a whole: its public names, how light it is, and what may import what."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mnistlib
from mnistlib import _mnist, load_mnist, load_sample

PUBLIC = [
    "DataUnavailableError", "Dataset", "NeuralNetwork", "accuracy", "hinge_loss", "l2_penalty",
    "linear_scores", "load_digits", "load_mnist", "load_sample", "minibatches", "numerical_gradient",
    "one_hot", "predict", "softmax_cross_entropy", "squared_error",
]
SIGNATURES = {
    "load_mnist": "(root=None, *, download=True)",
    "one_hot": "(y, num_classes=10)",
    "linear_scores": "(X, W, b)",
    "predict": "(scores)",
    "accuracy": "(scores, y)",
    "hinge_loss": "(scores, y, margin=1.0)",
    "softmax_cross_entropy": "(scores, y)",
    "squared_error": "(outputs, T)",
    "l2_penalty": "(W, strength)",
    "minibatches": "(n, size, rng)",
    "NeuralNetwork":
        "(input_nodes, hidden_nodes, output_nodes, learning_rate, *, rule='article', rng=None)",
}
# Of ours, what each module may import. Private modules are free to all.
FLOORS = {"network": {"losses", "optim"}, "mlp": {"losses"}, "training": {"linear", "optim"},
          "distributed": {"data", "linear", "mlp", "optim"}}

PACKAGE = Path(mnistlib.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERY_MODULE = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def test_public_names_are_the_designs():
    assert mnistlib.__all__ == PUBLIC
    names = {name for name in dir(mnistlib)
             if not name.startswith("_") and not inspect.ismodule(getattr(mnistlib, name))}
    assert names == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_a_contract(name):
    thing = getattr(mnistlib, name)
    assert len(inspect.getdoc(thing)) > 40
    # What a class offers, it explains: its own public methods too.
    for method, value in vars(thing).items() if inspect.isclass(thing) else ():
        if inspect.isfunction(value) and not method.startswith("_"):
            assert value.__doc__, f"{name}.{method}"


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_the_designs(name):
    assert str(inspect.signature(getattr(mnistlib, name))) == SIGNATURES[name]


def test_import_is_light():
    code = "import mnistlib, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "mnistlib" in loaded.split()
    assert not {"torch", "torchvision", "matplotlib", "sklearn", "PIL", "scipy"} & set(loaded.split())


def test_the_network_comes_when_asked_for_and_other_names_do_not():
    code = "import mnistlib; a = mnistlib.NeuralNetwork; from mnistlib import NeuralNetwork"
    code += "; assert a is NeuralNetwork"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'NeuralNetworks'"):
        mnistlib.NeuralNetworks  # noqa: B018


ZEROS = np.zeros((2, 3))
NETWORK = mnistlib.NeuralNetwork(4, 2, 3, 0.1, rng=0)


@pytest.mark.parametrize("call, message", [
    (lambda: mnistlib.hinge_loss(ZEROS, [0, 5]), "y: received label 5, expected 0..2"),
    (lambda: mnistlib.hinge_loss(ZEROS, [-1, 2]), "y: received label -1, expected 0..2"),
    (lambda: mnistlib.hinge_loss(ZEROS, [0]), "y: received shape (1,), expected (2,)"),
    (lambda: mnistlib.hinge_loss(ZEROS, [0, 1], -1),
     "margin: received -1.0, expected a finite number from 0 up"),
    (lambda: mnistlib.squared_error(ZEROS, ZEROS.T), "T: received shape (3, 2), expected (2, 3)"),
    (lambda: mnistlib.numerical_gradient(lambda a: np.nan, [1.0]),
     "f(array): received nan, expected a finite number"),
    (lambda: NETWORK.query(np.zeros(5)), "inputs: received shape (5,), expected (4,) or (N, 4)"),
    (lambda: NETWORK.query(np.full(4, -0.5)), "inputs: received values in [-0.5, -0.5], expected [0, 1]"),
    (lambda: NETWORK.query([0, 0, 0, 255]),
     "inputs: received values in [0, 255], expected [0, 1]; divide 0..255 images by 255"),
])
def test_errors_say_what_came_and_what_was_expected(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


@EVERY_MODULE
def test_a_module_can_be_read_in_one_sitting(module):
    lines = module.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert ast.get_docstring(ast.parse("\n".join(lines)))


def imports_of_ours(module):
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the package in full"
            names = [node.module] if node.module != "mnistlib" else [f"mnistlib.{a.name}" for a in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("mnistlib."))


@EVERY_MODULE
def test_no_module_imports_from_a_higher_floor(module):
    if module == PACKAGE / "__init__.py":
        return
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")  # a folder is one room
    public = {name for name in imports_of_ours(module) if not name.startswith("_")}
    assert public - {room} <= FLOORS.get(room, set())


def test_the_warning_of_a_full_disk_points_at_the_line_that_asked(tmp_path, monkeypatch):
    """Not among the tests of the cache: mutmut puts calls of its own in between."""
    monkeypatch.setattr(_mnist, "_from_torchvision", lambda root, download: load_sample()[:4])
    monkeypatch.setattr(_mnist.np, "savez", lambda file, **arrays: Path("/").write_text(""))
    with pytest.warns(UserWarning, match="cannot be kept") as caught:
        load_mnist(tmp_path)
    assert caught[0].filename == __file__
