"""A first contract for CSV files of an unknown shape, with comments on what to decide."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from spark_jobs.contracts.guess import (
    Sample,
    guess_columns,
    guess_dataset,
    guess_formats,
    guess_kind,
    guess_line_number,
    read_sample,
)
from spark_jobs.facts.canonical import CANONICAL, KEYS
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.words import Dataset, Kind, Status

_TYPES = {
    Kind.STRING: "string",
    Kind.INTEGER: "integer",
    Kind.MONEY: "number",
    Kind.DECIMAL: "number",
    Kind.TIMESTAMP: "timestamp",
}
_WORDS = {
    Status.PROCESSING: "processing pending created paid open new offen bezahlt",
    Status.SHIPPED: "shipped sent dispatched versandt",
    Status.DELIVERED: "delivered complete completed done geliefert",
    Status.RETURNED: "returned refunded retour zurückgeschickt",
    Status.CANCELLED: "cancelled canceled void storniert",
}
_MANY = 12
_HEAD = """# A first contract, guessed from {files}.
# Look at every 'decide:' and 'TODO', then check it: orders contracts lint FILE
apiVersion: v3.1.0
kind: DataContract
id: {shape}
name: {shape}
version: 1.0.0
status: draft
customProperties:
  # decide: the zone of times that name none (an IANA name, such as Europe/Zurich)
  - {{property: timeZone, value: UTC}}
  - {{property: encoding, value: utf-8}}
