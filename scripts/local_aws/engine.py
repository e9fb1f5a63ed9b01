"""The container engine of the user: whether it answers, and what a local AWS has left in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

from scripts.local_aws.environment import neutral
from scripts.local_aws.errors import MissingError

_CURE = "leave out what asks for containers (--containers, TASKS=containers)"
_NAME = "{{.Repository}} {{.Tag}} {{.Digest}}"
_NONE = "<none>"


def docker() -> str:
    """The user's docker command, as in scripts/push_to_cloud.sh."""
    return os.environ.get("DOCKER") or "docker"


def check_engine() -> None:
    """Refuses to begin without a container engine.

    Raises:
        MissingError: There is none.
    """
    if shutil.which(docker()) is None:
        raise MissingError(f"containers need docker: install it, or {_CURE}")
    told = _ask("version", "--format", "{{.Server.Version}}")
    if told.returncode:
        raise MissingError(
            f"docker does not answer: start its service (DOCKER_HOST says where it is), or {_CURE}."
            f" It said: {told.stderr.strip()}"
        )


def forget(registry: str) -> None:
    """Takes from the engine what was a local AWS's: its containers, names of its registry.

    The images themselves stay under the names that they were built by. Harmless where no engine
    answers: then nothing of it runs.

    Args:
        registry: Host and port of a server that has ended.
    """
    if shutil.which(docker()) is None:
        return
    # As the emulator labels them: by the address that only one server can have.
    port = registry.rpartition(":")[2]
    label = f"label=ministack.instance={socket.gethostname()}:{port}"
    containers = _ask("ps", "--all", "--quiet", "--filter", label).stdout.split()
    if containers:
        _ask("rm", "--force", "--volumes", *containers)
    listed = _ask("images", "--digests", "--format", _NAME, f"{registry}/*").stdout
    names = {
        f"{name}:{tag}" if tag != _NONE else f"{name}@{digest}"
        for name, tag, digest in map(str.split, listed.splitlines())
    }
    if names:
        _ask("rmi", *sorted(names))


def _ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [docker(), *arguments], env=neutral(), capture_output=True, text=True, check=False
    )
