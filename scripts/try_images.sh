#!/usr/bin/env bash
# Run both images over a folder of CSV files, locked down as a task is: no network, a read-only
# root, a user that the image does not know, a /tmp that executes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat << 'TEXT'
Usage: scripts/try_images.sh [--sizes] [FOLDER]

  --sizes  also tell the compressed size of each image (a minute)
  FOLDER   holds orders/, order_items/, products/; where it holds expected_order_kpis.csv and
           expected_category_kpis.csv too, the KPI tables must agree with them
           (default: the first batch of the bundled sample)

Runs what scripts/build_images.sh built (the same ENGINE, ARCHITECTURE, DOCKER), or TAG=...
Tells the seconds of each run.
Exit codes: 0 all as expected, 1 a table differs, 64 wrong usage, else that of what failed.
TEXT
}

sizes=no
case ${1:-} in
  -h | --help) usage; exit ;;
  --sizes) sizes=yes; shift ;;
esac
data=${1:-spark_jobs/sample/batch-1}
if [ $# -gt 1 ] || [ ! -d "$data/orders" ]; then
  usage >&2
  echo "$data: there is no folder orders/ in it" >&2
  exit 64
fi
data=$(cd "$data" && pwd)
docker=${DOCKER:-docker}
tag=${TAG:-$(scripts/build_images.sh --tag)}
# Nobody that the image knows: on a laptop the files belong to you, not to the image's user.
user=$(id -u):$(id -g)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$user" = 0:0 ]; then
  user=12345:12345
  chown "$user" "$work"
fi

run() {
  "$docker" run --rm --read-only --network none --user "$user" --tmpfs /tmp --cap-drop ALL \
    --security-opt no-new-privileges --volume "$data:/data:ro" --volume "$work:/out" "$@"
}

timed() {
  local started=$SECONDS
  run "${@:2}"
  echo "-- $1: $((SECONDS - started)) s"
}

[ "$sizes" = no ] || for job in validate transform; do
  size=$("$docker" save "spark-$job:$tag" | gzip | wc -c)
  echo "-- spark-$job:$tag: $((size / 1000000)) MB compressed"
done
timed validate "spark-validate:$tag" /data --staged /out/staged --lake /out/lake
timed transform "spark-transform:$tag" --staged /out/staged --lake /out/lake
for table in daily:order category:category; do
  expected=$data/expected_${table#*:}_kpis.csv
  run --entrypoint orders "spark-transform:$tag" kpis "${table%:*}" --format csv --lake /out/lake \
    > "$work/found.csv"
  if [ -f "$expected" ]; then
    python3 scripts/compare_kpis.py "$expected" < "$work/found.csv"
  else
    echo "-- kpis ${table%:*}: $(($(wc -l < "$work/found.csv") - 1)) rows"
  fi
done
