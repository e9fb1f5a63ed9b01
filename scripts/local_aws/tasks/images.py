"""Where the images of containers come from.

AWS: ECS pulls an image from the repository that its name says. Here a name of ECR means the
emulator's own registry, which answers on loopback: `REGISTRY=127.0.0.1:<port>
scripts/push_to_cloud.sh` brings images there. An image that the engine has, under the name of ECR
or of that registry, is not pulled again. Any other registry is out of reach, on purpose; what the
engine has under such a name is taken.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecr-repositories.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ministack.services import ecs

from scripts.local_aws.tasks.changed import changes

# By name: to a type checker, `docker` is the folder of this repository.
docker: Any = import_module("docker")
_ECR = re.compile(r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")


def from_here(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a container of an image that this machine has, or the emulator's registry."""

    def run(engine: Any, container: dict[str, Any], arguments: dict[str, Any], **_: Any) -> Any:
        image = _found(engine, container["image"])
        changed = changes(container["image"], arguments | {"image": image})
        return stock(engine, container | {"image": image}, arguments | changed)

    return run


def _found(engine: Any, image: str) -> str:
    """The name under which the engine has it."""
    local = in_registry(image, os.environ["GATEWAY_PORT"])
    for name in dict.fromkeys((image, local)):
        try:
            engine.images.get(name)
        except docker.errors.ImageNotFound:
            continue
        return name
    if local == image:
        raise ecs._ImagePullError(f"{image} is not on this machine, and not of ECR")
    try:
        engine.images.pull(local)
    except docker.errors.APIError as error:
        raise ecs._ImagePullError(f"{image}: {error}") from error
    return local


def in_registry(image: str, port: str) -> str:
    """The same image in the emulator's registry; unchanged where it is not of ECR."""
    return _ECR.sub(f"127.0.0.1:{port}/", image)
