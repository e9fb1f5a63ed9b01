"""Answers of AWS's protocols that speak XML, and parameters of its queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, unescape

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""
Parameters = Mapping[str, Any]
Types = Mapping[str, Callable[[str], Any]]


def added(answer: Answer, tag: str, more: Callable[[str], str]) -> Answer:
    """An answer with more elements behind each one of a tag, made from its text."""
    status, headers, body = answer
    found = re.compile(f"<{tag}>([^<]*)</{tag}>")
    text = found.sub(lambda one: one[0] + more(unescape(one[1])), body.decode())
    return status, headers, text.encode()


def xml(value: Any, member: str) -> str:
    """Elements for a tree of values; those of a list are each in an element called `member`."""
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{xml(one, member)}</{name}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<{member}>{xml(one, member)}</{member}>" for one in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def tree(parameters: Parameters, name: str, types: Types = MappingProxyType({})) -> Any:
    """The tree below a parameter: `A.member.1.B` is `[{"B": …}]` below `A`; None where it is not.

    Args:
        types: Makes the value of a leaf from its text, by the leaf's name; text stays text.
    """
    if name in parameters:
        found = parameters[name]
        text = found[0] if isinstance(found, list) else found
        return types.get(name.rpartition(".")[2], str)(text)
    below = {one[len(name) + 1 :].split(".")[0] for one in parameters if one.startswith(f"{name}.")}
    found = {one: tree(parameters, f"{name}.{one}", types) for one in sorted(below)}
    if below == {"member"}:
        return [one for _, one in sorted(found["member"].items(), key=lambda item: int(item[0]))]
    return found or None
