"""What benchmarks/ have measured: whole, of the scripts as they are now, and in the package."""

import importlib
import json
from importlib.resources import files
from statistics import mean

import pytest

from tools.book import ROOT

BENCHMARKS = ROOT / "benchmarks"
SHARED = {"__init__", "article", "contest", "recipes", "results"}
SCRIPTS = sorted({path.stem for path in BENCHMARKS.glob("*.py")} - SHARED)


def result(name):
    return json.loads((files("mnistlib") / "results" / f"{name}.json").read_text(encoding="utf-8"))


def script(name):
    return importlib.import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_has_left_a_result_that_says_where_it_comes_from(name):
    found = result(name)
    assert found["command"] == f"make bench CLAIM={name}"
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


def test_accuracy_was_measured_with_the_recipes_that_the_search_chose_with_other_seeds():
    module, found = script("accuracy"), result("accuracy")
    assert {row["goal"]: row["recipe"] for row in found["test_accuracy"]} == module.recipes()
    assert not set(module.SEEDS) & set(result("search")["seeds"])
    for row in found["test_accuracy"]:
        assert row["seeds"] == list(module.SEEDS)
        assert len(row["seconds"]) == len(row["accuracy"]) == len(row["loss"]) == len(module.SEEDS)


def test_the_search_tried_its_grids_and_chose_by_its_rules():
    module, found = script("search"), result("search")
    assert [row["recipe"] for row in found["steps"]] == [{**module.SHORT, **one} for one in module.STEPS]
    assert found["chosen"] == module.best_steps(found["steps"])
    chosen = module.shortest(found["lengths"])
    chosen.update(module.longer(chosen[98.5]))
    assert found["recipes"] == {str(goal): recipe for goal, recipe in chosen.items()}
    for part in ("steps", "warps", "lengths"):
        assert all(len(row["accuracy"]) == len(module.SEEDS) for row in found[part])


def test_of_equally_good_steps_the_largest_batch_is_chosen_and_of_lengths_the_first():
    module = script("search")
    rows = [{"recipe": {"hidden": 300, "batch": batch}, "accuracy": [value, value]}
            for batch, value in [(50, 98.0), (100, 97.95), (200, 97.8)]]
    assert module.best_steps(rows) == {"batch": 100}
    lengths = [{"recipe": {"epochs": count}, "accuracy": [98.9, value]}
               for count, value in [(1, 97.05), (2, 97.2), (3, 98.3), (4, 99.3)]]
    assert module.shortest(lengths) == {97.0: {"epochs": 2}, 98.0: {"epochs": 3}, 98.5: {"epochs": 4}}


def test_the_ladder_has_the_rungs_as_they_are_and_no_rate_that_a_neighbour_beats():
    module, found = script("ladder"), result("ladder")
    assert list(found["rungs"]) == list(module.RUNGS)
    assert list(found["without"]) == [*module.WITHOUT, *module.ALSO]
    assert found["chooses"] not in found["seeds"]
    for part in ("rungs", "without"):
        for run in found[part].values():
            assert len(run["accuracy"]) == len(module.SEEDS)
            tried = {float(rate): value for rate, value in run["tried"].items()}
            if tried:
                best = run["learning_rate"]
                assert tried[best] >= max(tried[best / 2], tried[2 * best])


def test_a_rate_is_sought_until_neither_its_half_nor_its_double_is_better(monkeypatch):
    from types import SimpleNamespace

    module = script("ladder")
    monkeypatch.setattr(module, "judged", lambda recipe, seed: -abs(recipe["learning_rate"] - 0.9))
    pool = SimpleNamespace(starmap=lambda f, runs, chunksize: [f(*one) for one in runs])
    best, tried = module.best_rate({}, 0.1, pool)
    assert best == 0.8
    assert sorted(tried) == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]


def test_minibatches_were_measured_at_every_size_and_all_trained_the_same_network():
    module, found = script("minibatch"), result("minibatch")
    assert [(row["hidden"], row["batch"], row["threads"]) for row in found["sizes"]] == [
        (*size, threads) for size in module.SIZES for threads in module.THREADS]
    for row in found["sizes"]:
        assert list(row["found"]) == list(module.CONTESTANTS)
        losses = {name: one["loss"] for name, one in row["found"].items() if one.get("loss") is not None}
        assert losses["FastMLP"] == pytest.approx(losses["MLP"], rel=2e-3)
        assert losses["FastMLP"] == pytest.approx(losses["PyTorch"], rel=2e-3)
        assert losses["FastMLP"] == pytest.approx(losses["scikit-learn"], rel=0.3)  # other weights and order
        ran = [one for one in row["found"].values() if "failed" not in one]
        assert all(len(one["seconds"]) == module.TURNS for one in ran)


def test_single_steps_were_measured_quiet_and_busy_with_all_inputs_and_weights():
    module, found = script("single"), result("single")
    assert [(row["machine"], row["inputs"], row["weights"]) for row in found["rows"]] == [
        (machine, inputs, weights) for machine in module.MACHINES for inputs in module.INPUTS
        for weights in module.WEIGHTS]
    for row in found["rows"]:
        assert list(row["microseconds"]) == module.NAMES
        assert all(len(runs) == module.TURNS for runs in row["microseconds"].values())


