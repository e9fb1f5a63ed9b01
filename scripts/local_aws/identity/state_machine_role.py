"""Step Functions calls with the role of its machine, and may what the role may.

Before each call of a state the rights are asked for that the same call would need over HTTP, the
roles passed to a task included; a refusal fails the state with the error that AWS names. A machine
that waits for tasks (`.sync`) or writes a log needs rights to be made at all.

https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html#ecs-iam
"""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from scripts.local_aws.identity.needs import Need, needs_of, request_of_call
from scripts.local_aws.identity.sessions import RoleNotTakenError, denial, session_of
from scripts.local_aws.replaced import replace

_SERVICE = "states.amazonaws.com"
_INTEGRATION = re.compile(
    r"arn:aws[a-z-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<operation>\w+)"
)
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[^:]+:\d{12}:function:.+")
# How a refusal is called where the API has no error of that name. Step Functions names errors of
# its own integrations after the first SDK for Java, those of `aws-sdk:` after the second.
_REFUSALS = {
    "dynamodb": "DynamoDB.AmazonDynamoDBException",
    "ecs": "ECS.AccessDeniedException",
    "events": "Events.AccessDeniedException",
    "lambda": "Lambda.AWSLambdaException",
    "sns": "SNS.AuthorizationErrorException",
    "sqs": "SQS.AmazonSQSException",
    "states": "StepFunctions.AWSStepFunctionsException",
}
_MODELLED = {"ecs": "AccessDeniedException", "glue": "AccessDeniedException"}
_MODELLED |= {"athena": "AccessDeniedException", "sns": "AuthorizationErrorException"}

_execution: contextvars.ContextVar[Mapping[str, Any] | None] = contextvars.ContextVar(
    "execution", default=None
)


def install() -> None:
    """Asks before each call, and before a machine is made or changed."""
    replace(sfn, "_execute_task", _remembering)
    replace(sfn, "_invoke_resource", _asking)
    replace(sfn, "_invoke_with_callback", _asking)
    replace(sfn, "_create_state_machine", _asking_for_the_machine)
    replace(sfn, "_update_state_machine", _asking_for_the_machine)


def current_execution() -> Mapping[str, Any] | None:
    """The execution whose state this thread works on."""
    return _execution.get()


def refusal(execution: Mapping[str, Any], need: Need) -> str:
    """Why the role of an execution's machine lacks a right; empty where it has it. Recorded.

    For what Step Functions does of itself, such as stopping a task (`ecs:StopTask`).
    """
    from ministack import app

    machine = sfn._state_machines.get(execution["stateMachineArn"])
    if not app.AUTH or machine is None:
        return ""
    try:
        session = session_of(machine["roleArn"], execution["name"], _SERVICE)
    except RoleNotTakenError as error:
        return str(error)
    return denial(session, need, via="states")


def _remembering(stock: Callable[..., Any]) -> Callable[..., Any]:
    def execute(state: Any, data: Any, execution: Mapping[str, Any], context: Any) -> Any:
        token = _execution.set(execution)
        try:
            return stock(state, data, execution, context)
        finally:
            _execution.reset(token)

    return execute


def _asking(stock: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(resource: str, data: Any, *rest: Any) -> Any:
        execution = _execution.get()
        for need in _needs(resource, data) if execution else []:
            refused = refusal(execution or {}, need)
            if refused:
                raise sfn._ExecutionError(_refusal_name(resource), refused)
        return stock(resource, data, *rest)

    return invoke


def _needs(resource: str, data: Any) -> list[Need]:
    region, account = get_region(), get_account_id()
    if _FUNCTION.fullmatch(resource):
        return [Need("lambda:InvokeFunction", resource)]
    found = _INTEGRATION.match(resource)
    if not found or not isinstance(data, Mapping):
        return []
    service, operation = found["service"], found["operation"]
    operation = operation[:1].upper() + operation[1:]
    if service in ("ecs", "states", "sfn", "cloudwatchlogs", "ecr"):
        data = sfn._pascal_to_camel(data)
    request = request_of_call(service, operation, data, region, account)
    needs = needs_of(request) if request else [Need(f"{service}:{operation}")]
    if ".sync" in resource and (service, operation) == ("ecs", "RunTask"):
        needs += _of_the_managed_rule(region, account)
    return needs


def _refusal_name(resource: str) -> str:
    found = _INTEGRATION.match(resource)
    service = found["service"] if found else "lambda"
    if not found or not found["sdk"]:
        return _REFUSALS.get(service, f"{service.capitalize()}.AccessDeniedException")
    prefix = sfn._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())
    return f"{prefix}.{_MODELLED.get(service, f'{prefix}Exception')}"


def _asking_for_the_machine(stock: Callable[..., Any]) -> Callable[..., Any]:
    def make(data: Mapping[str, Any]) -> Any:
        refused = _refused_machine(data)
        if refused:
            return sfn.error_response_json("AccessDeniedException", refused, 400)
        return stock(data)

    return make


def _refused_machine(data: Mapping[str, Any]) -> str:
    """Why the role cannot carry the machine: it is not trusted, or lacks rights; else empty."""
    from ministack import app

    known = sfn._state_machines.get(data.get("stateMachineArn", "")) or {}
    role = data.get("roleArn") or known.get("roleArn")
    if not app.AUTH or not role:
        return ""
    try:
        session = session_of(role, str(data.get("name") or known.get("name")), _SERVICE)
    except RoleNotTakenError:
        return (
            f"Neither the global service principal {_SERVICE}, nor the regional one is "
            "authorized to assume the provided role."
        )
    definition = str(data.get("definition") or "")
    if "ecs:runTask.sync" in definition:
        rights = _of_the_managed_rule(get_region(), get_account_id())
        if any(denial(session, need, via="states") for need in rights):
            return f"'{role}' is not authorized to create managed-rule."
    level = (data.get("loggingConfiguration") or {}).get("level", "OFF")
    if level != "OFF" and any(denial(session, need, via="states") for need in _LOG_DELIVERY):
        return "The state machine IAM Role is not authorized to access the Log Destination"
    return ""


_LOG_DELIVERY = [
    Need(f"logs:{operation}")
    for operation in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
]


def _of_the_managed_rule(region: str, account: str) -> list[Need]:
    """The rule by which Step Functions hears of the end of a task."""
    arn = f"arn:aws:events:{region}:{account}:rule/StepFunctionsGetEventsForECSTaskRule"
    return [Need(f"events:{name}", arn) for name in ("PutTargets", "PutRule", "DescribeRule")]
