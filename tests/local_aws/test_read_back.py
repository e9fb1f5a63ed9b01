"""What Terraform has written is read back as it was written, and so a second plan is empty."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.local_aws.environment import REGION
from tests.local_aws.machines import STATES
from tests.local_aws.roles import a_role, allow, named
from tests.local_aws.server import ADMIN, LocalAws

BY_IAM = [
    {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
]
ONE_METRIC = {
    "Namespace": "Shop",
    "MetricName": "Waiting",
    "Statistic": "Maximum",
    "Period": "300",
    "Dimensions.member.1.Name": "service",
    "Dimensions.member.1.Value": "gate <1>",
}
A_SUM = {
    "Metrics.member.1.Id": "all",
    "Metrics.member.1.Expression": "FILL(late, 0)",
    "Metrics.member.1.ReturnData": "true",
    "Metrics.member.2.Id": "late",
    "Metrics.member.2.ReturnData": "false",
    "Metrics.member.2.MetricStat.Period": "60",
    "Metrics.member.2.MetricStat.Stat": "Sum",
    "Metrics.member.2.MetricStat.Metric.Namespace": "Shop",
    "Metrics.member.2.MetricStat.Metric.MetricName": "Late",
}
ACTION = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({"CreateTableDefaultPermissions": BY_IAM}, BY_IAM, id="by IAM"),
        pytest.param({"CreateTableDefaultPermissions": []}, [], id="by Lake Formation"),
        pytest.param({}, BY_IAM, id="as the account says"),
    ],
)
def test_a_database_tells_the_permissions_of_new_tables(
    local_aws: LocalAws, asked: dict[str, Any], told: list[dict[str, Any]]
) -> None:
    glue, name = local_aws.client("glue"), named("told")
    glue.create_database(DatabaseInput={"Name": name, **asked})
    assert glue.get_database(Name=name)["Database"]["CreateTableDefaultPermissions"] == told

    glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": "other"})
    assert glue.get_database(Name=name)["Database"]["CreateTableDefaultPermissions"] == told

    changed = {"Name": name, "CreateTableDefaultPermissions": []}
    glue.update_database(Name=name, DatabaseInput=changed)
    assert glue.get_database(Name=name)["Database"]["CreateTableDefaultPermissions"] == []


def test_a_gateway_endpoint_tells_its_policy(local_aws: LocalAws) -> None:
    ec2 = local_aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Resource": "a<&>b"}]})
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, PolicyDocument=policy)
    name = made["VpcEndpoint"]["VpcEndpointId"]
    assert made["VpcEndpoint"]["PolicyDocument"] == policy
    assert endpoint(ec2, name)["PolicyDocument"] == policy

    ec2.modify_vpc_endpoint(VpcEndpointId=name, ResetPolicy=True)
    (statement,) = json.loads(endpoint(ec2, name)["PolicyDocument"])["Statement"]
    assert statement == {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

    ec2.modify_vpc_endpoint(VpcEndpointId=name, PolicyDocument=policy)
    assert endpoint(ec2, name)["PolicyDocument"] == policy


def test_an_interface_endpoint_tells_its_groups_and_whether_its_names_are_answered(
    local_aws: LocalAws,
) -> None:
    ec2 = local_aws.client("ec2")
    made = ec2.create_vpc_endpoint(
        VpcId=ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.glue",
        SecurityGroupIds=["sg-1", "sg-2"],
        PrivateDnsEnabled=True,
    )
    name = made["VpcEndpoint"]["VpcEndpointId"]
    assert (groups(ec2, name), endpoint(ec2, name)["PrivateDnsEnabled"]) == (["sg-1", "sg-2"], True)

    ec2.modify_vpc_endpoint(
        VpcEndpointId=name, RemoveSecurityGroupIds=["sg-1"], AddSecurityGroupIds=["sg-3"]
    )
    assert (groups(ec2, name), endpoint(ec2, name)["PrivateDnsEnabled"]) == (["sg-2", "sg-3"], True)

    ec2.modify_vpc_endpoint(VpcEndpointId=name, PrivateDnsEnabled=False)
    assert endpoint(ec2, name)["PrivateDnsEnabled"] is False


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(
            {"MaxAggregationInterval": 60, "LogFormat": "${start}"}, (60, "${start}"), id="said"
        ),
        pytest.param({}, (600, "${version} ${account-id}"), id="by default"),
    ],
)
def test_a_flow_log_tells_its_role_its_interval_its_format_and_its_tags(
    local_aws: LocalAws, asked: dict[str, Any], told: tuple[int, str]
) -> None:
    ec2 = local_aws.client("ec2")
    role, tags = "arn:aws:iam::123456789012:role/flow", [{"Key": "project", "Value": "shop"}]
    made = ec2.create_flow_logs(
        ResourceIds=[ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestination="arn:aws:logs:eu-west-1:123456789012:log-group:flow",
        DeliverLogsPermissionArn=role,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
        **asked,
    )
    (flow,) = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"]
    assert (flow["DeliverLogsPermissionArn"], flow["Tags"]) == (role, tags)
    assert flow["MaxAggregationInterval"] == told[0]
    assert flow["LogFormat"].startswith(told[1])


def test_a_state_machine_tells_whether_it_is_traced(local_aws: LocalAws) -> None:
    states = local_aws.client("stepfunctions")
    given = {
        "definition": json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
        "roleArn": a_role(local_aws, allow("s3:GetObject"), service=STATES),
    }

    def traced(machine: str) -> bool:
        found = states.describe_state_machine(stateMachineArn=machine)
        return bool(found["tracingConfiguration"]["enabled"])

    plain = states.create_state_machine(name=named("told"), **given)["stateMachineArn"]
    assert not traced(plain)
    tracing = {"tracingConfiguration": {"enabled": True}}
    made = states.create_state_machine(name=named("told"), **given, **tracing)["stateMachineArn"]
    assert traced(made)
    states.update_state_machine(stateMachineArn=made, definition=given["definition"])
    assert traced(made)
    states.update_state_machine(stateMachineArn=plain, **tracing)
    assert traced(plain)


def test_an_alarm_tells_in_xml_what_it_was_made_with(local_aws: LocalAws) -> None:
    name = named("told")
    put_alarm(local_aws, name, ONE_METRIC)
    told = ask(local_aws, {"Action": "DescribeAlarms", "AlarmNames.member.1": name})
    for part in (
        "<AlarmDescription>late &amp; later</AlarmDescription>",
        "<ActionsEnabled>true</ActionsEnabled>",
        f"<AlarmActions><member>{ACTION}</member></AlarmActions>",
        "<Statistic>Maximum</Statistic><Period>300</Period>",
        "<TreatMissingData>notBreaching</TreatMissingData>",
        "<member><Name>service</Name><Value>gate &lt;1&gt;</Value></member></Dimensions>",
    ):
        assert told.count(part) == 1, part
    assert "None" not in told


def test_an_alarm_on_a_sum_tells_its_metrics_in_every_protocol(local_aws: LocalAws) -> None:
    name = named("told")
    put_alarm(local_aws, name, A_SUM)
    late = {"Namespace": "Shop", "MetricName": "Late"}
    asked = [
        {"Id": "all", "Expression": "FILL(late, 0)", "ReturnData": True},
        {
            "Id": "late",
            "MetricStat": {"Metric": late, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        },
    ]
    assert metrics(local_aws, name) == asked
    told = ask(local_aws, {"Action": "DescribeAlarms", "AlarmNames.member.1": name})
    assert "<Id>all</Id><ReturnData>true</ReturnData></member><member><Id>late</Id>" in told
    assert "<MetricName>Late</MetricName><Namespace>Shop</Namespace></Metric>" in told
    assert "<Statistic>" not in told

    local_aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=0,
        Metrics=asked,
    )
    assert metrics(local_aws, name) == asked


def endpoint(ec2: Any, name: str) -> Mapping[str, Any]:
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]
    assert isinstance(found, dict)
    return found


def groups(ec2: Any, name: str) -> list[str]:
    return [group["GroupId"] for group in endpoint(ec2, name)["Groups"]]


def metrics(local_aws: LocalAws, name: str) -> Any:
    (alarm,) = local_aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert "Statistic" not in alarm
    return alarm["Metrics"]


def put_alarm(local_aws: LocalAws, name: str, watched: Mapping[str, str]) -> None:
    """Makes an alarm as the provider does: in the protocol of old, boto3 speaks another."""
    asked = {
        "Action": "PutMetricAlarm",
        "AlarmName": name,
        "AlarmDescription": "late & later",
        "ActionsEnabled": "true",
        "AlarmActions.member.1": ACTION,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": "1",
        "Threshold": "0",
        "TreatMissingData": "notBreaching",
    }
    ask(local_aws, asked | dict(watched))


def ask(local_aws: LocalAws, parameters: Mapping[str, str]) -> str:
    """What CloudWatch answers in XML."""
    scope = f"Credential={ADMIN[0]}/20261122/{REGION}/monitoring/aws4_request"
    request = urllib.request.Request(  # noqa: S310
        f"{local_aws.url}/",
        urllib.parse.urlencode({"Version": "2010-08-01", **parameters}).encode(),
        {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return str(answer.read().decode())
