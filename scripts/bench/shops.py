"""The shops that are measured: generated once, the same bytes everywhere."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.process import measure

ORDERS_AT_1X = 125_000
UPDATES = 0.01
SEED = 1
RECEIVED = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
"""When the load and the later batch arrive; the shop's history ends the day before."""


@dataclass(frozen=True)
class Shop:
    """A generated shop.

    Args:
        load: Landing folder of everything until the history's last days.
        later: Landing folder of a batch of 1 % of the orders, all of them recent: half of them
            new, half sent again in a later state. Without products: a product that changes its
            category touches all the months in which it was ever sold.
    """

    scale: float
    load: Path
    later: Path

    @property
    def name(self) -> str:
        """`10x`."""
        return f"{self.scale:g}x"

    @property
    def megabytes(self) -> float:
        """Size of the load, in MB of 10^6 bytes."""
        return sum(file.stat().st_size for file in self.load.glob("*/*.csv")) / 1e6


def shop_of(scale: float, folder: Path) -> Shop:
    """The shop of a scale, generated into `folder/<scale>x` unless it is there already.

    Args:
        scale: 1 is 125,000 orders.
    """
    # Half of the updates are new orders: they come on top of the load.
    orders = round(ORDERS_AT_1X * scale / (1 - UPDATES / 2))
    options = {"orders": orders, "updates": UPDATES, "seed": SEED, "version": 1}
    home = folder / f"{scale:g}x"
    shop = Shop(scale, home / "batch1", home / "batch2")
    note = home / "options.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == options:
        return shop
    half_done = folder / f"{scale:g}x.part"
    for leftover in (home, half_done):
        shutil.rmtree(leftover, ignore_errors=True)
    measure(
        "spark_jobs.cli", "generate", half_done,
        "--orders", str(orders), "--updates", str(UPDATES), "--seed", str(SEED),
        folder=folder,
    )  # fmt: skip
    shutil.rmtree(half_done / "batch2" / "products")
    (half_done / note.name).write_text(json.dumps(options) + "\n", encoding="utf-8")
    half_done.rename(home)
    return shop
