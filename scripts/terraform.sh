#!/usr/bin/env bash
# Terraform, wherever its provider may come from: terraform.sh [-chdir=FOLDER] ARGUMENTS ...
#
# Runs terraform in terraform/ (or FOLDER, or ORDERS_TERRAFORM, by which `make local-up` names the
# local deployment). Where your own CLI configuration can be read
# (TF_CLI_CONFIG_FILE, ~/.terraformrc) it is left alone. Else one is written to .local/terraform/:
# with a mirror of the provider where this machine has one (ORDERS_TERRAFORM_MIRROR, or a folder
# registry.terraform.io below /opt, /usr or /var/lib), and with nothing where it has none, so that
# the provider comes from the registry as usual.
set -euo pipefail

if [ "${1:-}" = "--help" ] || [ $# -eq 0 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0"
  exit 0
fi
root=$(cd "$(dirname "$0")/.." && pwd)
pushd "$root" > /dev/null
. scripts/settings.sh
popd > /dev/null
if ! command -v terraform >/dev/null; then
  echo "terraform is missing: install 1.11 or newer, https://developer.hashicorp.com/terraform/install" >&2
  exit 69
fi

# The folder above registry.terraform.io that has the pinned provider for this machine.
find_mirror() {
  local version platform place
  version=$(sed -n 's/^ *version *= *"\([0-9.]*\)"$/\1/p' "$root/terraform/versions.tf")
  platform=$(uname -s | tr '[:upper:]' '[:lower:]')_$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  for place in ${ORDERS_TERRAFORM_MIRROR:+"$ORDERS_TERRAFORM_MIRROR"} /opt /usr/share /usr/local/share /var/lib; do
    [ -d "$place" ] || continue
    # Packed (terraform providers mirror) or unpacked; a folder that may not be read has none.
    find "$place" -maxdepth 6 \( -path "*/registry.terraform.io/hashicorp/aws/$version/$platform" \
      -o -path "*/registry.terraform.io/hashicorp/aws/terraform-provider-aws_${version}_$platform.zip" \) \
      -print -quit 2>/dev/null | sed 's|/registry.terraform.io/.*||' | grep . && return
  done
  return 0
}

write_configuration() {
  local mirror
  mirror=$(find_mirror)
  echo "# Written by scripts/terraform.sh; delete it to have the machine searched again."
  if [ -n "$mirror" ]; then
    cat <<MIRROR
provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = ["registry.terraform.io/hashicorp/aws"]
  }
  direct {
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }
}
MIRROR
  fi
}

if [ ! -r "${TF_CLI_CONFIG_FILE:-$HOME/.terraformrc}" ]; then
  export TF_CLI_CONFIG_FILE="$root/.local/terraform/terraform.rc"
  if [ ! -s "$TF_CLI_CONFIG_FILE" ]; then
    mkdir -p "$(dirname "$TF_CLI_CONFIG_FILE")"
    write_configuration >"$TF_CLI_CONFIG_FILE.$$"
    mv "$TF_CLI_CONFIG_FILE.$$" "$TF_CLI_CONFIG_FILE"
  fi
fi
export CHECKPOINT_DISABLE=1

case $1 in
  -chdir=*) exec terraform "$@" ;;
  *) exec terraform -chdir="${ORDERS_TERRAFORM:-$root/terraform}" "$@" ;;
esac
