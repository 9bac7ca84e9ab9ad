"""Plant faults, and see that the tests find them.

    python -m tools.mutants              notebooks and library, an hour and a half
    python -m tools.mutants notebooks    only those planted in the chapters
    python -m tools.mutants library      only those that mutmut plants in mnistlib
    python -m tools.mutants survivors    of these again those that survived, after tests have been added;
                                         mutants/ must be there, and mnistlib as it was

In the chapters: a notebook with one fault goes through the checks of the sources, and if they say
nothing, through pytest --nbtruth as `make test` runs it, up to the cell where the fault must show.
The same notebook without the fault goes through first, and must pass. Needs MNIST.

The scores are kept in tools/mutants.txt, to which CONTRIBUTING.md leads.

Exit codes: 0 every planted fault was found and the library's score is at least 96 %, 1 not so, 2 no MNIST,
or another word than these, or no survivors to try.
"""

import copy
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from shutil import rmtree

from tools import book
from tools.book import ROOT
from tools.files import write_whole
from tools.sources import CHECKS

SCORES = book.ROOT / "tools" / "mutants.txt"
PLANTED = ROOT / ".planted"  # hidden, and below conftest.py
MUTMUT, MUTANTS = Path(sys.executable).with_name("mutmut"), ROOT / "mutants"  # where it has its own
WANTED = 0.96


def cell_with(nb, text):
    """The index of the only code cell that holds the text."""
    found = [i for i, cell in enumerate(nb["cells"])
             if cell["cell_type"] == "code" and text in cell["source"]]
    assert len(found) == 1, f"{len(found)} cells hold {text!r}, expected 1: change FAULTS in tools/mutants.py"
    return found[0]


def source(old, new, shows=None):
    """Another source, and the output of the old one. Shows in that cell, or in the one that holds `shows`."""
    def plant(nb):
        i = cell_with(nb, old)
        nb["cells"][i]["source"] = nb["cells"][i]["source"].replace(old, new)
        return cell_with(nb, shows) if shows else i
    return plant


def changed(where, change):
    """The cell that holds `where`, as change(cell) leaves it."""
    def plant(nb):
        i = cell_with(nb, where)
        change(nb["cells"][i])
        return i
    return plant


def output(where, old, new):
    """Another text in the output of the cell that holds `where`."""
    def change(cell):
        text = json.dumps(cell["outputs"], ensure_ascii=False)
        cell["outputs"] = json.loads(text.replace(old, new, 1))
    return changed(where, change)


def picture_of(other, where):
    """In the cell that holds `where`, the outputs of the cell that holds `other`."""
    def plant(nb):
        i, j = cell_with(nb, where), cell_with(nb, other)
        nb["cells"][i]["outputs"] = nb["cells"][j]["outputs"]
        return i
    return plant


def never_run(where):
    return changed(where, lambda cell: cell.update(execution_count=None, outputs=[]))


def run_out_of_order(where):
    return changed(where, lambda cell: cell.update(execution_count=cell["execution_count"] + 1))


def without_output(where):
    return changed(where, lambda cell: cell.update(outputs=[]))


def without_alt(where):
    return changed(where, lambda cell: cell["metadata"]["mystnb"].pop("image"))


def tagged(where, tag):
    return changed(where, lambda cell: cell["metadata"].setdefault("tags", []).append(tag))