schema:"""


def scaffold(files: Sequence[Path], shape: str) -> str:
    """A contract in YAML, guessed from headers and up to 1,000 records of each file.

    It parses always; what could not be guessed stands in it as a commented TODO, about which
    `lint` complains.

    Raises:
        UsageError: No file was given, or one cannot be read.
    """
    if not files:
        raise UsageError("no file to guess from", where="--from", cure="name one or more CSV files")
    samples: dict[Dataset, Sample] = {}
    for path in files:
        sample = read_sample(path)
        samples.setdefault(guess_dataset(path, sample), sample)
    names = ", ".join(path.name for path in files)
    lines = [_HEAD.format(files=names, shape=_quoted(shape))]
    for dataset in Dataset:
        if dataset in samples:
            lines.extend(_dataset(dataset, samples[dataset]))
        else:
            lines.append(f"  # TODO: no file with {dataset} was given; add it when there is one")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _dataset(dataset: Dataset, sample: Sample) -> Iterator[str]:
    found = guess_columns(dataset, sample)
    line = guess_line_number(sample) if dataset is Dataset.ORDER_ITEMS else None
    key = KEYS[dataset]
    generated = dataset is Dataset.ORDER_ITEMS and key not in found and line is None
    yield f"  - name: {dataset}"
    yield "    logicalType: object"
    yield "    customProperties:"
    yield "      # decide: a file with a greater share of bad records is rejected whole"
    yield "      - {property: badRecordsPercent, value: 5}"
    if generated:
        yield "      # decide: no key was found; it is made of order, product and n-th occurrence"
        yield "      - {property: generatedKey, value: true}"
    yield "    properties:"
    for name in CANONICAL[dataset]:
        if name in found:
            yield from _column(dataset, name, found[name], sample)
        elif name == key and dataset is Dataset.ORDER_ITEMS:
            yield from _item_key(line, sample)
        else:
            yield from _missing(dataset, name)
    left = [name for name in sample.header if name not in found.values() and name != line]
    if left:
        yield f"      # not used: {_comment(', '.join(left))}"


def _column(dataset: Dataset, name: str, source: str, sample: Sample) -> Iterator[str]:
    canonical = CANONICAL[dataset][name]
    values = sample.values(source)
    yield f"      - name: {name}"
    yield f"        physicalName: {_quoted(source)}"
    yield f"        logicalType: {_TYPES[canonical.kind]}"
    if canonical.required:
        yield "        required: true"
    if name == KEYS[dataset]:
        yield "        primaryKey: true"
        if len(set(values)) < len(values):
            yield f"        # decide: {_comment(source)} occurs more than once: is it the key?"
    if name == "customer_id":
        yield "        classification: personal"
    if canonical.kind is Kind.TIMESTAMP:
        yield from _format(values)
    elif canonical.kind is not Kind.STRING:
        yield from _number(canonical.kind, values)
    elif name == "status":
        yield from _words(values)
    elif guess_kind(values) is Kind.INTEGER:
        yield "        # decide: all values of the sample are digits; remove where others may come"
        yield "        logicalTypeOptions: {pattern: '^[0-9]+$', maxLength: 20}"
    else:
        yield "        logicalTypeOptions: {maxLength: 1000}"


def _format(values: Sequence[str]) -> Iterator[str]:
    formats = guess_formats(values)
    if not formats:
        shown = _comment(values[0])[:40] if values else "no value in the sample"
        yield f"        # decide: the format of the times ({shown})"
        yield "        logicalTypeOptions: {format: iso}"
        return
    if len(formats) > 1:
        yield f"        # decide: the sample fits {' and '.join(formats)}"
    yield f"        logicalTypeOptions: {{format: {_quoted(formats[0])}}}"


def _number(kind: Kind, values: Sequence[str]) -> Iterator[str]:
    fitting = (Kind.INTEGER,) if kind is Kind.INTEGER else (Kind.INTEGER, Kind.DECIMAL)
    if values and guess_kind(values) not in fitting:
        odd = next((v for v in values if guess_kind([v]) not in fitting), "")
        yield f"        # decide: some values are no {_TYPES[kind]}, such as {_comment(odd)[:40]}"
    yield "        # decide: the least and greatest value that can be right"
    yield "        logicalTypeOptions: {minimum: 0}"


def _words(values: Sequence[str]) -> Iterator[str]:
    seen = sorted({value.lower() for value in values})
    known = {word: status for status, words in _WORDS.items() for word in words.split()}
    strange = [word for word in seen if word not in known]
    yield "        customProperties:"
    if strange:
        shown = ", ".join(_comment(word) for word in strange[:_MANY])
        yield f"          # decide: to which status these words belong: {shown}"
    yield "          - property: words"
    yield "            value:"
    for status in Status:
        listed = [word for word in seen if known.get(word) is status]
        words = dict.fromkeys([*listed, str(status)])
        yield f"              {status}: [{', '.join(_quoted(word) for word in words)}]"


def _item_key(line: str | None, sample: Sample) -> Iterator[str]:
    if line is None:
        yield "      - name: order_item_id"
        yield "        physicalName: order_item_id"
        yield "        logicalType: string"
        yield "        required: true"
        yield "        primaryKey: true"
        return
    kind = guess_kind(sample.values(line))
    yield "      # decide: no key was found; the order and its line number are taken for one"
    yield "      - name: line_no"
    yield f"        physicalName: {_quoted(line)}"
    yield f"        logicalType: {'integer' if kind is Kind.INTEGER else 'string'}"
    yield "        required: true"
    yield "      - name: order_item_id"
    yield "        logicalType: string"
    yield "        required: true"
    yield "        primaryKey: true"
    yield "        transformLogic: concat(order_id, '/', line_no)"


def _missing(dataset: Dataset, name: str) -> Iterator[str]:
    canonical = CANONICAL[dataset][name]
    if name == "quantity":
        yield "      # decide: no quantity was found; each record counts as one piece"
        yield "      - name: quantity"
        yield "        logicalType: integer"
        yield "        required: true"
        yield "        transformLogic: '1'"
    elif canonical.required:
        yield f"      # TODO: {name} is required and was not found: which column is it?"
        yield f"      # - name: {name}"
        yield "      #   physicalName: ..."
        yield f"      #   logicalType: {_TYPES[canonical.kind]}"
        yield "      #   required: true"
