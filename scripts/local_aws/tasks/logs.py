"""Output of containers in CloudWatch Logs, as the driver `awslogs` brings it there.

AWS: a task whose log group is missing does not start (`ResourceInitializationError`), and every
line of a container is in its stream `<prefix>/<container>/<task id>`, the last ones too. (The
emulator runs such a task without a log, cuts lines where the engine's packets end, and may take a
container away before its last lines were read.)

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs

from scripts.local_aws.replaced import replace

_SECONDS_FOR_THE_REST = 10.0
_forwarders: dict[str, threading.Thread] = {}


def install() -> None:
    """Replaces the emulator's functions."""
    replace(ecs, "_run_docker_container", _with_its_stream)
    replace(ecs, "_start_awslogs_forwarder", lambda _: _forward)
    replace(ecs, "_maybe_mark_stopped", _after_the_last_line)
    replace(ecs, "_cleanup_task_resources", _also_when_it_ended)


def _with_its_stream(stock: Callable[..., Any]) -> Callable[..., Any]:
    def run(engine: Any, container: dict[str, Any], arguments: dict[str, Any], **rest: Any) -> Any:
        task_id = arguments["labels"]["com.amazonaws.ecs.task-arn"].rsplit("/", 1)[-1]
        config = ecs._awslogs_config(container, task_id, task_id)
        if config:
            with request_scope(get_account_id(), config["region"] or get_region()):
                if not ecs._ensure_awslogs_stream(config):
                    raise RuntimeError(
                        "failed to validate logger args: the specified log group does not exist: "
                        + config["group"]
                    )
        return stock(engine, container, arguments, **rest)

    return run


def _forward(container: Any, definition: dict[str, Any], task_id: str) -> None:
    config = ecs._awslogs_config(definition, task_id, container.id)
    if not config:
        return
    account, region = get_account_id(), config["region"] or get_region()

    def work() -> None:
        with request_scope(account, region):
            ecs._ensure_awslogs_stream(config)
            for line in lines(container.logs(stream=True, follow=True)):
                ecs._emit_awslogs_event(config, line)

    forwarder = threading.Thread(target=work, daemon=True, name=f"orders-logs-{task_id[:8]}")
    _forwarders[container.id] = forwarder
    forwarder.start()


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines of a stream that is cut anywhere."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (_decoded(line) for line in whole)
    if rest:
        yield _decoded(rest)


def _decoded(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", errors="replace")


def wait_for_the_rest(containers: Iterable[str]) -> None:
    """Waits until the last lines of containers that have ended are in their streams."""
    for identity in containers:
        if forwarder := _forwarders.get(identity):
            forwarder.join(_SECONDS_FOR_THE_REST)


def _after_the_last_line(stock: Callable[..., None]) -> Callable[..., None]:
    """A task is not STOPPED while the lines of all its containers still come."""

    def look(task: dict[str, Any], engine: Any = None) -> None:
        known = [_forwarders.get(identity) for identity in task.get("_docker_ids") or ()]
        if not known or not all(forwarder and forwarder.is_alive() for forwarder in known):
            stock(task, engine)

    return look


def _also_when_it_ended(stock: Callable[..., None]) -> Callable[..., None]:
    """Containers are taken away; without an engine the emulator leaves ended ones."""

    def clean_up(task: dict[str, Any], engine: Any, extra: Any = None) -> None:
        for identity in list(task.get("_docker_ids") or ()):
            _forwarders.pop(identity, None)
        stock(task, engine or ecs._get_docker(), extra)

    return clean_up
