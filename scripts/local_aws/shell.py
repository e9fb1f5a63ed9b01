"""The file by which a shell talks to the local AWS, and what to type there."""

from __future__ import annotations

import shlex
from pathlib import Path

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.environment import ENVIRONMENT, FOLDER, ROOT
from scripts.local_aws.stack import Stack

_OURS = "# For your shell: `. "
_HEAD = (
    _OURS
    + """\
{here}`. From then on `aws`, the scripts and `make watch` of this shell talk
# to the local AWS, and to no account. Another shell, or `exec $SHELL`, is as before.
# shellcheck shell=sh disable=SC2046
unset AWS_PROFILE $(env | sed -n 's/=.*//; /^TF_CLI_CONFIG_FILE$/d; /^AWS_/p; /^TF_/p')
"""
)
_AWS = """\
command -v aws > /dev/null || PATH=$PATH:{bin}
# Version 1 of `aws` takes AWS_ENDPOINT_URL for most services, but goes to the real AWS for SQS.
aws() {{ command aws ${{AWS_ENDPOINT_URL:+"--endpoint-url=$AWS_ENDPOINT_URL"}} "$@"; }}
"""
_NEXT = """\
  . {env}
  scripts/upload_sample.sh      # a batch of a sample shop; --batch 2 and 3 follow, or:
                                # aws s3 cp orders.csv {landing}orders/
  scripts/start_batch.sh        # what lies in landing now, without waiting for more
  make watch                    # follow it; or make local-status, make local-logs
  aws dynamodb query --table-name {table} --key-condition-expression "order_date = :day" \\
    --expression-attribute-values '{{":day":{{"S":"2026-03-01"}}}}'
  make local-down               # take it all away"""


def write_environment(stack: Stack, deployment: Deployment) -> Path:
    """Writes the file; its path."""
    path = environment_file(stack, deployment)
    given = dict(stack.credentials) | {
        FOLDER: str(stack.folder),
        ENVIRONMENT: deployment.environment,
        "ORDERS_TERRAFORM": str(deployment.root),
        "BUCKET_NAME": deployment.outputs["landing_bucket"],
        "GATE_FUNCTION": deployment.outputs["gate_function"],
        "ORDERS_STATE_TABLE": deployment.outputs["state_table"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in given.items()]
    text = _HEAD.format(here=shown(path)) + "\n".join(lines) + "\n"
    full = shlex.quote(str(ROOT / ".venv-full" / "bin"))
    path.write_text(text + _AWS.format(bin=full), encoding="utf-8")
    return path


def environment_file(stack: Stack, deployment: Deployment) -> Path:
    """Where it is."""
    return stack.folder / f"env.{deployment.environment}".removesuffix(".")


def is_environment_file(path: Path) -> bool:
    """Whether it is one of those that `write_environment` writes."""
    if path.name != "env" and not path.name.startswith("env."):
        return False
    return path.read_bytes().startswith(_OURS.encode())


def next_steps(stack: Stack, deployment: Deployment) -> str:
    """What to type next."""
    outputs = deployment.outputs
    return _NEXT.format(
        env=shown(environment_file(stack, deployment)),
        landing=outputs["landing_url"],
        table=outputs["order_kpi_table"],
    )


def shown(path: Path) -> str:
    """A path as one types it at the repository's root."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
