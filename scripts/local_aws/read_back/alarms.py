"""An alarm tells all that it was made with, sums over several metrics among it.

AWS: DescribeAlarms gives what PutMetricAlarm was given. (The emulator's answer in XML leaves most
of it out, and it forgets `Metrics` in every protocol, giving such an alarm a statistic in place.)

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

from scripts.local_aws.read_back.answers import Answer, Parameters, Types, added, tree, xml
from scripts.local_aws.replaced import replace

_OF_ONE_METRIC = ("Statistic", "Period")
_LEFT_OUT = (
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    *_OF_ONE_METRIC,
    "ExtendedStatistic",
    "TreatMissingData",
    "Unit",
    "Dimensions",
    "Metrics",
)
"""What the emulator's XML leaves out."""
_TYPES: Types = {"Period": int, "ReturnData": lambda text: text == "true"}


def install() -> None:
    """Completes what is kept and what is told."""
    replace(cloudwatch, "_put_metric_alarm", _keeping)
    replace(cloudwatch, "_describe_alarms", _telling)


def _keeping(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def put(parameters: Parameters, data: Mapping[str, Any], *protocol: bool) -> Answer:
        answer = stock(parameters, data, *protocol)
        metrics = data.get("Metrics") if any(protocol) else tree(parameters, "Metrics", _TYPES)
        alarm = cloudwatch._alarms.get(data.get("AlarmName") or tree(parameters, "AlarmName"))
        if metrics and alarm is not None:
            alarm["Metrics"] = metrics
            for name in _OF_ONE_METRIC:
                alarm[name] = None
        return answer

    return put


def _telling(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def describe(parameters: Parameters, data: Mapping[str, Any], *protocol: bool) -> Answer:
        answer = stock(parameters, data, *protocol)
        return answer if any(protocol) else added(answer, "AlarmName", _more)

    return describe


def _more(name: str) -> str:
    alarm: Mapping[str, Any] = cloudwatch._alarms.get(name) or {}  # another kind of alarm
    told = {field: alarm.get(field) for field in _LEFT_OUT}
    return xml({field: one for field, one in told.items() if one not in (None, "", [])}, "member")
