"""What the oracle needs to know of a contract, straight from its YAML."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

MONEY_NAMES = {"unit_price", "cost", "list_price"}
LIFECYCLE = ("shipped_at", "delivered_at", "returned_at")
KEYS = {"orders": "order_id", "order_items": "order_item_id", "products": "product_id"}


@dataclass(frozen=True)
class Property:
    """One column: where it comes from, its type and its limits."""

    name: str
    kind: str  # string | integer | number | timestamp
    source: str | None
    logic: str | None
    required: bool
    options: dict[str, Any]
    words: dict[str, str]
    formats: tuple[str, ...]
    values: tuple[str, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class ShapeDataset:
    """One dataset of one source shape."""

    shape: str
    time_zone: str
    lifecycle: bool
    properties: tuple[Property, ...]
    bad_percent: Decimal
    generated_key: bool
    version_column: str | None
    key: str = ""
    encoding: str = "utf-8"
    extra: dict[str, Any] = field(default_factory=dict)

    def needed_columns(self) -> set[str]:
        """Header names without which a file is not of this shape."""
        return {
            p.source.strip().lower()
            for p in self.properties
            if p.source and p.required and not (self.generated_key and p.name == self.key)
        }


def read_shapes(folder: Path) -> dict[str, list[ShapeDataset]]:
    """The shapes of each dataset, from all YAML files of a folder."""
    found: dict[str, list[ShapeDataset]] = {}
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        custom = _custom(document)
        names = {p["name"] for s in document["schema"] for p in s["properties"]}
        for schema in document["schema"]:
            own = _custom(schema)
            dataset = schema["name"]
            shape = ShapeDataset(
                shape=document["id"],
                time_zone=custom.get("timeZone", "UTC"),
                lifecycle=bool(names & set(LIFECYCLE)),
                properties=tuple(_property(p) for p in schema["properties"]),
                bad_percent=Decimal(str(own.get("badRecordsPercent", 5))),
                generated_key=bool(own.get("generatedKey", False)),
                version_column=own.get("versionColumn"),
                key=KEYS[dataset],
                encoding=custom.get("encoding", "utf-8"),
            )
            found.setdefault(dataset, []).append(shape)
    return found


def _custom(node: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in node.get("customProperties", [])}


def _property(node: dict[str, Any]) -> Property:
    options = dict(node.get("logicalTypeOptions", {}))
    custom = _custom(node)
    formats = custom.get("formats") or [options.get("format", "iso")]
    words = {
        str(word).lower(): canonical
        for canonical, given in custom.get("words", {}).items()
        for word in given
    }
    patterns = [options["pattern"]] if "pattern" in options else []
    values: list[str] = []
    for rule in node.get("quality", []):
        if rule.get("severity", "reject_record") != "reject_record":
            continue
        arguments = rule.get("arguments") or {}
        values += [str(v) for v in arguments.get("validValues", rule.get("validValues", []))]
        if "pattern" in arguments:
            patterns.append(arguments["pattern"])
    return Property(
        name=node["name"],
        kind=node["logicalType"],
        source=None if "transformLogic" in node else node.get("physicalName", node["name"]),
        logic=node.get("transformLogic"),
        required=bool(node.get("required", False)),
        options=options,
        words=words,
        formats=tuple([formats] if isinstance(formats, str) else formats),
        values=tuple(values),
        patterns=tuple(patterns),
    )
