#!/bin/sh
# Makes .venv with everything in requirements.txt. Quick where there is nothing to do;
# an environment that is half made, has been moved or belongs to older requirements is made anew.
set -eu
cd "$(dirname "$0")/.."

done_file=.venv/.complete
# Settings of tools, which follow in pyproject.toml, do not need another environment.
wanted="$(pwd) $( (cat requirements.txt; sed "/^\[tool/,\$d" pyproject.toml) | cksum)"
if [ -f "$done_file" ] && [ "$(cat "$done_file")" = "$wanted" ] && .venv/bin/python -c "" 2>/dev/null; then
    exit 0
fi

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

echo "Making .venv with Python $found from requirements.txt."
echo "This takes some minutes and 6 GB (PyTorch is large). Later runs skip it."
rm -rf .venv
"$python" -m venv .venv
log=.venv/install.log
.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt >"$log" 2>&1 &
pip=$!
trap 'kill $pip 2>/dev/null; exit 130' INT TERM
seconds=0
while kill -0 $pip 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    if [ $((seconds % 15)) -eq 0 ]; then
        echo "  ${seconds} s, $(du -sm .venv | cut -f1) MB: $(grep -E '^(Collecting|Downloading|Installing)' "$log" | tail -n 1 | cut -c1-60)"
    fi
done
if ! wait $pip; then
    tail -n 25 "$log" >&2
    echo "pip could not install requirements.txt; its last lines are above, all of them in $log." >&2
    exit 1
fi
echo "$wanted" >"$done_file"
echo "The environment is complete."
