#!/usr/bin/env bash
# Upload CSV files to landing: the bundled sample's three batches, or a folder of yours.
# From there on everything happens by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

usage() {
  cat <<'TEXT'
Usage: scripts/upload_sample.sh [--batch 1|2|3 | --from FOLDER] [--landing s3://BUCKET/landing/]

  --batch N         that batch of the bundled sample (default 1): two clean weeks; late returns, a late
                    order and a file twice; bad records and a file with a broken header
  --from FOLDER     your own files: the folders orders/, order_items/ and products/ name the datasets
  --landing URL     where to (default: BUCKET_NAME, else what Terraform says)

Exit codes: 0 uploaded, 64 wrong usage, 69 nothing is deployed, else that of `aws s3 cp`.
TEXT
}

from=spark_jobs/sample/batch-1 landing=${BUCKET_NAME:+s3://$BUCKET_NAME/landing/}
while [ $# -gt 0 ]; do
  case $1 in
    --batch | --from | --landing)
      if [ -z "${2:-}" ]; then
        echo "$1 needs a value" >&2
        exit 64
      fi
      case $1 in
        --batch) from=spark_jobs/sample/batch-$2 ;;
        --from) from=$2 ;;
        --landing) landing=$2 ;;
      esac
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown argument: $1" >&2; usage >&2; exit 64 ;;
  esac
  shift
done
if [ ! -d "$from" ]; then
  echo "$from: there is no such folder" >&2
  exit 64
fi
. scripts/local_aws/answers.sh
landing=${landing:-$(scripts/terraform.sh output -raw landing_url 2> /dev/null || true)}
if [[ $landing != s3://* ]]; then
  echo "no landing is known: run \`make deploy\` first, or name one by --landing s3://BUCKET/landing/;" >&2
  echo "on a laptop: \`make local-up\`, then \`. .local/aws/env\` in this shell" >&2
  exit 69
fi

copy() {
  aws s3 cp --recursive --exclude '.*' --exclude '*/.*' "$@"
}

# Orders come last: a batch is closed as soon as one file of orders and one of items wait.
copy --exclude 'orders/*' "$from" "${landing%/}/"
if [ -d "$from/orders" ]; then copy "$from/orders" "${landing%/}/orders/"; fi
cat <<TEXT
Uploaded to ${landing%/}/. A batch starts as soon as a file of orders and one of items are there.
What came after that waits for its like, or for the deadline: scripts/start_batch.sh starts it now.
TEXT