FAULTS = [
    ("a changed number, third digit, in text", "03", output("/ 3 = {(2.9 + 0.0", "5.27", "5.28")),
    ("a changed number in an array", "03", output("print(excess.round(1))", "6.6", "6.7")),
    ("a changed percentage", "02", output("tries.append(accuracy(", "18.7", "18.8")),
    ("a changed integer", "01", output('"one colour image:', "3072", "3027")),
    ("a changed number in the score of a class", "02", output("class 1 scores", "25.8", "26.8")),
    ("a lost minus sign in an output", "03", output("print(d_scores * 3)", "-2.", " 2.")),
    ("a changed word in an output", "02", output("names[k] for k in scores", "diagonal", "diagonel")),
    ("a line lost from an output", "03", output("with the diagonal", "without it        5.2667\\n", "")),
    ("a swapped axis", "02", source("plt.contourf(pixel_1, pixel_2,", "plt.contourf(pixel_2, pixel_1,")),
    ("axis labels swapped", "01", source('plt.ylabel("pairs")', 'plt.ylabel("distance")')),
    ("a dropped label", "01", source('plt.xlabel("distance between the two images")\n', "")),
    ("a dropped legend", "01", source("plt.legend()\n", "")),
    ("a title with another digit", "02", source('"4 (blue) against', '"9 (blue) against')),
    ("a curve a little off", "03", source("losses = [hinge_loss(row[None], y[:1])[0]",
                                          "losses = [1.02 * hinge_loss(row[None], y[:1])[0]")),
    ("a sign error in the loss", "03", source("excess = s[j] - s[true] + 1", "excess = s[j] + s[true] + 1")),
    ("a sign error in the update", "07", source("W -= step *", "W += step *", shows="for rate in [0.001")),
    ("a sign error in the colours", "02", source("show_weights(W_special,", "show_weights(-W_special,")),
    ("an axis of a sum forgotten", "01",
     source("    return np.sqrt(((first - second) ** 2).sum(axis=-1))",
            "    return np.sqrt(((first - second) ** 2).sum())", shows="anchors, others =")),
    ("the article's diagonal slip", "03", source("            if j != y[i]:\n                total +=",
                                                 "            if True:\n                total +=")),
    ("broadcast along the wrong axis", "03", source("scores - true_scores[:, None] + 1",
                                                    "scores - true_scores + 1")),
    ("another seed", "01", source("np.random.default_rng(0).permutation(784)",
                                  "np.random.default_rng(1).permutation(784)")),
    ("training data in place of test data", "02",
     source("right = accuracy(linear_scores(X_test, W, b), y_test)",
            "right = accuracy(linear_scores(X, W, b), y)")),
    ("a stale output: the source has moved on", "03", source("for margin in [0, 1, 2, 10]:",
                                                             "for margin in [0, 1, 2, 5]:")),
    ("a stale picture: the picture of another cell", "03",
     picture_of("moved = np.linspace(-4, 8, 61)", "axis.axvspan(")),
    ("a wrong template picture: two classes swapped", "02",
     source("show_weights(W_special, ", "show_weights(W_special[[1, 0, *range(2, 10)]], ")),
    ("a wrong template picture: not centred", "02",
     source("show_weights(W_special, range(10))", "show_weights(W, range(10))")),
    ("a loss whose slope is p + t", "03", source("assert_allclose((softmax(scores) - t) / 3, nudged",
                                                 "assert_allclose((softmax(scores) + t) / 3, nudged")),
    ("a logarithm of the wrong class", "03", source("softmax(scores)[rows, y]", "softmax(scores)[rows, 0]")),
    ("a ceiling that is none", "03", source("assert mistakes <= cross_entropy / np.log(2)",
                                            "assert cross_entropy / np.log(2) <= mistakes")),
    ("neighbours looked for where they are not", "01",
     source("divmod(shuffle[inked], 28)", "divmod(inked, 28)")),
    ("candidates among the digits that they judge", "01",
     source("few, few_y = X[later:][:1000], y[later:][:1000]", "few, few_y = X[:1000], y[:1000]")),
    ("a standard error without its root", "01",
     source("100 * np.sqrt(a * (1 - a) / 100)", "100 * (a * (1 - a) / 100)")),
    ("the top called the bottom", "02", source('("top", range(5, 11))', '("top", range(18, 26))')),
    ("groups drawn at random called those of the file", "01",
     source('("groups as they lie  ", right)', '("groups as they lie  ", rng.permutation(right))')),
    ("an infinite loss hidden by a small number", "03",
     source("-np.log(p[rows, y])", "-np.log(p[rows, y] + 1e-12)")),
    ("a penalty that grows with the weights, not with their square", "04",
     source("== 4 * l2_penalty", "== 2 * l2_penalty")),
    ("an emptied assertion: assert True", "02",
     source("assert np.array_equal(linear_scores(X_tiny, W, b), scores)", "assert True")),
    ("an emptied assertion: or True", "03", source("mistakes <= loss", "mistakes <= loss or True")),
    ("an emptied assertion: equal to itself", "07",
     source("np.testing.assert_allclose(np.tanh(z), 2 * expit(2 * z) - 1, atol=1e-12)",
            "np.testing.assert_allclose(np.tanh(z), np.tanh(z), atol=1e-12)")),
    ("an assertion that is false", "03", source("== 12.9  # the frog", "== 10.9  # the frog")),
    ("a cell that was never run", "03", never_run("with the diagonal")),
    ("cells run out of order", "03", run_out_of_order("with the diagonal")),
    ("an output deleted", "03", without_output("with the diagonal")),
    ("a cell hidden from comparison", "03", tagged("with the diagonal", "nbval-ignore-output")),
    ("a tolerance that lets anything pass", "03", tagged("with the diagonal", "rtol=10")),
    ("an exception swallowed", "06", source("except RuntimeError as error:\n    print(error)",
                                            "except RuntimeError:\n    pass")),
    ("the penalty left out of the slope", "04",
     source("    slope[:, :-1] += d_W  # the", "    slope[:, :-1] += 0 * d_W  # the",
            shows="nudged = ")),
    ("a search that stops early", "04",
     source("= fit(X, y, strength, W_one)", "= fit(X, y, strength, W_one, steps=20)",
            shows="bottom <= loss <= 1.01 * bottom")),
    ("a W of the table under another λ", "04",
     source("W_one in zip(strengths, fitted)", "W_one in zip(strengths, np.roll(fitted, 1, 0))")),
    ("a search that is content too early", "04",
     source('"ftol": 1e-12', '"ftol": 1e-4', shows="bottom <= loss <= 1.01 * bottom")),
    ("a bound that is none", "04",
     source("/ (4 * strength)", "/ (8 * strength)", shows="bottom <= loss <= 1.01 * bottom")),
    ("pairs that are no pairs", "04",
     source("pairs = right[4] - right[other]", "pairs = right[4] - right[other][::-1]")),
    ("what is left out called what is there", "04", source("accuracy(X_val @ W.T + b, y_val)",
                                                                "accuracy(X_val @ W.T, y_val)")),
    ("training digits among those of the validation", "04",
     source("np.split(order, [len(order) // 6])", "order, order[len(order) // 6:]")),
    ("two curves that swapped their names", "04",
     source('{"training": train_accuracy, "validation": val_accuracy}',
            '{"training": val_accuracy, "validation": train_accuracy}')),
    ("a logarithmic axis made linear", "04",
     source('λ", "accuracy", logx=True', 'λ", "accuracy", logx=False')),
    ("one row of templates of another λ", "04", source("shown = [0, 4, 5, 6]", "shown = [0, 4, 5, 7]")),
    ("a difference that is not halved", "05", source("/ (2 * nudge)\n    print", "/ nudge\n    print")),
    ("a changed exponent", "05", output("one_side = ", "1e-06", "1e-05")),
    ("the slope of another sample", "05",
     source("d_scores[i, k] * X_tiny[i, d]", "d_scores[i, k] * X_tiny[k, d]")),
    ("test digits that are shuffled", "06",
     source("DataLoader(test_set, batch_size, shuffle=False)",
            "DataLoader(test_set, batch_size, shuffle=True)",
            shows="largest difference of a pixel")),
    ("digits said to be sorted that are not", "06",
     source('np.argsort(digits.y_train, kind="stable")', "np.arange(len(digits.y_train))")),
    ("bytes in the wrong order", "06", source('dtype=">i4", count=4', 'dtype="<i4", count=4')),
    ("a judge that lets batches of neighbours pass", "06",
     source("for order in orders}) <= 10:", "for order in orders}) < 1:", shows="for attempt in [answer,")),
    ("error signals handed back along the wrong axis", "08",
     source("back = who.T @ delta_out", "back = who @ delta_out")),
    ("steps of another rule", "08",
     source('steps = nets["article"]', 'steps = nets["squared_error"]')),
    ("a product of the wrong sign", "08", source("product < 0", "product > 0")),
    ("slopes that react unequally without saying so", "08",
     source('(rule != "article")', '(rule == "article")')),
    ("a vanishing slope left out", "08", source("(delta @ W) * value * (1 - value)", "delta @ W",
                                                shows="for layer, W in enumerate(weights)")),
    ("weights that do not solve XOR", "08", source("[1, -1.65]", "[1, -2.65]")),
    ("each inverted by its position", "07", source("rng.random(len(X)) < 0.5", "np.arange(len(X)) % 2 == 1",
                                                   shows="for rate in [0.001")),
    ("hidden nodes swapped without their outputs", "07", source("w_output[::-1], b_output)",
                                                                "w_output, b_output)",
                                                                shows="middle = ")),
    ("counting at the other positions", "06",
     source('{counting(y[1::2])', '{counting(y[::2])')),
    ("choosing on the digits that were learned", "05",
     source("return 100 * accuracy(linear_scores(X_val, W, b), y_val)",
            "return 100 * accuracy(linear_scores(X, W, b), y)", shows='print("batch size "')),
    ("a margin that is not scaled with the rate", "05", source("margin=1 / 30", "margin=1 / 20")),
    ("the other classes set free", "05",
     source("(t == 1) | (s > 0)", "(t == 0) | (s < 1)", shows='"plain squares"')),
    ("rows and columns of a confusion matrix swapped", "09",
     source("in zip(true, answers)", "in zip(answers, true)", shows="mistakes = confusion")),
    ("its axes called each other's name", "09",
     source('plt.xlabel("answer")\nplt.ylabel("true digit")',
            'plt.xlabel("true digit")\nplt.ylabel("answer")')),
    ("a step uphill", "09",
     source("image - rate * net.wih.T @ back", "image + rate * net.wih.T @ back", "fooled, steps = fool(")),
    ("the veil taken away instead of added", "09",
     source('"the mean alone": X_test + veil', '"the mean alone": X_test - veil')),
    ("noise that is clipped where it should not be", "09",
     source('"not clipped": X_test + noise', '"not clipped": noisy')),
    ("pixels shuffled, but not the weights", "09",
     source("shuffled.wih[:, order].copy()", "shuffled.wih.copy()")),
    ("a checker of readers' code that knows one mistake less", "09",
     source("    if not np.array_equal(given, outputs):", "    if False:",
            shows="ordered = np.sort(outputs")),
    ("a share forgotten in the softmax's slope", "10",
     source("delta = (softmax(scores) - one_hot(y)) / len(y)", "delta = softmax(scores) / len(y)",
            shows="found = gradients(small.weights")),
    ("a ReLU's slope that is always 1", "10",
     source("delta = (delta @ W) * (H > 0)", "delta = (delta @ W) * (H >= 0)",
            shows="found = gradients(small.weights")),
    ("a sign error in the momentum", "10",
     source("v[:] = momentum * v + slope", "v[:] = momentum * v - slope",
            shows="for mine, its in zip(ours.weights")),
    ("first weights by the wrong side", "10",
     source("(2 / inputs) ** 0.5", "(2 / nodes) ** 0.5", shows="sizes[unit, spread, seed] = size")),
    ("only the last place counts for a shared weight", "11",
     source("found[i, j] += delta[row, column] * picture[row + i, column + j]",
            "found[i, j] = delta[row, column] * picture[row + i, column + j]",
            shows="assert_allclose(kernel_slope(picture, delta)")),
    ("windows that overlap overwrite one another", "11",
     source("column : column + k] += delta[row, column] * kernel",
            "column : column + k] = delta[row, column] * kernel",
            shows="assert_allclose(picture_slope(delta, kernel)")),
    ("maps that do not move along", "11",
     source("(first_maps(net, moved(X_test[:100], by)) for by in (0, 1))",
            "(first_maps(net, moved(X_test[:100], by)) for by in (0, 2))")),
    ("weights of a place between pixels turned round", "12",
     source("[(top, 1 - part_down), (top + 1, part_down)]", "[(top, part_down), (top + 1, 1 - part_down)]",
            shows="image[i, j] = 1")),
    ("accuracies for errors", "12", source("errors = 100 - np.array(run", "errors = np.array(run")),
    ("the better three of five seeds", "12",
     source("100 - np.median(found))", "100 - np.median(np.sort(found)[-3:]))",
            shows="sorted(published + ours")),
    ("one number's standard error for that of a difference", "12",
     source("np.sqrt((shares * (1 - shares)).sum() / 10_000)",
            "np.sqrt((shares * (1 - shares))[0] / 10_000)")),
    ("pairs of a line with itself", "12",
     source('np.array(run["accuracy"]) - together', "together - together",
            shows="assert gains[name].max() < 0")),
    ("slopes that overwrite one another", "13",
     source("parent.slope += ", "parent.slope = ", shows="f = a * b + a")),
    ("momentum on one side only", "13",
     source("model.step(images[rows], y[rows], 0.1, momentum=0.9)",
            "model.step(images[rows], y[rows], 0.1)", shows="assert apart[1] < 1e-13")),
    ("a delay left out of an estimate", "13",
     source(" + 2 * (p - 1) * latency", "", shows="for case, (step")),
    ("unequal shares with equal weights", "13",
     source("(100 * first + 20 * second) / 120", "(first + second) / 2")),
    ("a bootstrap cell for another repository", "01",
     source("@ git+https://", "@ git+https://x.")),
    ("a path of the author's machine", "01", output('"one colour image:', "3072", "/home/me/3072")),
    ("a figure without alt text", "01", without_alt("plt.hist(to_five")),
]


