"""What an external place for KPIs gets, and what it must do with it."""

from dataclasses import dataclass
from typing import Protocol

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Publication:
    """The KPIs of all open days, reconciled and already in the lake's own tables.

    Args:
        order_kpis: The lake's `order_kpi_table`, whole months, each row with its own stamp: that of
            the publication which gave it its values.
        category_kpis: The lake's `category_kpi_table`, likewise.
        days: `order_date` of the days that are open in the outbox; others have not changed.
        categories: `category`, `order_date` that were published for those days before; one that
            `category_kpis` lacks has vanished and must be deleted, as must a day that
            `order_kpis` lacks.
        version: The fence: a place that has seen a greater one refuses.
    """

    order_kpis: DataFrame
    category_kpis: DataFrame
    days: DataFrame
    categories: DataFrame
    version: int


class Publisher(Protocol):
    """An external place for KPIs."""

    def publish(self, publication: Publication) -> None:
        """Puts and deletes by key, so that repeating it is harmless.

        The outbox is closed only after it returned: what an attempt that died here has left
        undone, the next one does.
        """
