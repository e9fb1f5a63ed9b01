"""How much of its task's memory the engine may take."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping

from spark_jobs.facts.words import EngineName
from spark_jobs.pipeline.aws.task import Say

METADATA = "ECS_CONTAINER_METADATA_URI_V4"
_SECONDS = 5.0
BESIDE = {EngineName.SAIL: 1024, EngineName.SPARK: 1536}
"""MiB for what lives beside the engine's own: Python with referee and preflight; also the JVM's."""
SHARE = {EngineName.SAIL: 0.8, EngineName.SPARK: 0.75}
"""Of the rest: what an engine holds without counting it takes the other part."""
LEAST = 512


def engine_memory(
    engine: EngineName, environ: Mapping[str, str], told: int | None, say: Say
) -> str | None:
    """What the engine may use, as `2458m`: a share of the task's memory; None: nobody tells it.

    Args:
        told: MiB, by the state machine with the task's size.
    """
    limits = [size for size in (told, _limit(environ, say)) if size]
    if not limits:
        return None
    if len(set(limits)) > 1:
        say("task memory differs", told=told, limit=limits[-1])
    task = min(limits)
    engine_has = max(LEAST, int((task - BESIDE[engine]) * SHARE[engine]))
    say("memory", task_mib=task, engine_mib=engine_has)
    return f"{engine_has}m"


def _limit(environ: Mapping[str, str], say: Say) -> int | None:
    """MiB that the task's metadata tell; None outside of ECS, or where they do not answer."""
    address = environ.get(METADATA)
    if not address:
        return None
    try:
        with urllib.request.urlopen(f"{address}/task", timeout=_SECONDS) as answer:  # noqa: S310
            return int(json.load(answer)["Limits"]["Memory"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        say("task metadata not read", error=type(error).__name__)
        return None
