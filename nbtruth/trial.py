"""Try nbtruth and its neighbours on other people's notebooks: python trial.py FOLDER [FOLDER ...]

Copies the notebooks of each folder and executes them once with nbclient, so that their outputs are today's.
Cells that raise an exception are tagged so; notebooks where more than a tenth does, or that take more than
forty seconds, are left out. Then every tool runs them twice as they are; nbtruth once more, with the tags
that it has asked for; and all once with faults planted, each in a cell of its own that passed before. Prints
a table, and what was missed.
Needs nbtruth[test], nbmake, and what the notebooks import. Changes nothing in the folders.
"""

import base64
import io
import random
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from shutil import copytree, rmtree

import nbformat
from nbclient import NotebookClient
from nbformat import v4
from PIL import Image, ImageOps

TOOLS = {
    "nbtruth": ["--nbtruth"],
    "nbval": ["--nbval", "--nbval-current-env"],
    "nbval-lax": ["--nbval-lax", "--nbval-current-env"],
    "nbmake": ["--nbmake", "--nbmake-kernel=python3"],
}


def text(pattern, replacement):
    """Another text for the first match in an output."""
    def plant(cell, others):
        for output in cell.outputs:
            holder, key = (output, "text") if "text" in output else (output.get("data", {}), "text/plain")
            old = holder.get(key, "")
            if "image/png" not in output.get("data", {}) and re.search(pattern, old):
                holder[key] = re.sub(pattern, replacement, old, count=1)
                return holder[key] != old
        return False
    return plant


def picture(change):
    def plant(cell, others):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                old = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
                new, png = change(old), io.BytesIO()
                new.save(png, "png")
                output.data["image/png"] = base64.b64encode(png.getvalue()).decode()
                return new.tobytes() != old.tobytes()
        return False
    return plant


def without_label(picture):
    box = ImageOps.invert(picture).getbbox()
    copy = picture.copy()
    copy.paste("white", (0, box[3] - 9, picture.width, box[3]))
    return copy


def kind(cell):
    return [(output.output_type, *sorted(output.get("data", {}))) for output in cell.outputs]


def of_another_cell(cell, others):
    same = [other for other in others if cell.outputs and kind(other) == kind(cell)
            and str(other.outputs) != str(cell.outputs)]
    cell.outputs = same[0].outputs if same else cell.outputs
    return bool(same)


def figure_of_another_cell(cell, others):
    return any("image/png" in o.get("data", {}) for o in cell.outputs) and of_another_cell(cell, others)


def without_output(cell, others):
    had, cell.outputs = bool(cell.outputs), []
    return had


def one_more_output(cell, others):
    cell.outputs.append(v4.new_output("display_data", {"text/plain": "42"}))
    return True


def never_run(cell, others):
    cell.outputs, cell.execution_count = [], None
    return True


def out_of_order(cell, others):
    cell.execution_count += 1
    return True


def hidden_by_a_tag(cell, others):
    cell.metadata["tags"] = ["nbval-ignore-output"]
    return integer(cell, others)


def hidden_by_a_comment(cell, others):
    cell.source = "# NBVAL_IGNORE_OUTPUT\n" + cell.source
    return not cell.source.count("%%") and integer(cell, others)


def exception_not_raised(cell, others):
    if cell.outputs:
        return False
    cell.metadata["tags"] = ["raises-exception"]
    cell.outputs = [v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]
    return True


integer = text(r"(?<![\w.])\d(?![\w.])", lambda found: str((int(found[0]) + 1) % 10))
FAULTS = {
    "third digit": text(r"(?<![\w.])([1-9]\.\d)(\d)", lambda found: found[1] + str((int(found[2]) + 1) % 10)),
    "integer": integer,
    "sign": text(r"(?<![\w.-])(?=[1-9]\d*\.\d)", "-"),
    "exponent": text(r"(?<=\de)([+-]\d)(\d)", lambda found: found[1] + str((int(found[2]) + 1) % 10)),
    "digit of a tiny number": text(r"(?<![\w.])(\d\.)(\d)(?=\d*e-[123]\d)",
                                   lambda found: found[1] + str((int(found[2]) + 1) % 10)),
    "word": text(r"(?<![\w\\])[a-z]{4,}", lambda found: found[0][1:] + found[0][0]),
    "line lost": text(r"\A.+\n(?=.)", ""),
    "output lost": without_output,
    "output too many": one_more_output,
    "output of another cell": of_another_cell,
    "figure mirrored": picture(ImageOps.mirror),
    "figure of another cell": figure_of_another_cell,
    "figure without its lowest label": picture(without_label),
    "colours exchanged": picture(lambda old: Image.merge("RGB", old.split()[::-1])),
    "never run": never_run,
    "out of order": out_of_order,
    "hidden by nbval's tag": hidden_by_a_tag,
    "hidden by nbval's comment": hidden_by_a_comment,
    "exception that is not raised": exception_not_raised,
}


