#!/usr/bin/env bash
# The bundled sample through `spark-submit`: validate, then transform, on Apache Spark.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv-full/bin:$PATH"
work=.local/demo-spark
rm -rf "$work"
mkdir -p "$work"
for job in validate transform; do
  test -f "spark_jobs/$job.py" || { echo "spark_jobs/$job.py does not exist yet" >&2; exit 70; }
done
spark-submit spark_jobs/validate.py spark_jobs/sample/1 --staged "$work/staged" --lake "$work/lake"
spark-submit spark_jobs/transform.py --staged "$work/staged" --lake "$work/lake"
orders kpis daily --lake "$work/lake"
