#!/usr/bin/env bash
# Compile the hashed lock files anew (after a change of a *.in file, or to take newer versions).
# The light and spark sets are constrained by the full one, so that all run the same versions.
set -euo pipefail
cd "$(dirname "$0")/../requirements"

compile() {
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
    --no-emit-index-url --custom-compile-command "make lock" "$@"
}

compile bootstrap.in --output-file bootstrap.txt
compile full.in --output-file full.txt "${@}"
compile light.in --constraints full.txt --output-file light.txt "${@}"
compile spark.in --constraints full.txt --output-file spark.txt "${@}"
compile lambda.in --constraints full.txt --output-file lambda.txt "${@}"
compile infra.in --output-file infra.txt "${@}"
compile local.in --output-file local.txt "${@}"
