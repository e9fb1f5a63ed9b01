#!/usr/bin/env bash
# Make an environment from a hashed lock file: set_up.sh light|full|infra|local FOLDER
# Needs Python 3.11 or 3.12 and a package index; takes uv for speed where it can be had, else pip.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1 folder=$2
lock=requirements/$kind.txt

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.11 python3.12 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
      2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Python 3.11 or 3.12 is needed; name one: make PYTHON=/path/to/python3.11" >&2
  exit 64
}

find_uv() {
  local bootstrap=.local/bootstrap
  if [ ! -x "$bootstrap/bin/uv" ]; then
    "$python" -m venv "$bootstrap"
    "$bootstrap/bin/python" -m pip install --quiet --disable-pip-version-check \
      --require-hashes --requirement requirements/bootstrap.txt || return 1
  fi
  echo "$bootstrap/bin/uv"
}

with_uv() {
  local uv
  uv=$(find_uv) || return 1
  # Compiled now: an import without bytecode takes several seconds, each time.
  "$uv" pip sync --quiet --python "$folder" --compile-bytecode --require-hashes "$lock"
}

with_pip() {
  echo "uv was of no use here; pip takes a minute longer" >&2
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$lock"
}

python=$(find_python)
echo "Setting up $folder from $lock (once; a minute or two) ..." >&2
[ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
with_uv || with_pip
if [ "$kind" = light ] || [ "$kind" = full ]; then
  PYTHONWARNINGS=ignore "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --editable .
fi
if [ "$kind" = full ]; then PYTHONWARNINGS=ignore "$folder/bin/python" scripts/prepare_spark.py; fi
touch "$folder/.ready"
