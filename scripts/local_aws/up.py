"""`local-up`: from nothing, or from whatever is there, to a system that waits for files."""

from __future__ import annotations

import difflib
import json
import re
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local_aws.alone import alone
from scripts.local_aws.asked import UNNAMED
from scripts.local_aws.deployment import Deployment, Variable
from scripts.local_aws.engine import check_engine
from scripts.local_aws.environment import ROOT, USUAL_FOLDER
from scripts.local_aws.errors import DeploymentError, MissingError
from scripts.local_aws.images import deploy, is_deployed
from scripts.local_aws.mailbox import Mailbox
from scripts.local_aws.packaging import ZIPS, package
from scripts.local_aws.shell import environment_file, next_steps, shown, write_environment
from scripts.local_aws.stack import Stack

PORT = 4566
"""Of the usual folder; one in another folder stands beside it, at a free port."""
PATIENCE: dict[str, Variable] = {"deadline_seconds": 60}
"""Nobody at a terminal waits 15 minutes for the files that came after a batch was closed."""
_ENVIRONMENTS = {"sail": ".venv", "spark": ".venv-full"}
_ENGINE = "sail"
"""Terraform's own, where nobody names one."""
_INTERRUPTED = """
interrupted: the local AWS runs at {url}, not everything is deployed.
`make local-up` goes on from there, `make local-down` takes it away."""


def run(arguments: Namespace) -> int:
    """Starts, applies and tells what to do next; each part only where it is needed.

    Raises:
        LocalError: Something is missing or failed.
    """
    begun = time.monotonic()
    _check_variables(dict(arguments.set))
    with alone(arguments.folder):
        return _run(arguments, begun)


def _run(arguments: Namespace, begun: float) -> int:
    stack = _stack(arguments)
    variables = _variables(arguments, stack)
    running = stack.server
    tasks = running.tasks if running else _tasks(arguments)
    _check(tasks, str(variables.get("engine", _ENGINE)))
    deployment = Deployment(stack, environment=arguments.environment or "", variables=variables)
    try:
        done = _bring_up(stack, deployment)
    except KeyboardInterrupt:
        if stack.server:
            print(_INTERRUPTED.format(url=stack.url))
        raise
    if done:
        print(f"Ready after {time.monotonic() - begun:.0f} s. Type next:\n")
    else:
        print(f"Everything runs already, at {stack.url}. Type next:\n")
    print(next_steps(stack, deployment))
    return 0


def _bring_up(stack: Stack, deployment: Deployment) -> bool:
    """Does what is lacking; whether anything was."""
    package(ZIPS / "made_from", _say)
    started = stack.server is None
    if started:
        if stack.died:
            print(
                "The local AWS that ran here has died, and its data with it: starting anew.\n"
                f"Its log: {shown(stack.log.with_name('previous.log'))}"
            )
        if stack.strays:
            print("The local AWS that runs here has lost its folder: starting anew.")
        stack.start()
        print(f"The local AWS runs at {stack.url} (log: {shown(stack.log)})")
    stack.end_orphans()
    if is_deployed(stack, deployment) and environment_file(stack, deployment).exists():
        return started
    print("Applying terraform/, as for an account (about 90 seconds; most of it is waiting):")
    with _forgotten_where_it_fails(_remembered(stack.folder, deployment.environment)):
        deploy(stack, deployment, _say)
    Mailbox(stack, deployment).open()
    write_environment(stack, deployment)
    return True


def _stack(arguments: Namespace) -> Stack:
    """The stack that is asked for.

    Raises:
        MissingError: Another one runs in its folder, or something is missing.
    """
    tasks = _tasks(arguments)
    usual = PORT if arguments.folder.resolve() == USUAL_FOLDER else None
    stack = Stack(
        arguments.folder, port=arguments.port or usual, tasks=tasks, auth=not arguments.no_auth
    )
    running = stack.server
    if running is None:
        return stack
    if arguments.port not in {None, running.port}:
        raise MissingError(f"it runs at port {running.port} already: `make local-down` first")
    if arguments.containers and running.tasks != tasks:
        raise MissingError(f"it runs with {running.tasks} already: `make local-down` first")
    return stack


def _tasks(arguments: Namespace) -> str:
    return "containers" if arguments.containers else "processes"


def _check(tasks: str, engine: str) -> None:
    """Looks for what the jobs will run with, whoever has asked for that engine.

    Raises:
        MissingError: It is not there.
    """
    if engine not in _ENVIRONMENTS:
        raise MissingError(f"there is no engine {engine!r}: it is {' or '.join(_ENVIRONMENTS)}")
    if tasks == "containers":
        check_engine()
        return
    lacking = _ENVIRONMENTS[engine]
    if not (ROOT / lacking / "bin" / "orders").exists():
        raise MissingError(f"the jobs' environment {lacking} is missing: run `make {lacking}`")


def _check_variables(asked: dict[str, str]) -> None:
    """Refuses what Terraform would leave out with a warning.

    Raises:
        MissingError: There is no such variable.
    """
    sources = (path.read_text("utf-8") for path in sorted((ROOT / "terraform").glob("*.tf")))
    known = re.findall(r'^variable "(\w+)"', "\n".join(sources), re.MULTILINE)
    for name in asked.keys() - set(known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4) or ["terraform/variables.tf"]
        raise MissingError(f"Terraform has no variable {name!r}: see {near[0]}")


def _variables(arguments: Namespace, stack: Stack) -> dict[str, Variable]:
    """Those of the last time, where nothing else is asked for."""
    written = _written(stack.folder, arguments.environment or "") if stack.server else {}
    asked = {"engine": arguments.engine} if arguments.engine else {}
    return {**PATIENCE, **written, **asked, **dict(arguments.set)}


def _written(folder: Path, environment: str) -> dict[str, Variable]:
    path = _remembered(folder, environment)
    found: dict[str, Variable] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _remembered(folder: Path, environment: str) -> Path:
    """Where the variables of a deployment stand, for the next time too."""
    root = folder / "deployments" / (environment or UNNAMED) / "terraform"
    return root / "local.auto.tfvars.json"


@contextmanager
def _forgotten_where_it_fails(path: Path) -> Iterator[None]:
    """A value that Terraform refuses is not that of the next call."""
    before = path.read_bytes() if path.exists() else None
    try:
        yield
    except DeploymentError:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        raise


def _say(text: str) -> None:
    print(f"  {text}", flush=True)
