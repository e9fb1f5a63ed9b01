"""YAML with its line numbers: safe, with anchors and merge keys, without duplicate keys."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spark_jobs.facts.errors import ContractError

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value, such as ("schema", 0, "properties", 2)."""

_MERGE = "tag:yaml.org,2002:merge"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, with the line of every value."""

    path: Path
    data: Any
    lines: dict[Place, int]
    complaints: tuple[ContractError, ...] = ()

    def line(self, place: Place) -> int:
        """The line of that place, or of the nearest that is written in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def where(self, place: Place = ()) -> str:
        """`file:line` of that place."""
        return f"{self.path}:{self.line(place)}"


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, and remembers where an alias stands."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node; an alias as a copy that carries the line of the alias."""
        if not self.check_event(yaml.AliasEvent):
            return super().compose_node(parent, index)
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if node is None:
            return None
        alias = copy.copy(node)
        alias.start_mark = mark
        return alias


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path) -> Document:
    """The file's data with its lines; duplicate keys are its `complaints`.

    Raises:
        ContractError: The file cannot be read, or is not YAML.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(
            f"this is not YAML ({error.problem})",
            where=f"{path}:{line}",
            cure="check indentation, colons and quotes around this line",
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(
            f"the file cannot be read ({error})", where=str(path), cure="save it as UTF-8 YAML"
        ) from error
    builder = _Builder(path, loader)
    data = builder.build(node, ()) if node is not None else None
    return Document(path, data, builder.lines, tuple(builder.complaints))


class _Builder:
    def __init__(self, path: Path, loader: _Loader) -> None:
        self.path, self.loader = path, loader
        self.lines: dict[Place, int] = {}
        self.complaints: list[ContractError] = []
        self._open: list[int] = []

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node.value) in self._open:
            self._complain(node, "an anchor contains itself", "write the part out")
            return None
        self._open.append(id(node.value))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*place, i)) for i, item in enumerate(node.value)]
            return self._mapping(node, place) if isinstance(node, yaml.MappingNode) else None
        finally:
            self._open.pop()

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._complain(node, f"{node.value!r} cannot be read ({error})", "quote it")
            return None

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(value_node, place, merged)
                continue
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self._complain(key_node, "a key is a list or a mapping", "use plain words as keys")
                continue
            if key in own:
                first = self.lines[(*place, key)]
                cure = f"remove one of the two (the first is in line {first})"
                self._complain(key_node, f"the key {key!r} is written twice", cure)
                continue
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            own[key] = self.build(value_node, (*place, key))
        return {**merged, **own}

    def _merge(self, node: yaml.Node, place: Place, merged: dict[str, Any]) -> None:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                self._complain(part, "'<<' merges something that is no mapping", "remove it")
                continue
            for key, value in self.build(part, place).items():
                merged.setdefault(key, value)

    def _complain(self, node: yaml.Node, what: str, cure: str) -> None:
        where = f"{self.path}:{node.start_mark.line + 1}"
        self.complaints.append(ContractError(what, where=where, cure=cure))
