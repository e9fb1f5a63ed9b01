"""Seeded chance that gives the same numbers on every machine.

Only uniform numbers are drawn, and they are shaped with exact arithmetic (comparison, addition,
multiplication): logarithms and powers differ in the last bit between processors.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAYS_STREAM, ORDERS_STREAM, ITEMS_STREAM, PRODUCTS_STREAM, UPDATES_STREAM, DEFECTS_STREAM = range(6)


def stream(seed: int, *path: int) -> np.random.Generator:
    """A generator of its own for one purpose and block, so that blocks can be made in any order."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *path])))


def pick(weights: Floats, chance: Floats) -> Ints:
    """Indices into `weights`, each drawn in proportion to its weight; `chance` lies in [0, 1)."""
    cumulative = np.cumsum(weights)
    found = np.searchsorted(cumulative, chance * cumulative[-1], side="right")
    index: Ints = np.minimum(found, len(weights) - 1).astype(np.int64)
    return index


def scatter(ranks: Ints, size: int, multiplier: int = 7_368_787) -> Ints:
    """A fixed permutation of 0..size-1, so that what is popular is not what came first."""
    while np.gcd(multiplier, size) != 1:
        multiplier += 1
    return (ranks * (multiplier % size) + size // 3) % size


def between(chance: Floats, least: int, most: int) -> Ints:
    """Whole numbers from `least` up to, and without, `most`."""
    return (least + (most - least) * chance).astype(np.int64)
