#!/usr/bin/env bash
# Start a batch by hand: of what waits in landing, or a failed one again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

usage() {
  cat <<'TEXT'
Usage: scripts/start_batch.sh [--again BATCH] [--function NAME] [--json]

  (without)         close a batch of what waits in landing now, without waiting for more
  --again BATCH     start a failed batch again: the same files, a new execution
  --function NAME   the batch gate's name (default: GATE_FUNCTION, else what Terraform says)
  --json            the gate's answer as it is, also where there was nothing to do

Batches run one at a time: while one runs, this one waits for its turn.
Exit codes: 0 the gate has taken it, 64 wrong usage, 69 nothing is deployed, 70 the gate refused or
failed, 75 ask again in a minute (another batch is being closed), else that of `aws lambda invoke`.
TEXT
}

request='{"close": true}' function='' json=''
while [ $# -gt 0 ]; do
  case $1 in
    --again)
      if ! [[ ${2:-} =~ ^[0-9]{8}T[0-9]{6}Z-[0-9]{6,}$ ]]; then
        echo "--again needs a batch, as it stands in the mail: 20260319T060000Z-000017" >&2
        exit 64
      fi
      request="{\"again\": \"$2\"}"
      shift
      ;;
    --function)
      function=${2:-}
      if [ -z "$function" ]; then
        echo "--function needs a name" >&2
        exit 64
      fi
      shift
      ;;
    --json) json=1 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown argument: $1" >&2; usage >&2; exit 64 ;;
  esac
  shift
done
. scripts/local_aws/answers.sh
function=${function:-${GATE_FUNCTION:-}}
function=${function:-$(scripts/terraform.sh output -raw gate_function 2> /dev/null || true)}
if ! [[ $function =~ ^[A-Za-z0-9_-]+$ ]]; then
  echo "no gate is known: run \`make deploy\` first, or name one by --function;" >&2
  echo "on a laptop: \`make local-up\`, then \`. .local/aws/env\` in this shell" >&2
  exit 69
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s' "$request" > "$work/request.json"
failed=$(aws lambda invoke --function-name "$function" --payload "fileb://$work/request.json" \
  --query FunctionError --output text "$work/answer.json")
if [ -z "$json" ] && grep -qE '^\{"closed": ?\[\], ?"started": ?null\}$' "$work/answer.json"; then
  echo "No file waits in landing for a batch: nothing was closed, and nothing is started."
else
  cat "$work/answer.json"
  echo
fi
if [ "$failed" != None ]; then
  echo "the gate failed; see its log group /aws/lambda/$function" >&2
  exit 70
fi
if grep -q '"refused"' "$work/answer.json"; then
  exit 70
fi
if grep -q '"busy"' "$work/answer.json"; then
  exit 75
fi
if [ -z "$json" ] && grep -qE '"(batch_id|closed)": ?\[?".*"started": ?null' "$work/answer.json"; then
  echo "It waits for its turn: another batch runs (\`make watch ARGS=--all\` follows both)."
fi
