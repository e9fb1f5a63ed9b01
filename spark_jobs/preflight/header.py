"""The header: its delimiter, its names, and the shape that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

from spark_jobs.contracts.match import Match, Mismatch, known_columns, match_header
from spark_jobs.contracts.model import Contract
from spark_jobs.facts.violations import FileCode
from spark_jobs.facts.words import Dataset
from spark_jobs.preflight.model import bad_file
from spark_jobs.preflight.records import Grammar, OpenQuote, count_breaks, first_break
from spark_jobs.preflight.text import is_utf8_name

HEADER_BYTES = 65_536
"""The header must end within the first so many bytes of text."""

DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Header:
    """The first record of a file.

    Args:
        names: As written, without blanks around them.
        lines: Physical lines that it covers.
        blank_lines: Blank lines before it.
        following: Where the data begin.
    """

    delimiter: str
    names: tuple[str, ...]
    lines: int
    blank_lines: int
    following: int


def read_header(head: bytes, grammar: Grammar, encoding: str) -> Header:
    """The header as one delimiter splits it.

    Args:
        head: The first `HEADER_BYTES` of the text, or all of it.
        grammar: The delimiter.
        encoding: What the names are decoded with; a wrong byte becomes U+FFFD.

    Raises:
        BadFileError: There is none, or it does not end.
    """
    start, blank_lines = _first_text(head)
    record = grammar.scan(head, start)
    if isinstance(record, OpenQuote):
        line = blank_lines + 1 + count_breaks(head[start : record.at])
        message = f"a quote is open in the header, line {line}"
        raise bad_file(FileCode.UNCLOSED_QUOTE, message)
    if record.following >= HEADER_BYTES:
        message = f"the first line is longer than {HEADER_BYTES} bytes"
        raise bad_file(FileCode.NOT_CSV, message)
    names = tuple(_name(field.decode(encoding, "replace")) for field in record.fields)
    lines = 1 + count_breaks(head[start : record.end])
    return Header(grammar.delimiter, names, lines, blank_lines, record.following)


def choose_header(
    head: bytes, contracts: Sequence[Contract], hint: Dataset | None, max_quoted_lines: int
) -> tuple[Header, Match | Mismatch]:
    """The header by the delimiter under which the contracts know most names, and its match.

    Args:
        head: The first `HEADER_BYTES` of the text, or all of it: UTF-8, or the encoding of the
            contract to be found. Names that are not ASCII are final only in UTF-8.
        contracts: The shapes to choose from.
        hint: The dataset that the file's folder or name promises.
        max_quoted_lines: As in `Limits`.
    """
    header = _best_header(head, contracts, "utf-8", max_quoted_lines)
    found = match_header(header.names, contracts, hint)
    for encoding in dict.fromkeys(contract.encoding for contract in contracts):
        if isinstance(found, Match) or not found.fits_nothing:
            break
        if not is_utf8_name(encoding):
            alike = [contract for contract in contracts if contract.encoding == encoding]
            other = _best_header(head, alike, encoding, max_quoted_lines)
            again = match_header(other.names, alike, hint)
            if isinstance(again, Match) or not again.fits_nothing:
                header, found = other, again
    if isinstance(found, Mismatch) and found.fits_nothing:
        _refuse_open_quote(head, max_quoted_lines)
    return header, found


def _best_header(
    head: bytes, contracts: Sequence[Contract], encoding: str, max_quoted_lines: int
) -> Header:
    grammars = [Grammar(delimiter, max_quoted_lines) for delimiter in DELIMITERS]
    start, _ = _first_text(head)
    closed = [g for g in grammars if not isinstance(g.scan(head, start), OpenQuote)]
    headers = [read_header(head, grammar, encoding) for grammar in closed or grammars[:1]]
    datasets = [dataset for contract in contracts for dataset in contract.datasets.values()]

    def score(header: Header) -> tuple[int, int]:
        known = max((known_columns(header.names, dataset) for dataset in datasets), default=0)
        return known, len(header.names)

    return max(headers, key=score)


def _refuse_open_quote(head: bytes, max_quoted_lines: int) -> None:
    """Raises where a header that fits nothing has a quote that stays open: that is why."""
    start, _ = _first_text(head)
    for delimiter in DELIMITERS:
        grammar = Grammar(delimiter, max_quoted_lines)
        if isinstance(grammar.scan(head, start), OpenQuote):
            read_header(head, grammar, "utf-8")


def _first_text(head: bytes) -> tuple[int, int]:
    """Where the first line begins that is not blank, and how many blank ones stand before."""
    start, blank_lines = 0, 0
    while start < len(head):
        end = first_break(head, start)
        if head[start:end].strip(b" \t"):
            return start, blank_lines
        blank_lines += end < len(head) or end > start
        start = end + (2 if head[end : end + 2] == b"\r\n" else 1)
    if len(head) >= HEADER_BYTES:
        message = f"there is no header in the first {HEADER_BYTES} bytes"
        raise bad_file(FileCode.NOT_CSV, message)
    message = f"there are {blank_lines} blank lines and nothing else" if head else "it has 0 bytes"
    raise bad_file(FileCode.EMPTY_FILE, message)


def _name(field: str) -> str:
    """The name without blanks around it, and without quotes behind blanks (`a, "b"`)."""
    name = field.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"').strip()
    return name
