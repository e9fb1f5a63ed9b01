"""What a process of the local AWS is given: nothing of the user's own account, ever.

A profile, a region, an endpoint or a variable of Terraform in the user's shell or .env belongs to a
real account. It is left out here, and what stands in its place cannot reach one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGION, ACCOUNT = "eu-west-1", "123456789012"
"""The emulator's."""
_KEPT = {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "ORDERS_TERRAFORM_MIRROR"}
"""Where Terraform gets its provider from."""
FOLDER = "ORDERS_LOCAL_AWS"
"""Names the folder of a local AWS, where it is another than the usual one."""
ENVIRONMENT = "ORDERS_LOCAL_ENVIRONMENT"
"""The prefix of the system that a shell talks to; empty or missing: the one without."""
USUAL_FOLDER = ROOT / ".local" / "aws"
_LEFT_OUT = ("AWS_", "TF_", "ORDERS_", "BUCKET_NAME", "GATE_FUNCTION", "ALERT_EMAIL", "REGISTRY")
_SERVICE = "AWS_ENDPOINT_URL_"


def neutral(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without anything that names an account, a deployment or settings of ours."""
    given = os.environ if environ is None else environ
    return {
        name: value
        for name, value in given.items()
        if name in _KEPT or not name.startswith(_LEFT_OUT)
    }


def folder_of(environ: Mapping[str, str]) -> Path:
    """The folder of the local AWS that a shell talks of."""
    return Path(environ.get(FOLDER) or USUAL_FOLDER)


def administrator(url: str) -> dict[str, str]:
    """The variables that make every client of AWS an administrator of the local one.

    Args:
        url: Where it answers.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "ORDERS_ENV_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
