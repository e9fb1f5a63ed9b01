"""The KPI tables in DynamoDB: the lake's own rows, put and deleted by key under the fence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spark_jobs.batch.lease import fence_condition
from spark_jobs.facts.effects import AwsEffect, performing
from spark_jobs.publish.items import changes
from spark_jobs.publish.transactions import FencedWriter, packed

if TYPE_CHECKING:
    from spark_jobs.publish.publisher import Publication


@dataclass(frozen=True)
class DynamoPublisher:
    """Publishes open days to `order_kpi_table` and `category_kpi_table` of one environment.

    Every row of the open days is put, changed or not, without reading first. Rows carry the stamp
    that they have in the lake, which keeps it where the values are unchanged; so an item that is
    put again is the same item, both places agree on it whatever was killed between them, and a
    table that was emptied is made good.

    Args:
        client: `boto3.client("dynamodb")`.
        state_table: The table with the lease.
        execution: Who holds the lease.
        tables: DynamoDB's name of each KPI table.
        pause: Waits for seconds, when DynamoDB is busy.
    """

    client: Any
    state_table: str
    execution: str
    tables: Mapping[str, str]
    pause: Callable[[float], None] = time.sleep

    def publish(self, publication: Publication) -> None:
        """Bring the open days to the lake's state, in transactions that check the fence.

        Raises:
            FencedOutError: A later attempt has drawn a fence; nothing was written after that.
            TransientError: DynamoDB stayed busy.
            FatalError: A value that DynamoDB cannot hold, or it refuses a transaction.
        """
        condition = fence_condition(self.state_table, self.execution, publication.version)
        writer = FencedWriter(self.client, condition, self.execution, self.pause)
        for items in packed(changes(publication, self.tables)):
            with performing(AwsEffect.PUBLISH_ITEMS):
                writer.write(items)
