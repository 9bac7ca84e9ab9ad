"""Raise every pin in requirements.txt to the newest version that fits with the others.

    python tools/newest.py

pip finds the versions, without installing anything. Bounds in BELOW stay. Read what `make outputs`
changes afterwards: a changed number is a finding.

Exit codes: 0 done, 1 pip found no versions that fit.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "requirements.txt"
PIN = re.compile(r"^([\w-]+)==(\S+)$", re.MULTILINE)
BELOW = {"jupyter-book": "2"}  # version 2 reads neither _config.yml nor _toc.yml


def newest(names):
    """{name: version} as pip would install them together into an empty environment."""
    wanted = [f"{name}<{BELOW[name]}" if name in BELOW else name for name in names]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
               "--disable-pip-version-check", "--report", "-", *wanted]
    report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    found = [package["metadata"] for package in report["install"]]
    return {re.sub(r"[-_.]+", "-", package["name"]).lower(): package["version"] for package in found}


def raised(text, versions):
    """The text of requirements.txt with the given versions."""
    return PIN.sub(lambda pin: f"{pin[1]}=={versions[pin[1].lower()]}", text)


def main():
    text = FILE.read_text(encoding="utf-8")
    before = dict(PIN.findall(text))
    try:
        result = raised(text, newest(before))
    except subprocess.CalledProcessError:
        return 1
    FILE.write_text(result, encoding="utf-8")
    after = dict(PIN.findall(result))
    changes = [f"{name} {before[name]} -> {after[name]}" for name in before if before[name] != after[name]]
    print("\n".join(changes) or "All pins are the newest already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
