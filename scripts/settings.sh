#!/usr/bin/env bash
# Settings of a deployment, sourced by the scripts in the project's folder: what .env (or the file
# ORDERS_ENV_FILE) says and the environment does not. The region goes by both of its names, for boto3
# and older aws commands know only the second.
while IFS='=' read -r name value || [ -n "$name" ]; do
  if [[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] && [ -z "${!name:-}" ]; then
    value=${value%$'\r'} value=${value#[\"\']}
    export "$name=${value%[\"\']}"
  fi
done < <(cat "${ORDERS_ENV_FILE:-.env}" 2> /dev/null)
unset name value

export AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
export AWS_DEFAULT_REGION=$AWS_REGION
export TF_VAR_region=${TF_VAR_region:-$AWS_REGION} TF_VAR_alert_email=${TF_VAR_alert_email:-${ALERT_EMAIL:-}}
# Terraform asks for what is missing, and boto3 looks elsewhere; neither does so for an empty text.
for name in AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION TF_VAR_region TF_VAR_alert_email; do
  [ -n "${!name:-}" ] || unset "$name"
done
unset name
