"""What `make figures` has written into the scripts of live figures."""

import base64
import json
import re

import numpy as np

from tools.book import ROOT

FIGURES = ROOT / "assets" / "static" / "figures"


def exported(name):
    """The one value of a script."""
    script = (FIGURES / name).read_text(encoding="utf-8")
    return json.loads(re.search(r"export default (.*);", script, re.DOTALL)[1])


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def rounded(text, scale):
    """Weights that were rounded to whole numbers of 8 bits, each row with a scale of its own: (N, K)."""
    factors = numbers(scale, np.float32)
    return numbers(text, np.int8).reshape(len(factors), -1) * factors[:, None]
