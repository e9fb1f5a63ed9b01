"""Is everything there that `make deploy` needs? Every complaint comes with its cure.

Usage: python scripts/doctor.py [--json]
Exit codes: 0 all is well, 64 something is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parent.parent
OLDEST_TERRAFORM = (1, 11)
LINKED_ROLE = "AWSServiceRoleForECS"
MAIL_VARIABLE = "TF_VAR_alert_email"
NEEDS_BUILDX = 23
"""Docker's clients from this version on build by BuildKit only with their part buildx."""
MISSING = 64


@dataclass(frozen=True)
class Finding:
    """What a check found; `cure` is empty where all is well."""

    check: str
    found: str
    cure: str = ""


def identity() -> Finding:
    """Whose credentials are at hand; the account's number is not printed whole."""
    try:
        caller = boto3.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return Finding(
            "identity",
            f"{type(error).__name__}: no usable credentials",
            "sign in (`aws sso login`, `aws configure`) and name the profile in .env: AWS_PROFILE",
        )
    name = caller["Arn"].rpartition(":")[2]
    return Finding("identity", f"{name} in account …{caller['Account'][-4:]}")


def region() -> Finding:
    """In which region everything will be."""
    try:
        name = boto3.session.Session().region_name
    except BotoCoreError as error:
        return Finding("region", str(error), "name another profile in .env, or none: AWS_PROFILE")
    cure = "" if name else "write AWS_REGION=eu-west-1 (or yours) into .env"
    return Finding("region", name or "none is set", cure)


def mail() -> Finding:
    """Where alerts go; Terraform asks for it otherwise."""
    files = [*ROOT.glob("terraform/*.auto.tfvars"), *ROOT.glob("terraform/terraform.tfvars")]
    written = any("alert_email" in file.read_text(encoding="utf-8") for file in files)
    if written or os.environ.get("ALERT_EMAIL") or os.environ.get(MAIL_VARIABLE):
        return Finding("alerts", "an address is given")
    return Finding("alerts", "nobody would be told", "write ALERT_EMAIL=you@example.com into .env")


def docker() -> Finding:
    """An engine that builds the images, and a client that knows BuildKit."""
    found = _program(
        "docker",
        ["docker", "version", "--format", "{{.Client.Version}} {{.Server.Version}}"],
        "install and start Docker (or another engine with the same command)",
    )
    if found.cure or int(found.found.split(".")[0]) < NEEDS_BUILDX:
        return found
    if _program("docker", ["docker", "buildx", "version"], "missing").cure:
        return Finding("docker", f"{found.found}, without buildx", "install its plugin buildx")
    return found


def terraform() -> Finding:
    """Terraform, new enough for `use_lockfile` and mocks in tests."""
    found = _program("terraform", ["terraform", "version", "-json"], "install Terraform 1.11")
    if found.cure:
        return found
    version = str(json.loads(found.found)["terraform_version"])
    new_enough = tuple(int(n) for n in version.split(".")[:2]) >= OLDEST_TERRAFORM
    return Finding("terraform", version, "" if new_enough else "install Terraform 1.11 or newer")


def aws() -> Finding:
    """The AWS command line, which the scripts and the README's lines use."""
    return _program("aws", ["aws", "--version"], "install the AWS command line")


def linked_role() -> Finding:
    """The service-linked role of ECS, which a new account lacks until somebody makes it."""
    check = "service-linked role"
    try:
        boto3.client("iam").get_role(RoleName=LINKED_ROLE)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchEntity":
            cure = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
            return Finding(check, f"{LINKED_ROLE} is not there", cure)
        return Finding(check, f"{LINKED_ROLE}: {code}, so it was not looked at")
    except BotoCoreError as error:
        return Finding(check, f"{type(error).__name__}", "see `identity`")
    return Finding(check, f"{LINKED_ROLE} is there")


CHECKS: tuple[Callable[[], Finding], ...] = (
    identity,
    region,
    mail,
    docker,
    terraform,
    aws,
    linked_role,
)


def _program(name: str, call: list[str], cure: str) -> Finding:
    if shutil.which(name) is None:
        return Finding(name, "not installed", cure)
    ended = subprocess.run(call, capture_output=True, text=True, check=False, timeout=60)
    if ended.returncode:
        told = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        return Finding(name, told[-1] if told else f"exit code {ended.returncode}", cure)
    return Finding(name, ended.stdout.strip())


def main() -> int:
    """Runs all checks and prints what they found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    as_json = parser.parse_args().json
    findings = [check() for check in CHECKS]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = "missing" if finding.cure else "ok"
            print(f"{mark:8} {finding.check}: {finding.found}")
            if finding.cure:
                print(f"         cure: {finding.cure}")
    return MISSING if any(finding.cure for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
