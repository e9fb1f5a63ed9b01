#!/usr/bin/env bash
# Build both images and push them to ECR; tell Terraform their digests. What `make build-push` calls.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

usage() {
  cat << 'TEXT'
Usage: scripts/push_to_cloud.sh

Needs the image repositories, which Terraform makes (`make deploy` does all of it in order), docker
and the aws command. Engine and architecture are those of Terraform's variables, so that they fit
the task definitions. A tag that the repository has is never built or pushed again: tags are
immutable, and its digest is taken. Writes terraform/image.auto.tfvars.json; then `make deploy` or
`scripts/terraform.sh apply` puts the digests into the task definitions.

Environment: as scripts/build_images.sh --help tells (another BASE or MAVEN does not change the tag).
  REGISTRY   another registry host in place of the repositories' own: an emulator's, say

Exit codes: 0 pushed or already there, 64 wrong usage, 69 something is missing, 70 pushed but not
found, else that of docker or aws.
TEXT
}

complain() {
  echo "$2" >&2
  exit "$1"
}

case ${1:-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; complain 64 "unknown argument: $1" ;;
esac

# Where no aws command is installed, the one of the tests' environment will do.
PATH=$PATH:$PWD/.venv-full/bin
command -v aws > /dev/null || complain 69 "the aws command is missing: install it, or run \`make .venv-full\`"

# A value of Terraform's, as its own configuration and your variables make it.
terraform_value() {
  local value
  value=$(echo "$1" | scripts/terraform.sh console) ||
    complain 69 "Terraform does not tell $1: run \`make deploy\`, or \`scripts/terraform.sh init\` first"
  echo "${value//\"/}"
}

# The digest of a tag, or None. ECR names what it lacks as a failure, not as an error.
digest_of() {
  aws ecr batch-get-image --region "$region" --repository-name "$1" --image-ids "imageTag=$tag" \
    --query 'images[0].imageId.imageDigest' --output text
}

region=$(terraform_value var.region)
TF_VAR_engine=$(terraform_value var.engine)
TF_VAR_architecture=$(terraform_value var.architecture)
export TF_VAR_engine TF_VAR_architecture
unset ENGINE ARCHITECTURE
tag=$(scripts/build_images.sh --tag)
repositories=$(scripts/terraform.sh output -json repositories) ||
  complain 69 "the image repositories are missing: \`make deploy\` makes them first"
repository_of() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1" <<< "$repositories"
}
validate=$(repository_of validate)
registry=${REGISTRY:-${validate%%/*}}
validate=${validate#*/} transform=$(repository_of transform)
transform=${transform#*/}
docker=${DOCKER:-docker}

push() {
  local job=$1 repository=$2 image=$registry/$2:$tag
  if [ "$(digest_of "$repository")" != None ]; then
    echo "$image is there already"
    return
  fi
  "$docker" tag "spark-$job:$tag" "$image"
  "$docker" push "$image"
}

# Nothing to build where both are there. (Both in one list, so that an error of aws ends this.)
before=$(digest_of "$validate")
before+=" $(digest_of "$transform")"
if [[ $before == *None* ]]; then
  scripts/build_images.sh
  aws ecr get-login-password --region "$region" |
    "$docker" login --username AWS --password-stdin "$registry"
fi
push validate "$validate"
push transform "$transform"

validate_digest=$(digest_of "$validate")
transform_digest=$(digest_of "$transform")
if [[ "$validate_digest $transform_digest" != sha256:*\ sha256:* ]]; then
  complain 70 "pushed, but the repositories do not tell the digests of $tag: is $registry theirs?"
fi
target=${ORDERS_TERRAFORM:-terraform}/image.auto.tfvars.json
printf '{"image_digests": {"validate": "%s", "transform": "%s"}}\n' \
  "$validate_digest" "$transform_digest" > "$target.new"
mv "$target.new" "$target"
echo "$target: $tag is validate $validate_digest, transform $transform_digest"