def say(what):
    print(what, file=sys.stderr, flush=True)


def run(tool, folder):
    """{(notebook, cell, or file for nbmake): message} of what failed, and how many were run."""
    command = [sys.executable, "-m", "pytest", "-q", *TOOLS[tool], "-p", "no:cacheprovider", "--rootdir=.",
               "--junitxml=report.xml", "-n2", "--dist=loadfile", "."]
    subprocess.run(command, cwd=folder, capture_output=True, text=True)
    cases = list(ET.parse(folder / "report.xml").iter("testcase"))
    return {(name_of(case), case.get("name")): wrong.text for case in cases for wrong in case
            if wrong.tag in ("failure", "error")}, len(cases)


def name_of(case):
    found = re.search(r"([^./]+)\.ipynb", f"{case.get('classname')} {case.get('name')}")
    return found[1] if found else case.get("classname")


def prepare(source, folder):
    """{path: notebook} of what is tried, written as executed."""
    copytree(source, folder, ignore=lambda _, names: [name for name in names if name.startswith(".")])
    kept = {}
    for path in sorted(folder.rglob("*.ipynb")):
        nb, start = nbformat.read(path, as_version=4), time.perf_counter()
        NotebookClient(nb, timeout=300, record_timing=False, kernel_name="python3", allow_errors=True,
                       resources={"metadata": {"path": str(path.parent)}}).execute(stderr=subprocess.DEVNULL)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        raising = [cell for cell in code if any(output.output_type == "error" for output in cell.outputs)]
        for cell in raising:
            cell.metadata["tags"] = ["raises-exception"]
        seconds = time.perf_counter() - start
        if code and len(raising) <= len(code) / 10 and seconds < 40:
            kept[path] = nb
            nbformat.write(nb, path)
        else:
            say(f"left out {path.name}: {len(raising)} of {len(code)} cells raise, {seconds:.0f} s")
            path.unlink()
    return kept


def places(notebooks):
    return {(path.stem, f"Cell {i}"): cell for path, nb in notebooks.items()
            for i, cell in enumerate(cell for cell in nb.cells if cell.cell_type == "code")}


def write(notebooks):
    for path, nb in notebooks.items():
        nbformat.write(nb, path)


def tag_as_asked(notebooks, failed):
    for place, message in failed.items():
        asked = re.search(r"hide it: (.*)", message)
        if asked:
            places(notebooks)[place].metadata.setdefault("tags", []).extend(asked[1].split())
    write(notebooks)


def plant(notebooks, spoilt):
    """Plants what can be planted, and returns {(notebook, cell): fault}."""
    cells, planted = places(notebooks), {}
    free = [place for place, cell in cells.items() if place not in spoilt and cell.source.strip()]
    random.Random(0).shuffle(free)
    sound = {place: nbformat.from_dict(cell) for place, cell in cells.items()}
    for name, fault in FAULTS.items():
        for place in free:
            copy, others = nbformat.from_dict(sound[place]), [sound[p] for p in free if p != place]
            if fault(copy, others):
                cells[place].update(copy)
                planted[place] = name
                free.remove(place)
                break
    write(notebooks)
    return planted


def main(sources):
    print("| |", " | ".join(TOOLS), "|\n|", " --- |" * (len(TOOLS) + 1))
    for source in map(Path, sources):
        folder = Path(tempfile.mkdtemp()) / source.name
        notebooks = prepare(source, folder)
        clean = {tool: [run(tool, folder) for _ in range(2)] for tool in TOOLS}
        spoilt = clean["nbtruth"][0][0].keys() | clean["nbval"][0][0].keys()
        tag_as_asked(notebooks, clean["nbtruth"][0][0])
        tagged = len(run("nbtruth", folder)[0])
        planted = plant(notebooks, spoilt)
        row = [f"{source.name}: {len(notebooks)} notebooks, {clean['nbtruth'][0][1]} cells"]
        for tool, runs in clean.items():
            for alarm in sorted(runs[0][0].keys() | runs[1][0].keys()):
                say(f"{tool}: false alarm in {alarm}")
            failed = run(tool, folder)[0].keys() - runs[0][0].keys()
            notebooks_failed = {name for name, _ in failed} if tool == "nbmake" else set()  # it tells no more
            found = {place for place in planted if place in failed or place[0] in notebooks_failed}
            say(f"{tool}: missed {sorted(planted[place] for place in planted.keys() - found)}")
            alarms = [str(len(failed)) for failed, _ in runs] + [f"{tagged} with tags"] * (tool == "nbtruth")
            row.append(f"{', '.join(alarms)}; {len(found)} of {len(planted)}")
        print("|", " | ".join(row), "|", flush=True)
        rmtree(folder.parent)


if __name__ == "__main__":
    main(sys.argv[1:])
