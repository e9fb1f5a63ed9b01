#!/usr/bin/env bash
# Everything from an empty account to a pipeline that waits for files, and again after each change:
# doctor, Lambda zips, image repositories, images, the rest. Safe to repeat. What `make deploy` calls.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

usage() {
  cat <<'TEXT'
Usage: scripts/deploy.sh [--yes] [--without-images]

  --yes             do not ask before changes are made
  --without-images  leave the images as they are: a first deployment then waits for them

Reads .env (see .env.example) through make; AWS_REGION and ALERT_EMAIL are all it needs.
Exit codes: 0 deployed, 64 something is missing (see `make doctor`), else that of the step that failed.
TEXT
}

approve=() images=yes
while [ $# -gt 0 ]; do
  case $1 in
    --yes) approve=(-auto-approve) ;;
    --without-images) images=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown argument: $1" >&2; usage >&2; exit 64 ;;
  esac
  shift
done

step() { printf '\n== %s\n' "$1"; }

step "1 of 5: is everything there?"
.venv/bin/python scripts/doctor.py

step "2 of 5: the Lambdas' zips"
.venv/bin/python scripts/package_lambdas.py

step "3 of 5: the image repositories"
scripts/terraform.sh init -input=false
scripts/terraform.sh apply -input=false "${approve[@]}" \
  -target=aws_ecr_repository.jobs -target=aws_ecr_lifecycle_policy.jobs

step "4 of 5: the images"
if [ "$images" = yes ]; then
  scripts/push_to_cloud.sh
else
  echo "left as they are"
fi

step "5 of 5: everything else"
scripts/terraform.sh apply -input=false "${approve[@]}"

step "What to do next"
echo "Confirm the subscription in the mail that has just been sent. Then:"
scripts/terraform.sh output -raw try_it
