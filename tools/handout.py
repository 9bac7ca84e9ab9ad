"""The chapters without the solutions of their exercises, for a class: _build/handout/*.ipynb

    python -m tools.handout [chapters/03-hinge-loss.ipynb ...]

The holes to fill, the cells that judge what was filled in, and the answers to the questions at the end stay.
"""

import json
import sys
from pathlib import Path

from tools.book import CHAPTERS, ROOT, read
from tools.exercises import ANNOUNCED, PARTS
from tools.files import write_whole

TARGET = ROOT / "_build" / "handout"


def without_solutions(nb):
    """The notebook, as `read` gives it, less its solutions and the cells that are empty then."""
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = ANNOUNCED.sub("", PARTS.sub("", cell["source"])).strip()
    nb["cells"] = [cell for cell in nb["cells"]
                   if cell["source"] and "solution" not in cell["metadata"].get("tags", [])]
    return nb


def main(paths):
    TARGET.mkdir(parents=True, exist_ok=True)
    for path in map(Path, paths or CHAPTERS):
        text = json.dumps(without_solutions(read(path)), indent=1, ensure_ascii=False)
        write_whole(TARGET / path.name, text + "\n")
        print(f"written: {(TARGET / path.name).relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
