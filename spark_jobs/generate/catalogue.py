"""The products: categories, brands, names and prices, and how well each sells."""

from dataclasses import dataclass, replace

import numpy as np

from spark_jobs.generate.chance import (
    PRODUCTS_STREAM,
    Bools,
    Floats,
    Ints,
    between,
    pick,
    scatter,
    stream,
)

CATEGORIES: tuple[tuple[str, str, int, int], ...] = (
    ("Accessories", "Belt", 8, 120),
    ("Active", "Running Top", 12, 95),
    ("Blazers & Jackets", "Blazer", 35, 260),
    ("Clothing Sets", "Two-Piece Set", 20, 140),
    ("Dresses", "Dress", 18, 220),
    ("Fashion Hoodies & Sweatshirts", "Hoodie", 15, 110),
    ("Intimates", "Bralette", 6, 70),
    ("Jeans", "Jeans", 25, 230),
    ("Jumpsuits & Rompers", "Jumpsuit", 20, 120),
    ("Leggings", "Leggings", 8, 70),
    ("Maternity", "Maternity Top", 12, 110),
    ("Outerwear & Coats", "Coat", 45, 480),
    ("Pants", "Chinos", 18, 130),
    ("Pants & Capris", "Capris", 15, 140),
    ("Plus", "Plus Tunic", 12, 90),
    ("Shorts", "Shorts", 10, 80),
    ("Skirts", "Skirt", 12, 120),
    ("Sleep & Lounge", "Pyjamas", 10, 100),
    ("Socks", "Socks", 4, 35),
    ("Socks & Hosiery", "Tights", 4, 45),
    ("Suits", "Suit", 80, 690),
    ("Suits & Sport Coats", "Sport Coat", 60, 590),
    ("Sweaters", "Sweater", 18, 180),
    ("Swim", "Swimsuit", 10, 130),
    ("Tops & Tees", "Tee", 8, 80),
    ("Underwear", "Boxers", 5, 60),
)
BRANDS = (
    "Alder & Finch", "Northbank", "Juno Lane", "Harbour Mill", "Tessel", "Oak Ridge", "Pellucid",
    "Cobalt Row", "Marlowe", "Fieldnote", "Saltmarsh", "Quillon", "Bramble", "Kestrel", "Ondine",
    "Larkspur", "Verso", "Hollin", "Tamarind", "Wexford", "Solveig", "Rook", "Merrow", "Aster",
)  # fmt: skip
MANNERS = ("Classic", "Slim", "Relaxed", "Everyday", "Vintage", "Light", "Tailored", "Soft")
COLOURS = ("Black", "Navy", "Olive", "Sand", "Rust", "Ivory", "Plum", "Grey", "Teal", "Red")
DEPARTMENTS = ("Women", "Men")
MOST_CENTS = 99_999
WITH_COMMA, WITH_QUOTES, CHEAP, ODD_PRICE = 0.06, 0.08, 0.002, 0.5
"""Upper ends of the chance that a name has a comma, has quotes; that a price is but some cents,
ends in 99 cents."""
HEAD = 10
"""The popularity of rank r is 1 / (r + HEAD): a long tail without one product outselling all."""


@dataclass(frozen=True)
class Catalogue:
    """Products by column, counted from 0; prices in cents, words as indices.

    Args:
        style: 0 for a plain name, 1 for one with a comma, 2 for one with quotes.
        reached: Popularity of all products up to each rank.
    """

    category: Ints
    brand: Ints
    manner: Ints
    colour: Ints
    department: Ints
    style: Ints
    cents: Ints
    cost_cents: Ints
    reached: Floats
    seed: int

    @property
    def size(self) -> int:
        """Number of products."""
        return len(self.cents)

    def popular(self, chance: Floats) -> Ints:
        """A product for each number in [0, 1), the popular ones more often."""
        rank = np.searchsorted(self.reached, chance * self.reached[-1], side="right")
        return scatter(np.minimum(rank, self.size - 1).astype(np.int64), self.size)

    def name(self, product: int) -> str:
        """The name as a person reads it (quoting is the writer's)."""
        noun = CATEGORIES[self.category[product]][1]
        brand, manner = BRANDS[self.brand[product]], MANNERS[self.manner[product]]
        colour = COLOURS[self.colour[product]]
        match self.style[product]:
            case 1:
                return f"{brand} {manner} {noun}, {colour}"
            case 2:
                return f'{brand} "{manner}" {noun} 32" {colour}'
            case _:
                return f"{brand} {manner} {noun} {colour}"

    def sku(self, product: int) -> str:
        """32 hexadecimal digits, fixed for each product."""
        mixed = (product + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 + self.seed * 0xD1B54A32D192ED03
        return f"{(mixed ^ (mixed >> 59)) % 2**128:032X}"

    def reclassified(self, moved: Bools) -> "Catalogue":
        """The same catalogue after the given products moved to another category."""
        other = (self.category + 7) % len(CATEGORIES)
        return replace(self, category=np.where(moved, other, self.category))


def catalogue(size: int, seed: int) -> Catalogue:
    """A catalogue of `size` products; 32 bytes or so of memory for each column and product."""
    chance = stream(seed, PRODUCTS_STREAM).random((9, size))
    category = between(chance[0], 0, len(CATEGORIES))
    least = np.array([row[2] for row in CATEGORIES], np.int64)[category] * 100
    most = np.array([row[3] for row in CATEGORIES], np.int64)[category] * 100
    price = least + ((most - least) * chance[1] * chance[1]).astype(np.int64)
    price = np.where(chance[7] < ODD_PRICE, price // 100 * 100 + 99, price)
    cents = np.where(chance[8] < CHEAP, between(chance[1], 2, 100), np.minimum(price, MOST_CENTS))
    style = (chance[6] < WITH_QUOTES).astype(np.int64) * 2
    return Catalogue(
        category=category,
        brand=pick(1 / (np.arange(len(BRANDS)) + 3.0), chance[2]),
        manner=between(chance[3], 0, len(MANNERS)),
        colour=between(chance[4], 0, len(COLOURS)),
        department=between(chance[5], 0, len(DEPARTMENTS)),
        style=np.where(chance[6] < WITH_COMMA, 1, style),
        cents=cents,
        cost_cents=np.maximum(cents * between(chance[7], 38, 62) // 100, 1),
        reached=np.cumsum(1 / (np.arange(size) + float(HEAD))),
        seed=seed,
    )
