"""What the policy of a function, or the trust policy of a role, lets a service do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_region


def lets(service: str, policy: Any, *, action: str, resource: str, keys: Mapping[str, str]) -> bool:
    """Whether the policy of a resource allows a service (`events.amazonaws.com`) an action.

    Args:
        policy: None where the resource has none: then nothing is allowed.
        keys: Condition keys of the request, in lower case.
    """
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context=dict(keys),
    )
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    return bool(result.decision == "Allow")
