"""CRC-64/NVME and CRC-32C, S3's own checksums, for which Python has no code: by numpy.

The bytes are cut into lanes whose remainders are computed side by side, two bytes of each lane at
a time, and then put together: remainders are linear, and what a lane adds to those behind it is
the remainder after so many zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

LANES = 8192
_BYTE, _WORD = 256, 65536


@dataclass(frozen=True)
class Crc:
    """A reflected CRC whose register starts with, and is given out against, all ones.

    Args:
        polynomial: Reflected.
        bits: 32 or 64.
    """

    polynomial: int
    bits: int

    def update(self, data: bytes, crc: int = 0) -> int:
        """The CRC of what `crc` is the CRC of, and these bytes behind it."""
        register = crc ^ self._ones
        words = len(data) // LANES // 2
        if words:
            whole = np.frombuffer(data, "<u2", LANES * words).reshape(LANES, words)
            lanes = self._remainders(np.zeros(LANES, np.uint64), np.ascontiguousarray(whole.T))
            register = self._joined(register, lanes.tolist(), words)
        return self._one_by_one(register, data[2 * LANES * words :]) ^ self._ones

    @property
    def _ones(self) -> int:
        return (1 << self.bits) - 1

    @cached_property
    def _of_bytes(self) -> list[int]:
        """What a byte that leaves the register puts into it."""
        return [self._after_zero_bits(byte, 8) for byte in range(_BYTE)]

    @cached_property
    def _of_words(self) -> NDArray[np.uint64]:
        """What two bytes that leave the register put into it."""
        ones = [self._after_zero_bits(1 << bit, 16) for bit in range(16)]
        return np.array(_sums(ones), np.uint64)

    def _after_zero_bits(self, register: int, number: int) -> int:
        for _ in range(number):
            register = (register >> 1) ^ (self.polynomial if register & 1 else 0)
        return register

    def _remainders(
        self, registers: NDArray[np.uint64], columns: NDArray[np.uint16]
    ) -> NDArray[np.uint64]:
        """Registers side by side, after two bytes of each lane in every row of the columns."""
        table, shift, low = self._of_words, np.uint64(16), np.uint64(_WORD - 1)
        for column in columns:
            registers = table[(registers ^ column) & low] ^ (registers >> shift)
        return registers

    def _joined(self, register: int, lanes: list[int], words: int) -> int:
        """The register behind all lanes of a length, `register` being that before them."""
        ones = np.array([1 << bit for bit in range(self.bits)], np.uint64)
        images = self._remainders(ones, np.zeros((words, 1), np.uint16)).tolist()
        zeros = [_sums(images[bit : bit + 8]) for bit in range(0, self.bits, 8)]
        for lane in lanes:
            moved = lane
            for place, table in enumerate(zeros):
                moved ^= table[(register >> (8 * place)) & (_BYTE - 1)]
            register = moved
        return register

    def _one_by_one(self, register: int, data: bytes) -> int:
        table = self._of_bytes
        for byte in data:
            register = table[(register ^ byte) & (_BYTE - 1)] ^ (register >> 8)
        return register


def _sums(images: list[int]) -> list[int]:
    """By value: the sum (exclusive or) of the images of its bits."""
    table = [0]
    for image in images:
        table += [image ^ value for value in table]
    return table


CRC32C = Crc(0x82F63B78, 32)
CRC64NVME = Crc(0x9A6C9329AC4BC9B5, 64)