def planted(chapter, plant):
    """(the chapter's name, the chapter with the fault, the cell in which it must show)."""
    path = book.chapter(chapter)
    nb = book.read(path)
    sound = copy.deepcopy(nb)
    last = plant(nb)
    assert nb != sound
    return path.stem, nb, last


def sources_complain(nb, name):
    """The first complaint of the checks of the sources, or None."""
    for check in CHECKS:
        if check(nb, name):
            return check.__name__.removeprefix("check_")
    return None


def run(nb, last, folder):
    """Validate the cells up to the last. Returns pytest's exit code and what it said."""
    cut = {**nb, "cells": nb["cells"][: last + 1]}
    path = PLANTED / folder / "notebook.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(cut), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--nbtruth", "-x",
                           "-p", "no:cacheprovider", str(path)], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def judge(number, name, chapter, plant):
    """What found the fault: a check of the sources, "outputs", or None; and what to print if none did."""
    stem, faulty, last = planted(chapter, plant)
    found = sources_complain(faulty, stem)
    if found:
        return found, ""
    code, said = run(faulty, last, f"{number}-faulty")
    if code != 1 or "1 failed" not in said:
        return None, said
    return "outputs", said


def judge_sound(chapter):
    path = book.chapter(chapter)
    nb = book.read(path)
    return chapter, sources_complain(nb, path.stem), *run(nb, len(nb["cells"]), f"{chapter}-sound")


