"""Python in the page: its files beside the pages, and on each chapter that it can run what its script needs.

The script, `assets/static/python/page.js`, is loaded when a reader presses the button. Without the files of
`tools.pyodide` in the user's cache, the pages are what they are without this extension.
"""

import ast
import base64
import html
import json
import shutil
import sys
from pathlib import Path

from sphinx.util import logging

from tools import page_digits, pyodide
from tools.book import read, repository, sources

ALWAYS = ["ipython", "matplotlib", "numpy", "pillow", "tqdm"]
LATER = ("mlp", "MLP", "NeuralNetwork", "Warps", "augment", "read_digit", "handwriting")  # need SciPy
DIGITS = 2_000  # for training: so many that no cell takes longer than 20 s in its page, no chapter than 90
MORE = {"chapters/02-linear-scores": page_digits.TRAIN, "chapters/03-hinge-loss": page_digits.TRAIN}
CALLED = {"torch": "PyTorch", "torchvision": "PyTorch"}
LIVE = '<div class="python" data-python="{}"></div>'
NOT_HERE = ('<p class="python-elsewhere">This chapter needs {}, which does not run in a browser page. '
            'Run it {}on your computer.</p>')
GITHUB = "https://github.com/"  # of other hosts Colab opens nothing
IN_COLAB = 'in <a href="https://colab.research.google.com/github/{}/blob/{}/{}.ipynb">Colab</a>, or '
logger = logging.getLogger(__name__)


def setup(app):
    app.connect("builder-inited", gather)
    app.connect("html-page-context", place)
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def gather(app):
    """Make what the pages' Python runs on, where its files are all there."""
    app.python_files = None
    if app.builder.name == "html":
        lacking = pyodide.missing()
        if lacking:
            logger.info("The pages are built without Python in them: %d of its files are not there "
                        "(python -m tools.pyodide brings them).", len(lacking))
        else:
            app.python_files = {"mnistlib.zip": page_digits.library(), "digits.npz": page_digits.digits(),
                                "runtime/sums.json": json.dumps(integrity()).encode(),
                                "runtime/pyodide-lock.json": json.dumps(pyodide.listed()["lock"]).encode()}


def integrity():
    """{file that every page loads: its sum, in the form in which browsers check one}"""
    sums = pyodide.sums()
    return {name: f"sha256-{base64.b64encode(bytes.fromhex(sums[name])).decode()}" for name in files(ALWAYS)}


def files(packages):
    """The names of the files of the runtime, of the packages and of all that these need."""
    listed, names = pyodide.listed(), set()
    waiting = list(packages)
    while waiting:
        one = waiting.pop()
        if one not in names:
            names.add(one)
            waiting += listed["lock"]["packages"][one]["depends"]
    return [*listed["runtime"], *(listed["lock"]["packages"][one]["file_name"] for one in sorted(names))]


def place(app, pagename, templatename, context, doctree):
    source = Path(app.srcdir, f"{pagename}.ipynb")
    if not app.python_files or doctree is None or not source.is_file():
        return
    imported, code = imports(source)
    packages, elsewhere = needed(imported, code)
    if elsewhere:
        address, branch = repository()
        colab = IN_COLAB.format(address.removeprefix(GITHUB), branch, pagename)
        there = NOT_HERE.format(" and ".join(elsewhere), colab if address.startswith(GITHUB) else "")
    else:
        settings = {"packages": packages, "megabytes": round(weight(app, packages) / 1e6),
                    "digits": MORE.get(pagename, DIGITS)}
        there = LIVE.format(html.escape(json.dumps(settings)))
        app.add_js_file("python/button.js", type="module")
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{there}", 1)


def imports(path):
    """The top names that a notebook's cells import, and the cells' text, without the one for Colab."""
    nb = read(path)
    nb["cells"] = [cell for cell in nb["cells"] if "remove-cell" not in cell["metadata"].get("tags", [])]
    code = "\n".join(sources(nb, "code"))
    tree, names = ast.walk(ast.parse(code)), set()
    for node in tree:
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return names, code


def needed(imported, code):
    """The packages to load for a chapter, and the names of those that a page cannot have."""
    of_module = {module: name for name, one in pyodide.listed()["lock"]["packages"].items()
                 for module in one["imports"]}
    foreign = imported - set(sys.stdlib_module_names) - {"mnistlib"}
    packages = {*ALWAYS, *(of_module[one] for one in foreign if one in of_module)}
    if any(word in code for word in LATER):
        packages.add("scipy")
    lacking = foreign - set(of_module)
    return sorted(packages), sorted({CALLED[one] for one in lacking & set(CALLED)} or lacking)


def weight(app, packages):
    """Bytes that the button loads."""
    return (sum((pyodide.folder() / name).stat().st_size for name in files(packages))
            + sum(map(len, app.python_files.values())))


def copy_files(app, exception):
    if exception or not app.python_files:
        return
    target = Path(app.outdir, "_static", "python")
    (target / "runtime").mkdir(parents=True, exist_ok=True)
    for name in pyodide.sums():
        shutil.copyfile(pyodide.folder() / name, target / "runtime" / name)
    for name, content in app.python_files.items():
        (target / name).write_bytes(content)
