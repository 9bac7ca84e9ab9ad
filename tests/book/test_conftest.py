"""The root conftest.py: what it tells nbtruth of the data."""

import os

import mnistlib
from tools.book import ROOT


def test_without_mnist_every_kernel_is_told_to_use_the_sample(monkeypatch, pytestconfig):
    def unavailable():
        raise mnistlib.DataUnavailableError("no MNIST\nConnect.")

    class Config:
        def add_cleanup(self, undo):
            self.undo = undo

    monkeypatch.delenv("MNISTLIB_SAMPLE", raising=False)
    monkeypatch.setattr(mnistlib, "load_mnist", unavailable)
    config = Config()
    ask = pytestconfig.pluginmanager.get_plugin(str(ROOT / "conftest.py")).pytest_nbtruth_data
    assert ask(config) == {"MNIST": "no MNIST Connect."}
    assert os.environ["MNISTLIB_SAMPLE"] == "1"
    assert "MNISTLIB_SAMPLE" in ask(config)["MNIST"]  # who asked for the sample gets it
    config.undo()
    assert "MNISTLIB_SAMPLE" not in os.environ
    monkeypatch.setattr(mnistlib, "load_mnist", lambda: None)
    monkeypatch.setenv("MNISTLIB_SAMPLE", "0")
    assert ask(config) == {"MNIST": None}
