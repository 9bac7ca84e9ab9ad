"""A sample of the bad calls; all 8,000 by python -m tests.library.bad_calls."""

import pytest

from mnistlib import _checks
from tests.library.bad_calls import ARGUMENTS, CALLS, judge, tally


def test_bad_calls_are_refused_clearly():
    found, details = tally(500)
    assert found["silent"] == 0, [one for one in details if one[3] == "silent"]
    assert found["unclear"] <= 5, [one for one in details if one[3] == "unclear"]
    assert found["clear"] > 400 and found["good"] > 5
    assert len({one[:2] for one in details}) > len(ARGUMENTS) / 2


@pytest.mark.parametrize("fault, judgement", [
    (lambda name, value, *shapes: value, "silent"),  # takes anything
    (lambda name, value, *shapes: _checks.as_floats("Y", value, *shapes), "unclear"),  # names another
])
def test_the_judgement_finds_a_check_that_is_missing_or_names_another_argument(monkeypatch, fault, judgement):
    bad = [[float("nan"), 1.0]] * 5
    assert judge("predict", "scores", bad)[0] == "clear"
    monkeypatch.setitem(CALLS, "predict", (lambda scores: fault("scores", scores), *CALLS["predict"][1:]))
    assert judge("predict", "scores", bad)[0] == judgement


def test_a_call_that_fails_half_done_is_silent(monkeypatch):
    def train(net, inputs, targets):
        net.wih[:] = 0
        raise ValueError("inputs: received something, expected something else")

    assert judge("NeuralNetwork.train", "inputs", None)[0] == "clear"
    monkeypatch.setitem(CALLS, "NeuralNetwork.train", (train, *CALLS["NeuralNetwork.train"][1:]))
    assert judge("NeuralNetwork.train", "inputs", None)[0] == "silent"
