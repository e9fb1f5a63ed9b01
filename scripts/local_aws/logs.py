"""`local-logs`: what jobs, Lambdas and state machine say, in the order of time.

The server's own log, which says most and tells a user least, only where it is asked for.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from operator import attrgetter

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.errors import NotRunningError
from scripts.local_aws.heard import Line, Listener, of_groups, of_server, of_states
from scripts.local_aws.stack import Stack
from scripts.local_aws.status import silence

GROUPS = ("validate", "transform", "gate", "cleanup")
USUAL = (*GROUPS, "states")
SOURCES = (*USUAL, "server")
_PAUSE_SECONDS = 1.0


def run(arguments: Namespace) -> int:
    """Prints the last lines, and goes on where that is asked for.

    Raises:
        NotRunningError: It does not run; told as `local-status` tells it.
        NotDeployedError: There is no such system.
    """
    stack = Stack(arguments.folder)
    if stack.server is None:
        raise NotRunningError(silence(stack))
    deployment = Deployment(stack, environment=arguments.environment or "")
    listeners = _listeners(stack, deployment, arguments.of or USUAL)
    heard = _hear(listeners, arguments.batch)
    _print(heard[-arguments.last :] if arguments.last > 0 else heard)
    if not heard:
        of = f" of batch {arguments.batch}" if arguments.batch else ""
        print(f"no line{of} so far; `make local-status` tells what is there", file=sys.stderr)
    while arguments.follow:
        time.sleep(_PAUSE_SECONDS)
        _print(_hear(listeners, arguments.batch))
    return 0


def _listeners(
    stack: Stack, deployment: Deployment, sources: tuple[str, ...] | list[str]
) -> list[Listener]:
    """One for each source."""
    outputs = deployment.outputs
    client = stack.client("logs")
    found = [of_groups(client, name, outputs["log_groups"][name]) for name in GROUPS]
    found.append(of_states(stack.client("stepfunctions"), outputs["state_machine_arn"]))
    found.append(of_server(stack.log))
    return [listener for listener in found if listener.source in sources]


def _hear(listeners: list[Listener], batch: str | None) -> list[Line]:
    heard = (line for listener in listeners for line in listener.hear())
    return sorted((line for line in heard if line.belongs_to(batch)), key=attrgetter("at"))


def _print(lines: list[Line]) -> None:
    for line in lines:
        print(f"{line.clock}  {line.source:<9}  {line.shown}", flush=True)
