"""tools/colab.py, without Colab's packages: what it takes for ours is what the first cells install."""

import re

from tools import colab
from tools.book import ROOT


def test_our_distribution_is_not_among_the_packages_that_shall_stay(monkeypatch):
    [name] = re.findall('^name = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    frozen = f"{name} @ git+file:///remote.git@abc\nnumpy==2.1.3\n"
    monkeypatch.setattr(colab, "run", lambda *command, **options: frozen)
    assert colab.packages_there() == {"numpy==2.1.3"}
