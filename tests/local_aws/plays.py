"""What the tests of tasks play: clusters, task definitions, state machines, commands."""

from __future__ import annotations

import json
import uuid
from typing import Any

from scripts.local_aws.environment import ACCOUNT, REGION
from tests.local_aws.server import LocalAws
from tests.local_aws.waits import SECONDS, until

ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def role(aws: LocalAws, name: str) -> str:
    """Makes a role of Step Functions that may do anything; its ARN."""
    who = {"Service": "states.amazonaws.com"}
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}
    trust = {"Version": "2012-10-17", "Statement": [assume]}
    iam = aws.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(ANYTHING))
    return str(made["Role"]["Arn"])


class Play:
    """One container image of the test's own, in a cluster and a log group of its own."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws, self.name = aws, f"play-{uuid.uuid4().hex[:8]}"
        self.ecs, self.states = aws.client("ecs"), aws.client("stepfunctions")
        self.logs = aws.client("logs")
        self.role = role(aws, self.name)
        self.ecs.create_cluster(clusterName=self.name)
        self.logs.create_log_group(logGroupName=self.name)

    def command(self, entry: Any) -> None:
        """What stands for the image from now on; a text is for the shell."""
        file = self.aws.folder / "processes.json"
        table = json.loads(file.read_text()) if file.exists() else {}
        shell = ["sh", "-c", entry, "sh"] if isinstance(entry, str) else entry
        file.write_text(json.dumps(table | {self.name: shell}))

    def make_a_table(self) -> None:
        """A table of the play's name, by `pk`."""
        self.aws.client("dynamodb").create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def define(self, image: str = "", log_group: str = "", **container: Any) -> str:
        """Registers the task definition, for Fargate; its ARN."""
        repository = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/test-{self.name}@sha256:{'0' * 64}"
        options = {"group": log_group or self.name, "region": REGION, "stream-prefix": "job"}
        definition = self.ecs.register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            volumes=[{"name": "work"}, {"name": "tmp"}, {"name": "extra"}],
            containerDefinitions=[
                {
                    "name": "job",
                    "image": image or repository,
                    "essential": True,
                    "stopTimeout": 2,
                    "environment": [{"name": "COLOUR", "value": "red"}],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {f"awslogs-{name}": it for name, it in options.items()},
                    },
                }
                | container
            ],
        )
        return str(definition["taskDefinition"]["taskDefinitionArn"])

    def run(self, **more: Any) -> str:
        """Starts a task; its ARN."""
        answer = self.ecs.run_task(
            cluster=self.name, taskDefinition=self.name, launchType="FARGATE", **more
        )
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        """The task as DescribeTasks tells it."""
        tasks: list[dict[str, Any]] = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])[
            "tasks"
        ]
        return tasks[0]

    def reached(self, arn: str, status: str) -> dict[str, Any]:
        """The task once it has this status."""
        until(lambda: self.task(arn)["lastStatus"] == status)
        return self.task(arn)

    def said(self, arn: str) -> list[str]:
        """Lines of the task's log."""
        stream = f"job/job/{arn.rsplit('/', 1)[-1]}"
        events = self.logs.get_log_events(logGroupName=self.name, logStreamName=stream)["events"]
        return [event["message"] for event in events]

    def execute(self, state: dict[str, Any] | None = None, **machine: Any) -> str:
        """Starts an execution whose one state runs the task; its ARN."""
        parameters = {
            "Cluster": self.name,
            "TaskDefinition": self.name,
            "LaunchType": "FARGATE",
        }
        one = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}
        definition = {
            "StartAt": "Run",
            "States": {"Run": one | {"Parameters": parameters} | (state or {})},
        }
        created = self.states.create_state_machine(
            name=f"{self.name}-{uuid.uuid4().hex[:8]}",
            roleArn=self.role,
            definition=json.dumps(definition | machine),
        )
        started = self.states.start_execution(stateMachineArn=created["stateMachineArn"])
        return str(started["executionArn"])

    def ended(self, execution: str, seconds: float = SECONDS) -> dict[str, Any]:
        """The execution once it has ended."""
        until(lambda: self._now(execution)["status"] != "RUNNING", seconds)
        return self._now(execution)

    def _now(self, execution: str) -> dict[str, Any]:
        description: dict[str, Any] = self.states.describe_execution(executionArn=execution)
        return description

    def history(self, execution: str) -> list[str]:
        """The types of its events."""
        events = self.states.get_execution_history(executionArn=execution)["events"]
        return [event["type"] for event in events]

    def started(self) -> str:
        """The ARN of the one task of the cluster, once it runs."""
        arn: str = until(lambda: self.ecs.list_tasks(cluster=self.name)["taskArns"])[0]
        self.reached(arn, "RUNNING")
        return arn


class Told:
    """Looks up what EventBridge is told about an execution's statuses, from now on."""

    def __init__(self, play: Play) -> None:
        self._play, self._sqs, self._events = (
            play,
            play.aws.client("sqs"),
            play.aws.client("events"),
        )
        self._seen: list[dict[str, Any]] = []
        self._url = self._sqs.create_queue(QueueName=play.name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        queue = arn["Attributes"]["QueueArn"]
        who = {"Principal": {"Service": "events.amazonaws.com"}}
        letter = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue} | who
        policy = {"Version": "2012-10-17", "Statement": [letter]}
        self._sqs.set_queue_attributes(
            QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)}
        )
        pattern = {"source": ["aws.states"]}
        self._events.put_rule(Name=play.name, EventPattern=json.dumps(pattern))
        self._events.put_targets(Rule=play.name, Targets=[{"Id": "1", "Arn": queue}])

    def __call__(self, execution: str) -> list[str]:
        """The statuses told of so far."""
        received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        for message in received.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            self._seen.append(json.loads(message["Body"])["detail"])
        return [one["status"] for one in self._seen if one["executionArn"] == execution]

    def end(self) -> None:
        """Listens no more."""
        self._events.remove_targets(Rule=self._play.name, Ids=["1"])
        self._events.delete_rule(Name=self._play.name)
