"""A VPC endpoint tells its policy, its security groups and whether its names are answered.

AWS: DescribeVpcEndpoints gives what CreateVpcEndpoint and ModifyVpcEndpoint were given; without a
policy it is the one that allows all. (The emulator forgets them: it has no network.)

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import ec2

from scripts.local_aws.read_back.answers import Answer, Parameters, added, xml
from scripts.local_aws.replaced import replace

_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_ALLOWS_ALL = json.dumps({"Version": "2008-10-17", "Statement": [_ALL]})


def install() -> None:
    """Keeps the rest of what was asked for."""
    replace(ec2, "_create_vpc_endpoint", _creating)
    replace(ec2, "_modify_vpc_endpoint", _modifying)
    replace(ec2, "_describe_vpc_endpoints", _telling)


def _creating(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def create(parameters: Parameters) -> Answer:
        before = set(ec2._vpc_endpoints)
        answer = stock(parameters)
        for one in set(ec2._vpc_endpoints) - before:
            endpoint = ec2._vpc_endpoints[one]
            endpoint["PolicyDocument"] = ec2._p(parameters, "PolicyDocument") or _ALLOWS_ALL
            endpoint["Groups"] = ec2._parse_member_list(parameters, "SecurityGroupId")
            endpoint["PrivateDns"] = ec2._p(parameters, "PrivateDnsEnabled") or "false"
        return added(answer, "vpcEndpointId", _more)

    return create


def _modifying(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    def modify(parameters: Parameters) -> Answer:
        answer = stock(parameters)
        endpoint = ec2._vpc_endpoints.get(ec2._p(parameters, "VpcEndpointId"))
        if endpoint is not None:
            gone = ec2._parse_member_list(parameters, "RemoveSecurityGroupId")
            new = ec2._parse_member_list(parameters, "AddSecurityGroupId")
            endpoint["Groups"] = [one for one in endpoint["Groups"] if one not in gone] + new
            dns = ec2._p(parameters, "PrivateDnsEnabled")
            endpoint["PrivateDns"] = dns or endpoint["PrivateDns"]
            if ec2._p(parameters, "ResetPolicy") == "true":
                endpoint["PolicyDocument"] = _ALLOWS_ALL
        return answer

    return modify


def _telling(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    return lambda parameters: added(stock(parameters), "vpcEndpointId", _more)


def _more(name: str) -> str:
    endpoint: dict[str, Any] = ec2._vpc_endpoints[name]
    told = {
        "policyDocument": endpoint["PolicyDocument"],
        "groupSet": [{"groupId": group} for group in endpoint["Groups"]],
        "privateDnsEnabled": endpoint["PrivateDns"],
    }
    return xml(told, "item")
