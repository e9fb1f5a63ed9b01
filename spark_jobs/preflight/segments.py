"""A file as segments of text that end at line breaks, its header read."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from spark_jobs.contracts.match import Match, Mismatch, match_dataset
from spark_jobs.contracts.model import Contract
from spark_jobs.facts.violations import FileCode
from spark_jobs.preflight.faults import encoding_fault
from spark_jobs.preflight.header import HEADER_BYTES, Header, choose_header, read_header
from spark_jobs.preflight.model import BadFileError, Limits, SourceFile, bad_file
from spark_jobs.preflight.receive import Received
from spark_jobs.preflight.records import Grammar
from spark_jobs.preflight.text import is_utf8_name, marked_encoding, utf8_chunks

_TOO_EARLY = "the header is read before the first segment"


class Segment(NamedTuple):
    """Whole lines of a file.

    Args:
        final: Whether the file ends with it.
        offset: Of its first byte in the text, a byte-order mark counted.
        read_bytes: Of the file as received, up to here.
    """

    data: bytes
    final: bool
    offset: int
    read_bytes: int


@dataclass
class Reading:
    """One file being read: what became known of it so far."""

    source: SourceFile
    limits: Limits
    received: Received = field(default_factory=Received)
    encoding: str = "utf-8"
    header: Header | None = None
    match: Match | None = None
    fits_nothing: bool = True

    @property
    def known_header(self) -> Header:
        """The header, which is there as soon as a segment is."""
        if self.header is None:
            raise AssertionError(_TOO_EARLY)
        return self.header

    @property
    def known_match(self) -> Match:
        """What the header matched, which is there as soon as a segment is."""
        if self.match is None:
            raise AssertionError(_TOO_EARLY)
        return self.match

    def segments(self, contracts: Sequence[Contract]) -> Generator[Segment, None, None]:
        """The text behind the header; `header` and `match` are set before the first segment.

        Raises:
            BadFileError: The file cannot be used.
        """
        head, chunks, mark = self._marked()
        first = head[:HEADER_BYTES]
        quoted_lines = self.limits.max_quoted_lines
        self.header, found = choose_header(first, contracts, self.source.hint, quoted_lines)
        if isinstance(found, Mismatch):
            self.fits_nothing = found.fits_nothing
            raise self._refusal(head, found)
        self.match, self.fits_nothing = found, False
        if self.encoding == "utf-8" and not is_utf8_name(found.contract.encoding) and not mark:
            self.encoding = found.contract.encoding
            chunks = utf8_chunks(chain((head,), chunks), self.encoding)
            head, chunks = _head_of(chunks)
            grammar = Grammar(self.header.delimiter, quoted_lines)
            self.header = read_header(head[:HEADER_BYTES], grammar, "utf-8")
            self.match = match_dataset(self.header.names, found.contract, found.dataset)
        self._refuse_bad_header(head, mark)
        yield from self._cut(head, chunks, mark)

    def segments_again(self, encoding: str, delimiter: str) -> Iterator[Segment]:
        """The same segments, when encoding and delimiter are known."""
        head, chunks, mark = self._marked()
        if encoding != self.encoding:
            head, chunks = _head_of(utf8_chunks(chain((head,), chunks), encoding))
        grammar = Grammar(delimiter, self.limits.max_quoted_lines)
        self.encoding, self.header = encoding, read_header(head[:HEADER_BYTES], grammar, "utf-8")
        yield from self._cut(head, chunks, mark)

    def _marked(self) -> tuple[bytes, Iterator[bytes], int]:
        """The first bytes and the rest, without the byte-order mark, and the mark's length."""
        path, sha256 = self.source.path, self.source.sha256
        head, chunks = _head_of(self.received.chunks(path, sha256, self.limits))
        marked = marked_encoding(head)
        if marked is None:
            return head, chunks, 0
        self.encoding = marked
        chunks = utf8_chunks(chain((head,), chunks), marked)
        head, chunks = _head_of(chunks)
        return head, chunks, 3 if marked == "utf-8" else 2

    def _refusal(self, head: bytes, found: Mismatch) -> BadFileError:
        """Why the header does not do: because it is no text, or what the match said."""
        if self.fits_nothing and head.lstrip()[:1] in (b"<", b"{"):
            return bad_file(FileCode.NOT_CSV, "the content is XML, HTML or JSON")
        if self.fits_nothing:
            self._refuse_bad_header(head, 0)
        return BadFileError(*found.problems)

    def _refuse_bad_header(self, head: bytes, mark: int) -> None:
        fault = encoding_fault(head[: self.known_header.following])
        if fault and fault.offset is not None:
            place = f"line {fault.line + 1} (offset {mark + fault.offset})"
            raise bad_file(fault.code, f"{fault.text}, {place}")

    def _cut(self, head: bytes, chunks: Iterator[bytes], mark: int) -> Iterator[Segment]:
        following, size = self.known_header.following, self.limits.segment_bytes
        pieces = (head[at : at + size] for at in range(following, len(head), size))
        offset, held = mark + following, b""
        gathered = chain(pieces, _gather(chunks, size))
        for data in whole_lines(gathered, self.limits.max_record_bytes):
            if held:
                yield Segment(held, False, offset, self.received.read_bytes)
                offset += len(held)
            held = data
        yield Segment(held, True, offset, self.received.read_bytes)


def whole_lines(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The chunks cut anew behind line breaks; only the last one may end without.

    Raises:
        BadFileError: A line of more than `max_bytes`.
    """
    rest = b""
    for chunk in chunks:
        rest += chunk
        # A CR at the very end may be half of a CR LF.
        cut = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, max(0, len(rest) - 1)) + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > max_bytes:
            message = f"there is no line break within {max_bytes} bytes"
            raise bad_file(FileCode.NOT_CSV, message)
    if rest:
        yield rest


def _gather(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The chunks joined to `size` bytes or more: small members of archives make no segments."""
    held: list[bytes] = []
    count = 0
    for chunk in chunks:
        held.append(chunk)
        count += len(chunk)
        if count >= size:
            yield b"".join(held)
            held, count = [], 0
    yield b"".join(held)


def _head_of(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, enough for the header, and the chunks behind them."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEADER_BYTES:
            break
    return head, chunks
