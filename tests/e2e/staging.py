"""How the next container of a job starts: takes the next act, and changes docker's arguments.

python -m tests.e2e.staging FOLDER JOB; asked by the local AWS at each start (`tasks/changed.py`).
The acts are those of `acts.py`; what `acting.py` does to a process is done to a container here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.local_aws.engine import docker
from tests.e2e.acting import HOLDING, KILLED, next_act

Arguments = dict[str, Any]
FIRST = ["/usr/bin/tini", "--"]
"""The first process of the images, as docker/Dockerfile has it."""
WAITS = [*FIRST, "sh", "-c", "exec sleep infinity", "sh"]
LITTLE_MEMORY = "64m"
TAKES_MUCH = [*FIRST, "python", "-c", "taken = bytearray(1 << 30)"]
ENDS_WITH = '"$@"; ended=$?; [ $ended != {killed} ] || ended={code}; exit $ended'


def main(folder: Path, job: str) -> None:
    """Prints the arguments that are to be others."""
    given: Arguments = json.load(sys.stdin)
    number, act = next_act(folder)
    changed = changes(act, job, given["environment"])
    name = given["name"]
    if act.get("detached"):
        name = live_apart(given | changed)
        changed = {"entrypoint": WAITS}
    if number >= 0:
        (folder / f"{number}.name").write_text(name)
    print(json.dumps(changed))


def changes(act: Any, job: str, environment: dict[str, str]) -> Arguments:
    """What the act asks for."""
    changed: Arguments = {"environment": environment | act.get("environment", {})}
    if "out_of_memory" in act:
        limits = dict.fromkeys(("mem_limit", "memswap_limit"), LITTLE_MEMORY)
        return {**limits, "entrypoint": TAKES_MUCH}
    if "exit" in act:
        changed["entrypoint"] = [*FIRST, "sh", "-c", f"exit {act['exit']}", "sh"]
    elif "hang" in act:
        changed["entrypoint"] = WAITS
    elif "hold" in act:
        changed["entrypoint"] = [
            *FIRST,
            "python",
            "-P",
            "-c",
            HOLDING.read_text(),
            act["hold"],
            job,
        ]
    elif "code" in act:
        script = ENDS_WITH.format(killed=KILLED, code=act["code"])
        changed["entrypoint"] = [*FIRST, "sh", "-c", script, "sh", "orders", job]
    return changed


def live_apart(given: Arguments) -> str:
    """Starts the job in a container that ECS does not know, and so cannot stop; its name.

    What it says goes where a process's output would be.
    """
    name = f"{given['name']}-apart"
    labels, (first, *rest) = given["labels"], given["entrypoint"]
    options = [
        *("--rm", "--name", name, "--network", given["network_mode"], "--user", given["user"]),
        *("--read-only", "--memory", given["mem_limit"], "--entrypoint", first),
        *(f"--label={label}={value}" for label, value in labels.items()),
        *(f"--volume={path}" for path in given["volumes"]),
        *(f"--env={variable}={value}" for variable, value in given["environment"].items()),
    ]
    command = [*options, given["image"], *rest, *(given["command"] or ())]
    subprocess.run([docker(), "create", *command], check=True, stdout=subprocess.DEVNULL)
    task = labels["com.amazonaws.ecs.task-arn"].rpartition("/")[2]
    container = labels["com.amazonaws.ecs.container-name"]
    output = Path(os.environ["ORDERS_LOCAL_DIR"]) / "tasks" / task / container / "output.log"
    output.parent.mkdir(parents=True)
    with output.open("wb") as said:
        subprocess.Popen(
            [docker(), "start", "--attach", name],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    return name


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
