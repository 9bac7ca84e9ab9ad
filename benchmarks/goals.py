"""What was promised, and whether it is reached: a row for each goal, from the other results.

    python -m benchmarks.goals    at once; writes results/goals.json
"""

import json
from statistics import median

from benchmarks.results import RESULTS, write


def read(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def row(goal, wanted, measured, reached):
    return {"goal": goal, "wanted": wanted, "measured": measured, "reached": bool(reached)}


def at_most(goal, wanted, measured, unit=""):
    return row(goal, f"at most {wanted:g}{unit}", f"{measured:.2f}{unit}", measured <= wanted)


def speed():
    """Ratios of times: below 1 ours is faster."""
    for size in read("minibatch")["sizes"]:
        time = {name: median(one["seconds"]) for name, one in size["found"].items() if one["seconds"]}
        name = f"{size['hidden']} hidden, minibatch {size['batch']}"
        yield at_most(f"{name}: time / PyTorch's", 0.9, time["ours"] / time["PyTorch"])
        if (size["hidden"], size["batch"]) == (800, 100):
            share = time["limit"] / time["ours"]
            yield row(f"{name}: share of the matrix products", "at least 60 %", f"{share:.0%}", share >= 0.6)
    for size in read("single")["sizes"]:
        time = {name: median(one) for name, one in size["microseconds"].items()}
        name = f"one sample, {size['hidden']} hidden"
        for bits, wanted in ((32, 0.33), (64, 0.5)):
            ratio = time[f"ours, float{bits}"] / time["article"]
            yield at_most(f"{name}, {bits} bits: time / the article's", wanted, ratio)
        yield at_most(f"{name}: time / PyTorch's", 0.15, time["ours, float32"] / time["PyTorch, float32"])


def accuracy():
    """Each recipe reaches its goal on the test set within its seconds, as medians of the seeds."""
    found, seconds_allowed = read("accuracy"), {98.0: 5, 98.5: 25, 99.0: 90, 99.3: 300}
    for run in found["test_accuracy"]:
        if run["goal"] in seconds_allowed:
            seconds, reached = median(run["seconds"]), median(run["accuracy"])
            allowed = seconds_allowed[run["goal"]]
            yield row(f"{run['goal']:g} % of the test digits", f"within {allowed} s",
                      f"{reached:.2f} % in {seconds:.1f} s", reached >= run["goal"] and seconds <= allowed)
    error, seconds = 100 - found["committee"]["accuracy"], found["committee"]["seconds"]
    yield row("test error with more layers or a small committee", "below 0.5 % within 1200 s",
              f"{error:.2f} % in {seconds:.0f} s", error < 0.5 and seconds <= 1200)


def waiting():
    seconds = {name: median(runs) for name, runs in read("startup")["seconds"].items()}
    for name, wanted in {"import mnistlib": 0.15, "warm load_mnist": 0.3, "make test": 600}.items():
        if name in seconds:
            yield at_most(name, wanted, seconds[name], " s")


def main():
    rows = [*speed(), *accuracy(), *waiting()]
    for one in rows:
        said = "reached" if one["reached"] else "NOT REACHED"
        print(f"{one['goal']:58s} {one['wanted']:26s} {one['measured']:20s} {said}")
    write("goals", {"goals": rows})


if __name__ == "__main__":
    main()
