"""Which addresses processes listen on, as Linux tells it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_LISTENS = "0A"
_WORD = 4
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def listening(pids: Iterable[int]) -> dict[int, set[Address]]:
    """The addresses on which TCP connections are taken, of the processes that take any."""
    known = dict(_listeners())
    found = {pid: {known[inode] for inode in _sockets(pid) if inode in known} for pid in pids}
    return {pid: addresses for pid, addresses in found.items() if addresses}


def is_loopback(address: Address) -> bool:
    """Whether only this machine reaches it; an IPv4 address may be written as one of IPv6."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _listeners() -> Iterator[tuple[str, Address]]:
    """Inode and address of each socket that listens on this machine."""
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == _LISTENS:
                yield inode, _address(local.partition(":")[0])


def _address(text: str) -> Address:
    # Words of four bytes, each in the order of the machine: little-endian.
    raw = bytes.fromhex(text)
    words = [raw[at : at + _WORD][::-1] for at in range(0, len(raw), _WORD)]
    return ipaddress.ip_address(b"".join(words))


def _sockets(pid: int) -> Iterator[str]:
    """The inodes of a process's sockets; none where it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            with suppress(FileNotFoundError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").removesuffix("]")
