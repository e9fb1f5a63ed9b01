"""What a plan of Terraform would change, as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_HARMLESS = (["no-op"], ["read"])
_VALUES = ("before", "after", "after_unknown")


class Change(NamedTuple):
    """One resource or output that a plan changes.

    Attributes:
        actions: `update`, `create`, `delete`.
        paths: Which of its attributes differ; those of an output are below `value`.
    """

    address: str
    actions: tuple[str, ...]
    paths: tuple[str, ...]


def changes_of(plan: Mapping[str, Any]) -> list[Change]:
    """The changes of a plan, as `terraform show -json` tells it, by address."""
    resources = [(one["address"], one["change"]) for one in plan.get("resource_changes", [])]
    outputs = [
        (f"output.{name}", {**told, **{key: {"value": told.get(key)} for key in _VALUES}})
        for name, told in plan.get("output_changes", {}).items()
    ]
    return sorted(
        Change(address, tuple(told["actions"]), tuple(sorted(_paths(told))))
        for address, told in resources + outputs
        if told["actions"] not in _HARMLESS
    )


def _paths(told: Mapping[str, Any]) -> set[str]:
    unknown = set(_leaves(told.get("after_unknown") or {}))
    return set(_differences(told.get("before"), told.get("after"))) | unknown


def _differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from _differences(before.get(name), after.get(name), f"{path}.{name}".strip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, pair in enumerate(zip(before, after, strict=True)):
            yield from _differences(*pair, f"{path}[{position}]")
    elif before != after:
        yield path


def _leaves(unknown: Any, path: str = "") -> Iterator[str]:
    """Where an unknown value stands: `true` in Terraform's tree."""
    if isinstance(unknown, dict):
        for name, value in unknown.items():
            yield from _leaves(value, f"{path}.{name}".strip("."))
    elif isinstance(unknown, list):
        for position, value in enumerate(unknown):
            yield from _leaves(value, f"{path}[{position}]")
    elif unknown:
        yield path
