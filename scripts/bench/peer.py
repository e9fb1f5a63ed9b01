"""The peer as a process: `python -m scripts.bench.peer OUT LANDING...` writes both KPI tables.

Landing folders are given in the order of their arrival, and hold `orders/`, `order_items/` and
`products/` with CSV files of the shape thelook. The script itself is `kpis.sql`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_name("kpis.sql")
DATASETS = ("orders", "order_items", "products")
TABLES = ("order_kpi_table", "category_kpi_table")


def compute_kpis(landings: Sequence[Path], out: Path) -> None:
    """Write both KPI tables of the files in `landings` as CSV into the folder `out`, by key.

    Raises:
        FileNotFoundError: No folder has a file of a dataset.
    """
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET VARIABLE out = $out", {"out": str(out)})
        for dataset in DATASETS:
            files = [str(f) for each in landings for f in sorted(each.glob(f"{dataset}/*.csv"))]
            if not files:
                raise FileNotFoundError(
                    f"no file {dataset}/*.csv in {', '.join(map(str, landings))}"
                )
            connection.execute(f"SET VARIABLE {dataset} = $files", {"files": files})
        connection.execute(SCRIPT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    compute_kpis([Path(landing) for landing in sys.argv[2:]], Path(sys.argv[1]))
