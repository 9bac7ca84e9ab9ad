#!/bin/sh
# Makes .venv: with `pages` what the pages need (half a minute, 0.4 GB), otherwise everything (6 GB with PyTorch).
# Quick where there is nothing to do; an environment that does not run, or has been moved, is made anew.
set -eu
cd "$(dirname "$0")/.."

level="${1:-all}"
# Settings of tools, which follow in pyproject.toml, do not need another environment.
wanted="$(pwd) $( (cat requirements.txt requirements/* nbtruth/pyproject.toml; sed "/^\[tool/,\$d" pyproject.toml) | cksum)"
# An interpreter that is asked for counts only where .venv has another one.
which='import sys; print(sys.base_prefix, sys.version)'
if [ -n "${PYTHON:-}" ] && has="$(.venv/bin/python -c "$which" 2>/dev/null)" \
        && [ "$has" = "$("$PYTHON" -c "$which" 2>/dev/null)" ]; then
    PYTHON=""
fi
for done_level in all "$level"; do
    done_file=.venv/.complete-$done_level
    if [ -z "${PYTHON:-}" ] && [ -f "$done_file" ] && [ "$(cat "$done_file")" = "$wanted" ] \
            && .venv/bin/python -c "" 2>/dev/null; then
        exit 0
    fi
done

if ! { [ "$(cat .venv/.place 2>/dev/null)" = "$(pwd)" ] && .venv/bin/uv --version >/dev/null 2>&1 \
        && .venv/bin/python -c "" 2>/dev/null && [ -z "${PYTHON:-}" ]; }; then
    python=""
    tried=""
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
        [ -n "$candidate" ] || continue
        found="$("$candidate" -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null)" \
            && { python="$candidate"; break; }
        tried="$tried $candidate (${found:-does not run, or has no venv module})"
        [ "$candidate" != "${PYTHON:-}" ] || break  # asked for by name: take no other
    done
    if [ -z "$python" ]; then
        echo "No Python 3.11 or newer found. Tried:$tried." >&2
        echo "Install one, or say which to take: make PYTHON=/path/to/python3 ..." >&2
        exit 1
    fi
    echo "Making .venv with Python $found."
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --constraint requirements/lock.txt uv
    pwd >.venv/.place
fi

if [ "$level" = pages ]; then
    echo "Installing what the pages need (0.4 GB)."
    what="--requirement requirements/pages.in --constraint requirements/lock.txt"
else
    echo "Installing what chapters and tests need (6 GB, since PyTorch is large). Later runs skip this."
    what="--requirement requirements.txt"
fi
rm -f .venv/.complete-*
# shellcheck disable=SC2086  # two options are meant
if ! .venv/bin/uv pip install --python .venv/bin/python $what >.venv/install.log 2>&1; then
    tail -n 25 .venv/install.log >&2
    echo "The packages could not be installed; the last lines are above, all of them in .venv/install.log." >&2
    exit 1
fi
echo "$wanted" >".venv/.complete-$level"
