"""What an engineer needs to see when a case does not come to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.e2e.account import Account, Row

_LINES = 12
_OF_A_BATCH = ("state", "run", "execution", "closed_by", "files", "ending")
_OF_AN_EVENT = ("name", "resource", "error", "cause")
_OF_A_TASK = ("taskDefinitionArn", "lastStatus", "stopCode", "stoppedReason")


def report(account: Account) -> str:
    """Batches, files, executions, tasks, queues, and the last lines of each log."""
    parts: dict[str, Callable[[Account], Iterable[str]]] = {
        "state": _state,
        "executions": _executions,
        "tasks": _tasks,
        "queues": _queues,
        **{f"log of {actor}": _log(actor) for actor in ("gate", "cleanup")},
        **{f"log of {actor}": _log(actor) for actor in ("validate", "transform")},
    }
    return "\n".join(
        line for name, part in parts.items() for line in (f"== {name}", *_told(part, account))
    )


def _told(part: Callable[[Account], Iterable[str]], account: Account) -> list[str]:
    """A part that cannot be read must not hide the others."""
    try:
        return [f"  {line}" for line in part(account)]
    except Exception as error:  # noqa: BLE001 (told)
        return [f"  not to be read: {error!r}"]


def _state(account: Account) -> Iterable[str]:
    rows = account.state()
    for row in rows.get("batch", [])[-5:]:
        outcomes = {name: value for name, value in row.items() if name.endswith("_outcome")}
        yield f"batch {row['sk']}: {_few(row, _OF_A_BATCH) | outcomes}"
    for row in rows.get("file", []):
        if row["state"] != "ARCHIVED":
            yield f"file {row['key']} {row['version_id']}: {row['state']} {row.get('reason', '')}"
    for kind in ("gate", "lease"):
        yield from (f"{kind}: {row}" for row in rows.get(kind, []))


def _executions(account: Account) -> Iterable[str]:
    for execution in account.executions()[-3:]:
        found = account.execution(execution["name"])
        cause = str(found.get("cause", ""))[:300]
        yield f"{found['name']}: {found['status']} {found.get('error', '')} {cause}"
        history = account.client("stepfunctions").get_execution_history(
            executionArn=found["executionArn"], reverseOrder=True, maxResults=10
        )
        for event in reversed(history["events"]):
            details = [v for k, v in event.items() if k.endswith("EventDetails")]
            told = [_few(one, _OF_AN_EVENT) for one in details]
            yield f"  {event['type']}: {' '.join(map(str, told))[:300]}"


def _tasks(account: Account) -> Iterable[str]:
    for task in [*account.tasks("RUNNING"), *account.tasks("STOPPED")[-6:]]:
        codes = [container.get("exitCode") for container in task["containers"]]
        yield f"{_few(task, _OF_A_TASK)} exit codes {codes}"


def _queues(account: Account) -> Iterable[str]:
    yield f"landing events: {account.depth(account.landing_queue)}"
    yield from (f"dead letters of {hop}: {n}" for hop, n in account.dead_letters().items() if n)


def _log(actor: str) -> Callable[[Account], Iterable[str]]:
    return lambda account: (line.rstrip()[:600] for line in account.log(actor)[-_LINES:])


def _few(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}
