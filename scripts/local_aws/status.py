"""`local-status`: what runs, what waits, how the batches ended, the last alerts."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from scripts.local_aws.asked import UNNAMED
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.mailbox import Mailbox
from scripts.local_aws.running import Server
from scripts.local_aws.shell import shown
from scripts.local_aws.stack import Stack
from spark_jobs.batch.files import BATCH, waiting_files
from spark_jobs.batch.notice import escaped
from spark_jobs.batch.table import StateTable

_BATCHES, _ALERTS = 10, 5
_TOLD = ("state", "execution", "files", "bytes", "validate_outcome", "transform_outcome", "ending")


def run(arguments: Namespace) -> int:
    """Prints it, for a person or as JSON."""
    stack = Stack(arguments.folder)
    status = status_of(stack)
    if arguments.json:
        print(json.dumps(status, indent=2, default=str))
    else:
        print("\n".join(_lines(stack, status)))
    return 0


def status_of(stack: Stack) -> dict[str, Any]:
    """All of it, as facts."""
    server = stack.server
    if server is None:
        strays = [stray.pid for stray in stack.strays]
        return {"running": False, "died": stack.died, "without_a_folder": strays}
    told = {"running": True, "url": stack.url, "pid": server.pid, "since": server.started_at}
    told |= {"port": server.port, "tasks": server.tasks, "memory_mb": _memory(server)}
    return told | {"systems": [_system(stack, one) for one in deployments(stack)]}


def deployments(stack: Stack) -> list[Deployment]:
    """Those that were begun in a stack."""
    folders = sorted((stack.folder / "deployments").glob("*/terraform"))
    names = (folder.parent.name for folder in folders)
    return [Deployment(stack, environment="" if name == UNNAMED else name) for name in names]


def _system(stack: Stack, deployment: Deployment) -> dict[str, Any]:
    told: dict[str, Any] = {"environment": deployment.environment or UNNAMED}
    if not deployment.is_complete:
        return told | {"deployed": False}
    outputs = deployment.outputs
    table = StateTable(stack.client("dynamodb"), outputs["state_table"])
    batches = [
        {"batch": row["sk"]} | {name: row[name] for name in _TOLD if name in row}
        for row in islice(table.newest(BATCH), _BATCHES)
    ]
    waiting = [{"key": row["key"], "since": row["received_at"]} for row in waiting_files(table)]
    mails = Mailbox(stack, deployment).read()[-_ALERTS:]
    return told | {
        "deployed": True,
        "landing": outputs["landing_url"],
        "batches": batches,
        "waiting_files": waiting,
        "tasks": list(_tasks(stack, outputs["cluster"])),
        "alerts": [mail._asdict() for mail in mails],
    }


def _tasks(stack: Stack, cluster: str) -> Iterator[dict[str, Any]]:
    """The tasks that run now."""
    ecs = stack.client("ecs")
    arns = ecs.list_tasks(cluster=cluster)["taskArns"]
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []:
        family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
        yield {"task": family, "state": task["lastStatus"], "since": task.get("startedAt")}


def _memory(server: Server) -> int:
    """What the server's process has in memory, in MB."""
    asked = ["ps", "-p", str(server.pid), "-o", "rss="]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return int(told or 0) // 1024


def _lines(stack: Stack, status: Mapping[str, Any]) -> Iterator[str]:
    if not status["running"]:
        yield silence(stack)
        return
    yield (
        f"The local AWS runs at {status['url']} since {status['since']} "
        f"(process {status['pid']}, {status['memory_mb']} MB, tasks as {status['tasks']})."
    )
    for system in status["systems"]:
        yield from _system_lines(system)


def silence(stack: Stack) -> str:
    """Why a local AWS that does not run does not, and the cure."""
    why = f"; it died, see {shown(stack.log)}" if stack.died else ""
    for stray in stack.strays:
        why = f"; process {stray.pid} has lost its folder, and `make local-down` ends it"
    return f"The local AWS does not run{why}. `make local-up` starts it{' anew' if why else ''}."


def _system_lines(system: Mapping[str, Any]) -> Iterator[str]:
    if not system["deployed"]:
        yield f"\nSystem {system['environment']}: not deployed to its end; `make local-up` goes on"
        return
    yield f"\nSystem {system['environment']}, landing {system['landing']}"
    for name, line in (
        ("batches", _batch_line),
        ("waiting_files", lambda one: f"{one['since']}  {escaped(one['key'])}"),
        ("tasks", lambda one: f"{one['task']}  {one['state']}  since {one['since']}"),
        ("alerts", lambda one: f"{one['at']}  {escaped(one['subject'])}"),
    ):
        yield f"  {name.replace('_', ' ')}: {len(system[name]) or 'none'}"
        yield from (f"    {line(row)}" for row in system[name])


def _batch_line(batch: Mapping[str, Any]) -> str:
    outcomes = [str(batch[name]) for name in _TOLD if name.endswith("outcome") and name in batch]
    return "  ".join([batch["batch"], batch["state"], ", ".join(outcomes)]).rstrip()
