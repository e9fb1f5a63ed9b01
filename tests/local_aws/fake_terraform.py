"""A `terraform` that writes down how it was called, and makes what the commands look for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PROGRAM = """\
#!{python}
import json, os, sys
with open({calls!r}, "a") as calls:
    calls.write(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}) + "\\n")
folder, verb = sys.argv[1].removeprefix("-chdir="), sys.argv[2]
name = json.load(open(f"{{folder}}/local.auto.tfvars.json"))["environment"]
prefix = f"{{name}}-" if name else ""
topic = f"arn:aws:sns:eu-west-1:123456789012:{{prefix}}order-alerts"
error = os.environ.get("FAKE_ERROR")
if verb == "init":
    os.makedirs(f"{{folder}}/.terraform", exist_ok=True)
elif verb == "apply" and error:
    told = {{"severity": "error", "summary": error, "address": "aws_x.y"}}
    print(json.dumps({{"type": "diagnostic", "diagnostic": told}}))
    sys.exit(1)
elif verb == "apply" and os.environ.get("FAKE_PAUSE"):
    import time
    print(json.dumps({{"type": "change_summary", "changes": {{"operation": "plan", "add": 1,
                      "change": 0, "remove": 0}}}}), flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        open(f"{{folder}}/state-written", "w").close()
        sys.exit(1)
elif verb == "apply" and os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1":
    pass
elif verb == "apply" and not os.path.exists(f"{{folder}}/made"):
    import boto3
    open(f"{{folder}}/made", "w").close()
    boto3.client("sns").create_topic(Name=topic.rpartition(":")[2])
    keys = ("pk", "sk", "waiting", "batch_id")
    boto3.client("dynamodb").create_table(
        TableName=f"{{prefix}}pipeline_state",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{{"AttributeName": "pk", "KeyType": "HASH"}},
                   {{"AttributeName": "sk", "KeyType": "RANGE"}}],
        AttributeDefinitions=[{{"AttributeName": one, "AttributeType": "S"}} for one in keys],
        LocalSecondaryIndexes=[
            {{"IndexName": f"by_{{index}}", "Projection": {{"ProjectionType": "ALL"}},
             "KeySchema": [{{"AttributeName": "pk", "KeyType": "HASH"}},
                           {{"AttributeName": one, "KeyType": "RANGE"}}]}}
            for index, one in (("waiting", "waiting"), ("batch", "batch_id"))
        ],
    )
    boto3.client("ecs").create_cluster(clusterName=f"{{prefix}}ecommerce-cluster")
    for group in ("validate", "transform", "gate", "cleanup"):
        boto3.client("logs").create_log_group(logGroupName=f"/{{prefix}}{{group}}")
elif verb == "output":
    outputs = {{
        "topic_arn": topic,
        "landing_bucket": f"{{prefix}}landing",
        "landing_url": f"s3://{{prefix}}landing/landing/",
        "state_table": f"{{prefix}}pipeline_state",
        "order_kpi_table": f"{{prefix}}order_kpi_table",
        "gate_function": f"{{prefix}}batch-gate",
        "cluster": f"{{prefix}}ecommerce-cluster",
        "state_machine_arn": f"arn:aws:states:eu-west-1:123456789012:stateMachine:{{prefix}}none",
        "log_groups": {{one: f"/{{prefix}}{{one}}"
                        for one in ("validate", "transform", "gate", "cleanup")}},
    }}
    print(json.dumps({{one: {{"value": value}} for one, value in outputs.items()}}))
"""


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """It comes first on the PATH; the file of its calls, a JSON document a line."""
    calls = tmp_path / "calls.jsonl"
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=sys.executable, calls=str(calls)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return calls