def plant_in_notebooks():
    """The line that says how many faults were found, and whether all were."""
    rmtree(PLANTED, ignore_errors=True)
    start, missed = time.perf_counter(), []
    try:
        with ThreadPoolExecutor(2) as pool:
            chapters = sorted({chapter for _, chapter, _ in FAULTS})
            for chapter, complaint, code, said in pool.map(judge_sound, chapters):
                if complaint or code:
                    print(f"chapter {chapter} fails as it is: {complaint or said}", file=sys.stderr)
                    return None, False
            print(f"Without faults, chapters {', '.join(chapters)} pass. With one fault each:")
            verdicts = pool.map(lambda numbered: judge(numbered[0], *numbered[1]), enumerate(FAULTS))
            for (name, chapter, _), (found, said) in zip(FAULTS, verdicts):
                print(f"  {'found by ' + found if found else 'MISSED':45s} {name} ({chapter})", flush=True)
                if not found:
                    missed.append(name)
                    print(said[-1500:])
    finally:
        rmtree(PLANTED, ignore_errors=True)
    score = f"notebooks: {len(FAULTS) - len(missed)} of {len(FAULTS)} planted faults found"
    print(f"{score}, {time.perf_counter() - start:.0f} s")
    return score, not missed


def mutants():
    """All of mutmut's last run, and those that survived: two lists of names."""
    command = [MUTMUT, "results", "--all", "true"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    verdicts = re.findall(r"^\s+(\S+): ([\w ]+)$", listing, re.MULTILINE)
    found = "killed", "timeout", "segfault"
    return [name for name, _ in verdicts], [name for name, verdict in verdicts if verdict not in found]


def plant_in_library(again=()):
    """The score of mutmut's run, whose settings are in pyproject.toml, and whether it is high enough.

    again : the mutants to try once more, where the others keep their verdicts
    """
    if not again:
        rmtree(MUTANTS, ignore_errors=True)
    start = time.perf_counter()
    show = None if sys.stdout.isatty() else subprocess.DEVNULL
    done = subprocess.run([MUTMUT, "run", *again], cwd=ROOT, stdout=show)
    verdicts, alive = mutants()
    if done.returncode or not verdicts:
        print(f"mutmut stopped with exit code {done.returncode}", file=sys.stderr)
        return None, False
    for name in alive:
        shown = subprocess.run([MUTMUT, "show", name], cwd=ROOT, capture_output=True, text=True).stdout
        changes = [line for line in shown.splitlines() if re.match(r"[-+](?![-+])", line)]
        print("\n".join([f"survived: {name}", *changes]))
    share = 1 - len(alive) / len(verdicts)
    score = f"mnistlib: {len(verdicts) - len(alive)} of {len(verdicts)} mutants killed, {share:.1%}"
    print(f"{score}, {time.perf_counter() - start:.0f} s")
    return score, share >= WANTED


def keep(score):
    """Put the score in the place of the earlier one of its kind, with the commit that it is of."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    kept = SCORES.read_text(encoding="utf-8").splitlines() if SCORES.exists() else []
    others = [line for line in kept if not line.startswith(score.partition(":")[0])]
    write_whole(SCORES, "\n".join(sorted([*others, f"{score} ({date.today()}, commit {commit})"])) + "\n")


def main(parts):
    from tools.outputs import why_not

    known = {"notebooks": plant_in_notebooks, "library": plant_in_library,
             "survivors": lambda: plant_in_library(mutants()[1])}
    wrong = set(parts) - set(known) and f"received {' '.join(parts)}, expected some of {', '.join(known)}"
    if "survivors" in parts and not MUTANTS.is_dir():
        wrong = "survivors: there is no mutants/ of an earlier run; expected one, by `library`"
    if wrong or why_not():
        print(wrong or why_not(), file=sys.stderr)
        return 2
    verdicts = [known[part]() for part in parts or ("notebooks", "library")]
    for score, _ in verdicts:
        if score:
            keep(score)
    return 0 if all(good for _, good in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
