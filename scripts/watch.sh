#!/usr/bin/env bash
# Follow batches on the local AWS (`make watch`), or on the one that this shell has named by
# `. .local/aws/env`: scripts/watch.sh [ARGUMENTS of `orders watch`]. Exit codes: 69 none stands, else
# those of `orders watch`.
set -euo pipefail
cd "$(dirname "$0")/.."

# A shell that names a deployment and an endpoint talks to a local AWS already: maybe to another one.
if [ -z "${AWS_ENDPOINT_URL:-}" ] || [ -z "${ORDERS_TERRAFORM:-}" ]; then
  folder=${ORDERS_LOCAL_AWS:-.local/aws}
  if [ ! -r "$folder/env" ]; then
    {
      echo "no local AWS stands: run \`make local-up\` first"
      echo "for a lake in a folder: .venv/bin/orders watch --lake DIR; for your account: docs/aws.md"
    } >&2
    exit 69
  fi
  # shellcheck source=/dev/null
  . "$folder/env"
fi
. scripts/local_aws/answers.sh
table=${ORDERS_STATE_TABLE:-$(scripts/terraform.sh output -raw state_table 2> /dev/null || true)}
if ! [[ $table =~ ^[A-Za-z0-9_.-]+$ ]]; then
  echo "no state table is known: run \`make local-up\` again, it finishes what is missing" >&2
  exit 69
fi
exec .venv/bin/orders watch --state-table "$table" "$@"
