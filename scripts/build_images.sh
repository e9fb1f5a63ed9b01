#!/usr/bin/env bash
# Build both images, `spark-validate` and `spark-transform`. What `make build` calls.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat << 'TEXT'
Usage: scripts/build_images.sh [--tag]

  --tag   print the tag that would be built, and build nothing

Builds spark-validate:TAG and spark-transform:TAG. The tag is the version (spark_jobs.__version__)
when the tree is exactly the release `v<version>`, else git's description of it; with files that are
not committed, a checksum of them too. Another engine or architecture than the usual one is added.

Environment (all optional):
  ENGINE          sail (default) or spark; also TF_VAR_engine, so that tasks and images agree
  ARCHITECTURE    X86_64 (default) or ARM64; also TF_VAR_architecture, for the same reason
  BASE            another base image; needs Python 3.11 with venv, and apt
  MAVEN           another address of Maven Central's jars (spark)
  DOCKER          the docker command; default: the first on PATH that has BuildKit
  PIP_INDEX_URL   another package index (or pip's own configuration); SSL_CERT_FILE: whom to trust
                  (both are handed over as secrets of the build; proxies are handed over as well)

Exit codes: 0 built, 64 wrong usage, 69 no docker with BuildKit, else that of docker.
TEXT
}

# What goes into the images, as docker/Dockerfile.dockerignore lets it through.
context=(LICENSE README.md docker pyproject.toml requirements spark_jobs)

complain() {
  echo "$2" >&2
  exit "$1"
}

# A checksum of the context's files, where any of them is not as committed; else nothing.
changes() {
  local folder
  [ -n "$(git status --porcelain -- "${context[@]}")" ] || return 0
  folder=$(mktemp -d)
  GIT_INDEX_FILE=$folder/index git add -- "${context[@]}"
  GIT_INDEX_FILE=$folder/index git write-tree | cut -c 1-12
  rm -rf "$folder"
}

# What the tree is: a release, or git's description of it.
describe() {
  local described changed
  if ! git rev-parse --verify --quiet HEAD > /dev/null 2>&1; then
    echo "$version"
    return
  fi
  changed=$(changes)
  if [ -z "$changed" ] && git describe --exact-match --tags --match "v$version" > /dev/null 2>&1; then
    echo "$version"
    return
  fi
  described=$(git describe --tags --long --abbrev=12 --match 'v[0-9]*' 2> /dev/null) ||
    described="v$version-g$(git rev-parse --short=12 HEAD)"
  echo "${described#v}${changed:+-$changed}"
}

# The first docker client on PATH that can build by BuildKit: a new one needs its part buildx.
find_docker() {
  local client major
  while IFS= read -r client; do
    major=$("$client" version --format '{{.Client.Version}}' 2> /dev/null | cut -d. -f1) || true
    if "$client" buildx version > /dev/null 2>&1 || [ "${major:-99}" -lt 23 ]; then
      echo "$client"
      return
    fi
  done < <(if [ -n "${DOCKER:-}" ]; then echo "$DOCKER"; else type -aP docker; fi)
  complain 69 "no docker with BuildKit: install docker and its buildx plugin (or docker.io of Debian), or name one by DOCKER"
}

# What the machine uses to reach a package index; nothing of it stays in an image.
add_secrets() {
  local trust=${SSL_CERT_FILE:-${PIP_CERT:-}} index=${PIP_INDEX_URL:-}
  [ -n "$index" ] || index=$(python3 -m pip config get global.index-url 2> /dev/null) || true
  if [ -s "$trust" ]; then arguments+=(--secret "id=trust,src=$trust"); fi
  if [ -n "$index" ]; then
    secret=$(mktemp)
    trap 'rm -f "$secret"' EXIT
    printf '%s' "$index" > "$secret"
    arguments+=(--secret "id=index,src=$secret")
  fi
  for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name"); fi
  done
}

case ${1:-} in
  '' | --tag) ;;
  -h | --help) usage; exit ;;
  *) usage >&2; complain 64 "unknown argument: $1" ;;
esac

engine=${ENGINE:-${TF_VAR_engine:-sail}}
case $engine in
  sail) suffix='' ;;
  spark) suffix=-spark ;;
  *) complain 64 "ENGINE: use sail or spark, not '$engine'" ;;
esac
architecture=${ARCHITECTURE:-${TF_VAR_architecture:-X86_64}}
case $architecture in
  X86_64) platform=linux/amd64 ;;
  ARM64) platform=linux/arm64 suffix+=-arm64 ;;
  *) complain 64 "ARCHITECTURE: use X86_64 or ARM64, not '$architecture'" ;;
esac
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' spark_jobs/__init__.py)
tag=$(describe)$suffix
if [ "${1:-}" = --tag ]; then
  echo "$tag"
  exit
fi

docker=$(find_docker)
arguments=(
  --file docker/Dockerfile --platform "$platform" --build-arg ENGINE="$engine"
  --build-arg VERSION="$tag"
  --build-arg REVISION="$(git rev-parse HEAD 2> /dev/null || echo unknown)"
  --build-arg CREATED="$(git log -1 --format=%cI 2> /dev/null || echo unknown)"
)
if [ -n "${BASE:-}" ]; then arguments+=(--build-arg BASE="$BASE"); fi
if [ -n "${MAVEN:-}" ]; then arguments+=(--build-arg MAVEN="$MAVEN"); fi
add_secrets

# A registry would show the build's attestations as images of their own, without a platform.
export DOCKER_BUILDKIT=1 BUILDX_NO_DEFAULT_ATTESTATIONS=1
for job in validate transform; do
  "$docker" build "${arguments[@]}" --target "$job" --tag "spark-$job:$tag" .
  echo "built spark-$job:$tag"
done
