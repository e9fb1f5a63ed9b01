"""A flow log tells by which role it writes, what, how often, and its tags.

AWS: DescribeFlowLogs gives all that CreateFlowLogs was given, with its defaults; its tags are those
of a `vpc-flow-log`. (The emulator forgets role, interval and format, and misses the tags.)

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ec2

from scripts.local_aws.read_back.answers import Answer, Parameters, added, xml
from scripts.local_aws.replaced import replace

_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
_GIVEN: Mapping[str, tuple[str, str]] = {
    "deliverLogsPermissionArn": ("DeliverLogsPermissionArn", ""),
    "logFormat": ("LogFormat", _FORMAT),
    "maxAggregationInterval": ("MaxAggregationInterval", "600"),
}
"""What is told, by its name there: its name as a parameter, and the default."""


def install() -> None:
    """Keeps the rest of what was asked for."""
    replace(ec2, "_create_flow_logs", _keeping)
    replace(ec2, "_describe_flow_logs", _telling)


def _keeping(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def create(parameters: Parameters) -> Answer:
        before = set(ec2._flow_logs)
        answer = stock(parameters)
        told = {
            name: ec2._p(parameters, parameter) or default
            for name, (parameter, default) in _GIVEN.items()
        }
        for one in set(ec2._flow_logs) - before:
            ec2._flow_logs[one]["Told"] = told
            ec2._parse_tag_specs(parameters, "vpc-flow-log", one)
        return answer

    return create


def _telling(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def more(flow_log: str) -> str:
        facts: dict[str, Any] = ec2._flow_logs[flow_log]["Told"]
        return xml({name: value for name, value in facts.items() if value}, "item")

    return lambda parameters: added(stock(parameters), "flowLogId", more)
