"""The jobs' images for `--containers`: built from docker/, pushed to the local ECR."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from urllib.parse import urlsplit

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.environment import ROOT, neutral
from scripts.local_aws.errors import MissingError, StackError
from scripts.local_aws.stack import Stack, tail_of


def check_engine() -> None:
    """Refuses to begin without a container engine.

    Raises:
        MissingError: There is none.
    """
    if shutil.which("docker") is None:
        raise MissingError("--containers needs docker: install it, or leave --containers out")
    asked = ["docker", "version", "--format", "{{.Server.Version}}"]
    told = subprocess.run(asked, env=neutral(), capture_output=True, text=True, check=False)
    if told.returncode:
        raise MissingError(f"docker does not answer; is its service started? {told.stderr.strip()}")


def push(stack: Stack, deployment: Deployment, say: Callable[[str], None]) -> None:
    """Builds both images and pushes them; their digests go into the deployment's own folder.

    Raises:
        StackError: They could not be built or pushed.
    """
    say("building and pushing the images (the first time some minutes)")
    environment = neutral() | dict(stack.credentials)
    environment |= {
        "ORDERS_TERRAFORM": str(deployment.root),
        "REGISTRY": urlsplit(stack.url).netloc,
    }
    log = deployment.folder / "images.log"
    with log.open("ab") as told:
        made = subprocess.run(
            [str(ROOT / "scripts" / "push_to_cloud.sh")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if made.returncode:
        raise StackError(f"the images were not pushed; {log} ends with:\n{tail_of(log)}")
