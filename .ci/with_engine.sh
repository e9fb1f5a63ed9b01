#!/usr/bin/env bash
# Run a command beside a container engine: the one that answers, else one of its own, made of
# Debian's packages and ended with the command; where neither can be had, without: with_engine.sh COMMAND ...
set -euo pipefail

START_SECONDS=60
engine=${DOCKER:-docker}

# Debian's packages of the engine and of a base for images; false where they are not to be had.
install_engine() {
  command -v dockerd > /dev/null && command -v debootstrap > /dev/null && return
  [ "$EUID" -eq 0 ] && command -v apt-get > /dev/null || return
  apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io debootstrap
} > /dev/null

finish() {
  [ -z "${server:-}" ] || { kill "$server" 2> /dev/null && wait "$server"; } || true
  umount "$folder"/exec/netns/* 2> /dev/null || true # of its last container, where there is one
  rm -rf --one-file-system "$folder"
}

start_engine() {
  folder=$(mktemp -d)
  trap finish EXIT
  export DOCKER_HOST=unix://$folder/docker.sock
  dockerd -H "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" \
    -p "$folder/pid" > "$folder/log" 2>&1 &
  server=$!
  for _ in $(seq "$START_SECONDS"); do
    ! "$engine" version > /dev/null 2>&1 || return 0
    kill -0 "$server" 2> /dev/null || break
    sleep 1
  done
  tail -n 20 "$folder/log" >&2
  echo "dockerd was installed, but does not answer" >&2
  exit 69
}

if ! "$engine" version > /dev/null 2>&1; then
  if ! install_engine; then exec "$@"; fi
  start_engine
fi
export ORDERS_E2E_CONTAINERS=required
"$@"
