#!/usr/bin/env bash
# The bundled sample through `spark-submit`: three batches, each validated, then transformed.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv-full/bin:$PATH" PYSPARK_PYTHON="$PWD/.venv-full/bin/python"
work=.local/demo-spark
# Small data: one compiler and one collector thread take half the time.
java="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
rm -rf "$work"
mkdir -p "$work"

submit() {
  spark-submit --driver-memory 2g --driver-java-options "$java" "$@" 2>> "$work/spark.log" || {
    tail -n 40 "$work/spark.log" >&2
    exit 1
  }
}

received=(2026-03-15T06:00:00Z 2026-03-17T06:00:00Z 2026-03-19T06:00:00Z)
for batch in 1 2 3; do
  echo "== batch $batch: validate, then transform (log: $work/spark.log)"
  submit spark_jobs/validate.py "spark_jobs/sample/batch-$batch" \
    --staged "$work/staged-$batch" --lake "$work/lake" --received-at "${received[batch - 1]}"
  submit spark_jobs/transform.py --staged "$work/staged-$batch" --lake "$work/lake"
done
orders kpis daily --lake "$work/lake"
orders kpis category --lake "$work/lake" --from 2026-03-14 --to 2026-03-14
orders quarantine list --lake "$work/lake"
