"""Containers that start otherwise than they are defined: a test's doing, asked for at each launch.

`processes.json` in `ORDERS_LOCAL_DIR` (`commands.py`) may name a program for an image. It reads
docker's arguments of the next container as JSON (`image` and `name` among them), and prints those
that are to be others. So a test kills, holds or starves the very container that ECS started.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from ministack.services import ecs

from scripts.local_aws.tasks import commands


def changes(image: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are to be others.

    Raises:
        _ImagePullError: The file says that there is no such image.
        RuntimeError: The program failed.
    """
    program = commands.changer(image)
    if program is None:
        raise ecs._ImagePullError(f"{commands.FILE} says that there is no image {image}")
    if not program:
        return {}
    asked = subprocess.run(
        program, input=json.dumps(arguments), capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise RuntimeError(f"{program} failed for {image}: {asked.stderr.strip()}")
    changed: dict[str, Any] = json.loads(asked.stdout)
    return changed
