"""`orders validate --manifest` and `orders transform --manifest`: the jobs as tasks on AWS."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spark_jobs.cli.failures import without_words
from spark_jobs.cli.progress import Progress
from spark_jobs.cli.stopping import TERMINATED, TerminatedError, terminable
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import OrdersError, TransientError
from spark_jobs.facts.exits import Exit
from spark_jobs.settings import Settings

if TYPE_CHECKING:
    from spark_jobs.facts.words import Outcome
    from spark_jobs.pipeline import RunOptions
    from spark_jobs.pipeline.aws.environment import TaskEnvironment
    from spark_jobs.pipeline.aws.task import OpenEngine, Say, TaskRun
    from spark_jobs.session import Engine

OUT_OF_MEMORY = 137
"""As the kernel's kill: the state machine starts the task again with the next size."""
_EXHAUSTED = ("Resources exhausted", "java.lang.OutOfMemoryError")


def run_task(task: Task, manifest: str, settings: Settings) -> int:
    """Runs a job as a task; 0 once its outcome stands in the batch's row, whatever it says.

    Raises:
        OrdersError: Without an outcome: the state machine tries again; so it does after what was
            not foreseen, which is told without the words of the error.
    """
    from spark_jobs.pipeline.aws.environment import TaskEnvironment

    environment = TaskEnvironment.read(os.environ, task)
    say = _sayer(task, environment)
    try:
        with terminable():
            return _run(task, manifest, environment, settings, say)
    except TerminatedError:
        say("terminated")
        # All is closed by now; a thread that still imports would use up the seconds of grace.
        os._exit(TERMINATED)
    except Exception as error:
        if _is_out_of_memory(error):
            say("out of memory", error=type(error).__name__)
            return OUT_OF_MEMORY
        if isinstance(error, OrdersError):
            raise
        say("not foreseen", errors=without_words(error))
        return Exit.FATAL


def _run(
    task: Task, manifest: str, environment: TaskEnvironment, settings: Settings, say: Say
) -> int:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    from spark_jobs.cli.jobs import run_options
    from spark_jobs.pipeline.aws.task import Clients, perform

    say("started")
    options = run_options(settings, Progress())
    engine = _engine(settings, environment, say)
    try:
        clients = Clients(boto3.client("s3"), boto3.client("dynamodb"))
        perform(task, environment, clients, say, manifest, _work(task, engine, options))
    except ParamValidationError:
        raise  # a fault of ours, and its words quote what was to be sent
    except (BotoCoreError, ClientError) as error:
        raise TransientError(f"AWS refused or did not answer: {error}", cure="try again") from error
    return Exit.DONE


def _work(task: Task, engine: OpenEngine, options: RunOptions) -> Callable[[TaskRun], Outcome]:
    from spark_jobs.pipeline.aws.transform import transform_manifest
    from spark_jobs.pipeline.aws.validate import validate_manifest

    job = validate_manifest if task is Task.VALIDATE else transform_manifest
    return lambda run: job(run, engine, options)


def _engine(settings: Settings, environment: TaskEnvironment, say: Say) -> OpenEngine:
    @contextmanager
    def opened() -> Iterator[Engine]:
        from spark_jobs.pipeline.aws.memory import engine_memory
        from spark_jobs.session import open_engine

        memory = settings.memory or engine_memory(
            settings.engine, os.environ, environment.memory, say
        )
        with open_engine(
            settings.engine, environment.warehouse, memory=memory, master=settings.master
        ) as engine:
            yield engine

    return opened


def _sayer(task: Task, environment: TaskEnvironment) -> Say:
    """Says what happens as JSON lines on standard output; keys in them come escaped."""
    told = {"task": str(task), "batch": environment.batch_id, "execution": environment.execution}

    def say(message: str, **fields: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "message": message, **told, **fields}
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()

    return say


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(words in str(error) for words in _EXHAUSTED)
