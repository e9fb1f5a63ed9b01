#!/usr/bin/env bash
# Make a base for the images on a machine that reaches no image registry: Debian with its Python
# 3.11, by debootstrap. Needs root, and `apt-get install --no-install-recommends debootstrap`.
set -euo pipefail

usage() {
  cat << 'END'
Usage: docker/base_without_registry.sh [NAME]

Imports the image NAME (default: orders-base:bookworm). Then: BASE=NAME make build

Environment:
  DOCKER         the docker command (default: docker)
  DEBIAN_MIRROR  where Debian's packages come from (default: debootstrap's own)
END
}

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  usage
  exit 0
fi
name=${1:-orders-base:bookworm}
if ! command -v debootstrap > /dev/null; then
  echo "debootstrap is missing: apt-get install --no-install-recommends debootstrap" >&2
  exit 69
fi
if [[ $EUID -ne 0 ]]; then
  echo "debootstrap makes device files and changes roots: run this as root" >&2
  exit 77
fi

root=$(mktemp -d)
finish() {
  # debootstrap leaves /proc mounted there when it fails.
  umount "$root/proc" 2> /dev/null || true
  rm -rf --one-file-system "$root"
}
trap finish EXIT

debootstrap --variant=minbase --include=ca-certificates,python3-venv \
  bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} > "$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  exit 1
}
rm -f "$root.log"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log \
  "$root"/usr/share/{doc,man,locale}/*
tar --create --one-file-system --directory "$root" . |
  "${DOCKER:-docker}" import --change 'ENV LANG=C.UTF-8' - "$name" > /dev/null
echo "$name"
