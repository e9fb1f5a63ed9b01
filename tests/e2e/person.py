"""What a person, or AWS itself, can do to an environment beside dropping files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.account import Account, Row

ROOT = Path(__file__).parents[2]
_COMMAND_SECONDS = 120


class Person:
    """Somebody with every right in the account.

    Args:
        terraform: The folder that `scripts/terraform.sh` is to read outputs from.
    """

    def __init__(self, account: Account, terraform: Path) -> None:
        self.account, self._terraform = account, terraform

    def run(self, *command: str, check: bool = True) -> str:
        """Runs a command of a user's in the repository's folder; what it printed.

        `aws` is that of the tests' environment; the scripts find this deployment.
        """
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ORDERS_"))}
        variables |= self.account.variables | {"ORDERS_TERRAFORM": str(self._terraform)}
        variables["PATH"] = f"{ROOT / '.venv-full' / 'bin'}:{variables['PATH']}"
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        said = f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        assert not check or done.returncode == 0, said
        return done.stdout

    def sweep(self) -> Row:
        """The sweeper's minute, now; what it did."""
        return self.invoke("gate_function", {"sweep": True})

    def close(self) -> list[str]:
        """Closes a batch of what waits, as `scripts/start_batch.sh`; the batches."""
        closed: list[str] = self.invoke("gate_function", {"close": True})["closed"]
        return closed

    def again(self, batch_id: str) -> None:
        """Starts a failed batch again, as `scripts/start_batch.sh --again` does."""
        said = self.invoke("gate_function", {"again": batch_id})
        assert "refused" not in said, said

    def clean_up(self, execution: str, status: str = "SUCCESS") -> Row:
        """Invokes cleanup by hand, with the input of seed 000."""
        arn = self.account.execution(execution)["executionArn"]
        given = {"executionArn": arn, "status": status}
        return self.invoke(
            "cleanup_function", given | {"stepFunctionArn": self.account.state_machine}
        )

    def stop(self, execution: str) -> None:
        """Stops an execution by hand."""
        arn = self.account.execution(execution)["executionArn"]
        self.account.client("stepfunctions").stop_execution(executionArn=arn, cause="by hand")

    def invoke(self, function: str, event: Row) -> Row:
        """Invokes a function (its name in Terraform's outputs); its answer, errors raised."""
        answer = self.account.client("lambda").invoke(
            FunctionName=self.account.outputs[function], Payload=json.dumps(event)
        )
        said = answer["Payload"].read()
        assert "FunctionError" not in answer, said.decode()
        document: Row = json.loads(said)
        return document

    @contextmanager
    def settings(self, function: str, **values: str) -> Iterator[None]:
        """Other variables for a function for a while, as a user could set them."""
        name, functions = self.account.outputs[function], self.account.client("lambda")
        before = functions.get_function_configuration(FunctionName=name)["Environment"]
        changed = {"Variables": before["Variables"] | values}
        functions.update_function_configuration(FunctionName=name, Environment=changed)
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=name, Environment=before)
