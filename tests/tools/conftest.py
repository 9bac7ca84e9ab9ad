"""For tests that ask git which files belong to the book."""

import pytest

from benchmarks import results
from tools.book import ROOT


@pytest.fixture
def git():
    """git("ls-files"): what it says of the repository."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git, which knows what belongs to the book")
    return results.git