def test_all_that_one_waits_for_was_measured():
    module, found = script("startup"), result("startup")
    assert list(found["seconds"]) == [*module.INSIDE, "make book"]


def test_contestants_take_turns_and_one_that_fails_is_left_out():
    module, log = script("contest"), []

    class Stub:
        def __init__(self, name):
            self.name = name

        def prepare(self, task):
            log.append((self.name, task))

        def turn(self):
            log.append(self.name)
            return {"failed": "no compiler"} if self.name == "c" else {"seconds": len(log), "result": 5}

    found = module.take_turns({name: Stub(name) for name in "abc"}, {"task": "t"}, 2)
    assert log == [("a", "t"), "a", ("b", "t"), "b", ("c", "t"), "c", "a", "b", "a", "b"]
    assert found == {"a": {"seconds": [7, 9], "result": 5}, "b": {"seconds": [8, 10], "result": 5},
                     "c": {"failed": "no compiler"}}
    assert module.ratios(found, "a", "b") == [7 / 8, (7 / 8 + 9 / 10) / 2, 9 / 10]


@pytest.mark.parametrize("alone, expected", [(True, "1"), (False, None)])
def test_a_contestant_is_a_process_with_the_threads_that_it_was_told(tmp_path, monkeypatch, alone, expected):
    module = script("contest")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "toy.py").write_text(TOY.format(root=str(ROOT)))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    toy = module.Contestant("toy", "name", one_thread=alone)
    toy.prepare(number=3)
    answer = toy.turn()
    assert (answer["result"], answer["seconds"] >= 0) == ([3, expected], True)
    toy.prepare(number=None)
    assert toy.turn() == {"failed": "TypeError: no number"}
    toy.close()


TOY = """
import os, sys
sys.path.insert(0, {root!r})
import importlib.util
spec = importlib.util.spec_from_file_location("contest", {root!r} + "/benchmarks/contest.py")
contest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(contest)


def prepare(number):
    print("what is said here is no answer")

    def turn():
        if number is None:
            raise TypeError("no number")
        return [number, os.environ.get("OMP_NUM_THREADS")]

    return turn


contest.serve(prepare)
"""


def test_the_convolutional_networks_that_were_timed_were_the_same():
    module, found = script("convolution"), result("convolution")
    rows = found["speed"]["rows"]
    assert [(row["threads"], row["batch"], row["part"]) for row in rows] == [
        (threads, batch, part) for threads in ("as shipped", "one") for batch in module.BATCHES
        for part in ("step", "forward")]
    for row in rows:
        assert list(row["found"]) == list(module.NAMES)
        assert row["found"]["ours"]["result"] == pytest.approx(row["found"]["PyTorch"]["result"], rel=0.02)
        assert all(len(one["seconds"]) == module.TURNS for one in row["found"].values())
        assert row["share"][2] < 1


def test_parts_of_convolution_build_upon_each_other_in_a_changed_tree_too(tmp_path, monkeypatch):
    from benchmarks import results

    module = script("convolution")
    monkeypatch.setattr(results, "UNKEPT", tmp_path)
    monkeypatch.setattr(results, "git", lambda *words: " M mnistlib/mlp.py")
    monkeypatch.setattr(module, "PARTS", {"search": lambda found: {"chosen": "new"},
                                          "accuracy": lambda found: {"of": found["search"]["chosen"]}})
    module.main([])
    found = json.loads((tmp_path / "convolution.json").read_text(encoding="utf-8"))
    assert (found["search"]["chosen"], found["accuracy"]["of"]) == ("new", "new")


def test_convolution_was_measured_with_the_recipe_that_the_search_chose_with_other_seeds():
    module, found = script("convolution"), result("convolution")
    searched = found["search"]
    assert searched["seeds"] == list(module.TRYING) and not {*module.TRYING} & {*module.COMMITTEE}
    assert {*module.CHANGES} <= {*searched["tried"]} <= {*module.CHANGES, module.TOGETHER}
    assert all(len(one) == len(module.TRYING) for one in searched["tried"].values())
    best = max(searched["tried"], key=lambda name: mean(searched["tried"][name]))
    change = searched["together"] if best == module.TOGETHER else module.CHANGES[best]
    assert searched["chosen"] == {**module.BASE, **change}
    assert searched["factor"] == float(max(searched["long"], key=lambda one: mean(searched["long"][one])))
    assert [*map(float, searched["long"])] == list(module.FACTORS)
    assert found["accuracy"]["recipes"][:3] == list(module.recipes(found).values())
    assert [len(one) for one in found["accuracy"]["accuracy"]] == [3, 3, 5, 5]
    assert len(found["accuracy"]["committees"]) == 2
    assert [row["goal"] for row in found["time"]["goals"]] == list(module.EPOCHS)
