#!/usr/bin/env bash
# Everything that can be said of the Terraform without an account: format, validity, the tests on
# mocks, checkov. Offline where the provider lies in a mirror (scripts/terraform.sh). What
# `make check-terraform` calls; needs .venv-infra for checkov. Leaves your own terraform/.terraform
# and its backend alone.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = "--help" ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0"
  exit 0
fi

step() { printf '\n== terraform: %s\n' "$1"; }

step "format"
scripts/terraform.sh fmt -check -recursive

for folder in terraform terraform/bootstrap; do
  export TF_DATA_DIR=$PWD/.local/terraform/check-${folder##*/}
  step "$folder is valid and passes its tests"
  scripts/terraform.sh -chdir="$PWD/$folder" init -backend=false -input=false >/dev/null
  scripts/terraform.sh -chdir="$PWD/$folder" validate
  scripts/terraform.sh -chdir="$PWD/$folder" test
done

step "checkov"
.venv-infra/bin/checkov --config-file terraform/.checkov.yaml
