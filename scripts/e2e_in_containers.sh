#!/usr/bin/env bash
# A few cases end to end on tasks that are containers, where an engine and a base for the images can
# be had; else say why not. What `make e2e-containers` and CI run; all cases: make e2e TASKS=containers
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat << 'TEXT'
Usage: scripts/e2e_in_containers.sh

Builds the images, deploys to a local AWS whose tasks are containers, and runs the cases of CASES
and the tests of the containers themselves. Says "skipped" and why, with exit code 0, where no
docker answers or no base for the images can be had (ORDERS_E2E_CONTAINERS=required: exit code 69). Time: four to nine minutes on two cores; told at the end.

Environment: DOCKER, BASE as scripts/build_images.sh --help tells. Without BASE: the Dockerfile's
own, where its registry is in reach; else orders-base:bookworm, made first where debootstrap and
root are at hand (docker/base_without_registry.sh).
TEXT
}

if [ $# -gt 0 ]; then
  usage
  [ "$1" = --help ] || [ "$1" = -h ] || exit 64
  exit
fi
CASES=(
  test_confinement.py
  test_by_hand.py::test_three_copies_then_the_logs_then_a_query_shows_the_kpis
  test_verdicts.py::test_a_rejected_batch_ends_red_and_the_next_tells_what_came_again_unchanged
  test_words.py::test_a_task_killed_at_an_effect_is_run_again_in_the_next_size
  test_tasks.py::test_a_task_out_of_memory_gets_the_next_size_and_after_the_largest_a_person_is_told
)
HERE=orders-base:bookworm
PULL_SECONDS=180
docker=${DOCKER:-docker}

skip() {
  if [ "${ORDERS_E2E_CONTAINERS:-}" = required ]; then
    echo "end to end in containers is required here, but $1" >&2
    exit 69
  fi
  echo "=== end to end in containers: SKIPPED, for $1"
  exit 0
}

has() {
  "$docker" image inspect "$1" > /dev/null 2>&1
}

# The base to build on; empty where none can be had.
find_base() {
  local wanted=${BASE:-}
  [ -n "$wanted" ] || wanted=$(sed -n 's/^ARG BASE=//p' docker/Dockerfile)
  if has "$wanted" || timeout "$PULL_SECONDS" "$docker" pull --quiet "$wanted" > /dev/null 2>&1; then
    echo "$wanted"
  elif has "$HERE"; then
    echo "$HERE"
  elif [ "$EUID" -eq 0 ] && command -v debootstrap > /dev/null; then
    docker/base_without_registry.sh "$HERE"
  fi
}

command -v "$docker" > /dev/null || skip "there is no docker command here"
said=$("$docker" version --format '{{.Server.Version}}' 2>&1) || skip "no container engine answers: $(tail -n 1 <<< "$said")"
base=$(find_base)
[ -n "$base" ] || skip "no base for the images can be had: no registry in reach, no debootstrap and root"
echo "=== end to end in containers: on base $base: ${CASES[*]}"
started=$SECONDS
BASE=$base ORDERS_E2E_TASKS=containers .venv-full/bin/python -m pytest -m e2e --engine sail -v -n 0 \
  "${CASES[@]/#/tests/e2e/}"
.venv-full/bin/python -m pytest -v -n 0 tests/local_aws/test_containers.py
echo "=== end to end in containers: passed, $((SECONDS - started)) s"
