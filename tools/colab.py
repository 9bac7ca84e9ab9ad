"""Rehearse Colab: every chapter, alone in an empty folder, with Colab's versions.

    python -m tools.colab [chapters/03-*.ipynb ...]

Makes .colab/venv with what tools/colab-versions.txt says and an importable google.colab. Then, for
each notebook, mnistlib is taken away, the notebook is copied alone into an empty folder and run from
the top: its own first cell installs mnistlib, by way of git, from the repository's address, which git
is told to find in the last commit here. At the end no package may be another than at the start.
Uses MNIST where MNISTLIB_DATA says, as the tests do, else the sample.

Exit codes: 0 all chapters ran and nothing was upgraded, 1 something failed, 2 no environment.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.book import CHAPTERS, ROOT
from tools.stamp import read_config

HOME = ROOT / ".colab"
PYTHON = HOME / "venv" / "bin" / "python"
VERSIONS = ROOT / "tools" / "colab-versions.txt"
OURS = "digits-from-scratch"  # the distribution that has mnistlib


def run(*command, **options):
    """Standard output of a command; what it said otherwise is shown if it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def interpreter():
    """Colab's Python where it can be had, else the nearest, which is the running one."""
    wanted = re.search(r"# Python (\S+)", VERSIONS.read_text(encoding="utf-8"))[1]
    pyenv = [str(path) for path in Path.home().glob(f".pyenv/versions/{wanted}*/bin/python")]
    for candidate in (f"python{wanted}", *pyenv, sys.executable):
        try:
            if run(candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip() == wanted:
                return candidate, wanted
        except (OSError, RuntimeError):
            pass
    return sys.executable, f"{sys.version_info[0]}.{sys.version_info[1]} (Colab has {wanted})"


def make_environment():
    """.colab/venv, kept for the next time. Says what it is."""
    python, version = interpreter()
    wanted = f"{ROOT} {version}\n{VERSIONS.read_text(encoding='utf-8')}"
    done = HOME / "complete"
    if not (done.is_file() and done.read_text(encoding="utf-8") == wanted):
        print(f"Making .colab/venv with Python {version}: some minutes and 6 GB.", flush=True)
        shutil.rmtree(HOME, ignore_errors=True)
        run(python, "-m", "venv", PYTHON.parent.parent)
        run(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", VERSIONS)
        packages = Path(run(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        colab = packages / "google" / "colab"
        colab.mkdir(parents=True)
        (colab / "__init__.py").touch()
        done.write_text(wanted, encoding="utf-8")
    print(f"Python {version}, " + ", ".join(named_versions()))


def named_versions():
    names = re.findall(r"^([\w-]+)", VERSIONS.read_text(encoding="utf-8"), re.MULTILINE)
    there = dict(line.split("==") for line in packages_there() if "==" in line)
    return [f"{name} {there[name]}" for name in [*names, "torch"] if name in there]


def packages_there():
    """Every installed package but ours, as "name==version"."""
    lines = run(PYTHON, "-m", "pip", "freeze", "--disable-pip-version-check").splitlines()
    return {line for line in lines if not line.startswith(OURS)}


def serve_this_commit():
    """A repository with HEAD as the book's branch, and a git configuration that finds it at the address."""
    url, branch = read_config(ROOT)
    remote, settings = HOME / "remote.git", HOME / "gitconfig"
    shutil.rmtree(remote, ignore_errors=True)
    run("git", "init", "--bare", remote)
    run("git", "-C", ROOT, "push", remote, f"HEAD:refs/heads/{branch}")
    settings.unlink(missing_ok=True)
    run("git", "config", "--file", settings, f"url.{remote.as_uri()}.insteadOf", url)
    return {"GIT_CONFIG_GLOBAL": str(settings)}


class ColabKernel(AsyncKernelManager):
    """A kernel of .colab/venv."""

    @property
    def kernel_spec(self):
        command = [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Colab", language="python")


def rehearse(path, environment):
    """Run one notebook as Colab would. Returns the number of its code cells."""
    run(PYTHON, "-m", "pip", "uninstall", "--yes", OURS)  # nothing, if it is not there
    with TemporaryDirectory() as folder:
        alone = Path(shutil.copy(path, folder))
        nb = nbformat.read(alone, as_version=4)
        client = NotebookClient(nb, kernel_manager_class=ColabKernel, timeout=1800,
                                resources={"metadata": {"path": folder}})
        client.execute(env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    where = run(PYTHON, "-c", "import mnistlib; print(mnistlib.__file__)", cwd="/").strip()
    if str(PYTHON.parent.parent) not in where:
        raise RuntimeError(f"mnistlib came from {where}, not from the notebook's first cell")
    return sum(cell.cell_type == "code" for cell in nb.cells)


def main(names):
    paths = [Path(name).resolve() for name in names] or CHAPTERS
    try:
        make_environment()
        environment, before = serve_this_commit(), packages_there()
    except (OSError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    failed = []
    for path in paths:
        start = time.perf_counter()
        try:
            outcome = f"{rehearse(path, environment)} cells"
        except (CellExecutionError, RuntimeError, OSError) as error:
            failed.append(path.name)
            outcome = f"FAILED\n{error}"
        print(f"{path.name}: {outcome}, {time.perf_counter() - start:.0f} s", flush=True)
    changed = sorted(before ^ packages_there())
    print(f"{len(paths) - len(failed)} of {len(paths)} chapters ran; packages changed: "
          + (", ".join(changed) or "none"))
    return 1 if failed or changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
