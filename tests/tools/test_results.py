"""What benchmarks/ have measured: whole, of the scripts as they are now, and in the package."""

import importlib
import json
from importlib.resources import files

import pytest

from tools.book import ROOT

BENCHMARKS = ROOT / "benchmarks"
SHARED = {"__init__", "article", "results"}
SCRIPTS = sorted({path.stem for path in BENCHMARKS.glob("*.py")} - SHARED)


def result(name):
    return json.loads((files("mnistlib") / "results" / f"{name}.json").read_text(encoding="utf-8"))


def script(name):
    return importlib.import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_has_left_a_result_that_says_where_it_comes_from(name):
    found = result(name)
    assert found["command"] in (f"make bench CLAIM={name}", f"python benchmarks/{name}.py")
    assert found["commit"]
    assert {"processor", "cores", "python", "numpy", "scipy", "torch"} <= set(found["machine"])


@pytest.mark.parametrize("dirty, kept", [
    ("", True), (" M mnistlib/results/single.json", True), (" M mnistlib/mlp.py", False),
    ("?? new.py", False)])
def test_results_are_kept_from_a_clean_tree_only(tmp_path, monkeypatch, capsys, dirty, kept):
    from benchmarks import results

    monkeypatch.setattr(results, "RESULTS", tmp_path / "kept")
    monkeypatch.setattr(results, "UNKEPT", tmp_path / "unkept")
    monkeypatch.setattr(results, "git", lambda *words: dirty if words[0] == "status" else "abc1234")
    results.write("x", {"seeds": [0]})
    found = json.loads((tmp_path / ("kept" if kept else "unkept") / "x.json").read_text())
    assert (found["commit"], found["script"], found["seeds"]) == ("abc1234", "benchmarks/x.py", [0])
    assert (tmp_path / "kept").exists() == kept
    assert kept or f"since {dirty.split()[-1]} differ" in capsys.readouterr().out


def test_there_is_no_result_without_a_script():
    stored = {path.stem for path in (ROOT / "mnistlib" / "results").glob("*.json")}
    assert stored == set(SCRIPTS)


def test_accuracy_was_measured_with_the_recipes_as_they_are():
    module, found = script("accuracy"), result("accuracy")
    assert {row["goal"]: row["recipe"] for row in found["test_accuracy"]} == module.RECIPES
    for row in found["test_accuracy"]:
        assert row["seeds"] == list(module.SEEDS)
        assert len(row["seconds"]) == len(row["accuracy"]) == len(row["loss"]) == len(module.SEEDS)


def test_the_ladder_has_the_rungs_as_they_are():
    module, found = script("ladder"), result("ladder")
    for part, table in (("rungs", module.RUNGS), ("without", module.WITHOUT)):
        assert list(found[part]) == list(table)
        assert all(len(run["accuracy"]) == len(module.SEEDS) for run in found[part].values())


def test_minibatches_were_measured_at_every_size_and_all_trained_the_same_network():
    module, found = script("minibatch"), result("minibatch")
    assert [(row["hidden"], row["batch"]) for row in found["sizes"]] == module.SIZES
    for row in found["sizes"]:
        losses = {name: one["loss"] for name, one in row["found"].items() if "loss" in one}
        assert losses["ours"] == pytest.approx(losses["PyTorch"], rel=2e-3)
        assert losses["ours"] == pytest.approx(losses["scikit-learn"], rel=0.2)  # its own weights and order


def test_convolution_was_measured_with_the_recipes_as_they_are():
    module, found = script("convolution"), result("convolution")
    rows = found["accuracy"]["goals"]
    assert {row["goal"]: row["recipe"] for row in rows} == module.RECIPES
    assert [len(row["accuracy"]) for row in rows] == [3, 3, 5]
    assert [row["goal"] for row in found["time"]["goals"]] == list(module.RECIPES)
    assert {name: len(one["accuracy"]) for name, one in found["search"]["tried"].items()} == dict.fromkeys(
        module.SEARCH, len(module.SEEDS))


def test_the_convolutional_networks_that_were_timed_were_the_same():
    module, rows = script("convolution"), result("convolution")["speed"]["rows"]
    assert [(row["batch"], row["threads"]) for row in rows] == [
        (batch, threads) for batch in module.BATCHES for threads in ("as shipped", "one")]
    for row in rows:
        assert row["found"]["ours"]["loss"][0] == pytest.approx(row["found"]["PyTorch"]["loss"][0], rel=0.02)
