"""The jobs' images where tasks are containers: built from docker/, pushed to the local ECR."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.engine import docker
from scripts.local_aws.environment import ROOT, neutral
from scripts.local_aws.errors import StackError
from scripts.local_aws.stack import Stack, tail_of

_IN_THE_TAG = ("engine", "architecture")


def deploy(stack: Stack, deployment: Deployment, say: Callable[[str], None]) -> None:
    """Applies Terraform; where tasks are containers, with images of the code as it is now.

    Raises:
        LocalError: Terraform failed, or the images could not be built or pushed.
    """
    server = stack.server
    in_containers = server is not None and server.tasks == "containers"
    if not in_containers or not deployment.is_complete:
        deployment.apply(say)  # the images' repositories come first
    if in_containers:
        push(stack, deployment, say)
        deployment.apply(say)


def is_deployed(stack: Stack, deployment: Deployment) -> bool:
    """Whether nothing has changed since: sources, variables, Lambdas, images, their code."""
    server = stack.server
    if server is None or not deployment.is_applied:
        return False
    return server.tasks != "containers" or _noted(deployment) == _tag(deployment)


def push(stack: Stack, deployment: Deployment, say: Callable[[str], None]) -> None:
    """Builds both images and pushes them; their digests go into the deployment's own folder.

    Raises:
        StackError: They could not be built or pushed.
    """
    say("building and pushing the images (the first time some minutes)")
    registry = urlsplit(stack.url).netloc
    environment = neutral() | dict(stack.credentials)
    environment |= {"ORDERS_TERRAFORM": str(deployment.root), "REGISTRY": registry}
    tag = _tag(deployment)
    log = deployment.folder / "images.log"
    try:
        made = _run(["scripts/push_to_cloud.sh"], environment, log)
    finally:
        # The password of a registry that will be gone is not the user's to keep.
        _run([docker(), "logout", registry], environment, log)
    if made:
        raise StackError(f"the images were not pushed; {log} ends with:\n{tail_of(log)}")
    _note(deployment).write_text(tag, encoding="utf-8")


def _run(command: list[str], environment: Mapping[str, str], log: Path) -> int:
    """Runs a command in the repository's folder; its exit code."""
    with log.open("ab") as told:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _tag(deployment: Deployment) -> str:
    """The tag that the images of the code have, as it is now."""
    given = {name.upper(): str(deployment.variables.get(name, "")) for name in _IN_THE_TAG}
    asked = [str(ROOT / "scripts" / "build_images.sh"), "--tag"]
    told = subprocess.run(asked, env=neutral() | given, capture_output=True, text=True, check=False)
    if told.returncode:
        raise StackError(f"scripts/build_images.sh --tag failed: {told.stderr.strip()}")
    return told.stdout.strip()


def _noted(deployment: Deployment) -> str:
    """The tag that was pushed last."""
    note = _note(deployment)
    return note.read_text(encoding="utf-8") if note.exists() else ""


def _note(deployment: Deployment) -> Path:
    return deployment.folder / "images.tag"
