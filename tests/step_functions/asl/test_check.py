"""Each check of the state machine finds the fault that it is for."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import check_asl
from scripts.check_asl import (
    DEFINITION,
    FOLDER,
    analyser_faults,
    parameter_faults,
    rendered,
    validator_faults,
)

GOOD: dict[str, Any] = json.loads(rendered(DEFINITION.read_text(encoding="utf-8")))
Edit = Callable[[dict[str, Any]], object]


def broken(edit: Edit) -> dict[str, Any]:
    """The state machine with one fault."""
    machine = copy.deepcopy(GOOD)
    edit(machine["States"])
    return machine


def run_task(states: dict[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = states["RunValidationTask"]["Parameters"]
    return parameters


def rename(old: str, new: str, at: Callable[[dict[str, Any]], dict[str, Any]]) -> Edit:
    """The fault: a parameter is spelt wrongly."""
    return lambda states: at(states).update({new: at(states).pop(old)})


def test_the_checks_find_nothing_in_the_state_machine() -> None:
    assert check_asl.main() == 0


def test_the_lock_pins_the_validator_and_names_no_registry() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"]["node_modules/asl-validator"]["version"] == "4.0.0"
    assert all("integrity" in p and "resolved" not in p for n, p in lock["packages"].items() if n)


def test_without_npm_the_check_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(check_asl, "VALIDATOR", tmp_path / "missing")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "npm ci" in validator_faults("{}")[0]


def test_asl_validator_finds_a_state_that_nothing_leads_to() -> None:
    lonely = broken(lambda states: states.update(Lonely={"Type": "Succeed"}))
    assert "Lonely" in "".join(validator_faults(json.dumps(lonely)))


def test_moto_finds_an_action_that_does_not_exist() -> None:
    wrong = "arn:aws:states:::sns:publishh"
    text = json.dumps(broken(lambda states: states["Send the alert"].update(Resource=wrong)))
    assert "publishh" in "".join(analyser_faults(text))
    assert parameter_faults(json.loads(text)) != []


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (
            rename("TopicArn", "TopicArnn", lambda s: s["Send the alert"]["Parameters"]),
            "Parameters.TopicArnn is not known",
        ),
        (
            rename(
                "AwsvpcConfiguration",
                "AwsVpcConfiguration",
                lambda s: run_task(s)["NetworkConfiguration"],
            ),
            "NetworkConfiguration.AwsVpcConfiguration is not known",
        ),
        (
            rename(
                "SizeInGiB.$",
                "SizeInGib.$",
                lambda s: run_task(s)["Overrides"]["EphemeralStorage"],
            ),
            "EphemeralStorage.SizeInGiB is required",
        ),
        (
            rename(
                "Value.$",
                "Values.$",
                lambda s: run_task(s)["Overrides"]["ContainerOverrides"][0]["Environment"][3],
            ),
            "Environment[3].Values.$ is not known",
        ),
        (
            lambda s: s["Clean up"]["Parameters"].pop("FunctionName"),
            "Parameters.FunctionName is required",
        ),
        (
            lambda s: s["Read the outcome"]["Parameters"].update(ConsistentRead="true"),
            "ConsistentRead is 'true', but boolean is expected",
        ),
        (
            lambda s: s["Read the outcome"]["Parameters"]["Key"].update(pk="batch"),
            "Key.pk is 'batch', but structure is expected",
        ),
        (
            lambda s: s["Mark it finishing"]["Parameters"].update(ReturnValues="ALL"),
            "ReturnValues is 'ALL', but one of",
        ),
        (
            lambda s: run_task(s)["NetworkConfiguration"]["AwsvpcConfiguration"].update(
                {"Subnets.$": "States.Format('{}', $.subnets)"}
            ),
            "but list is expected",
        ),
        (
            lambda s: s["Clean up"].update(Resource="arn:aws:states:::lamda:invoke"),
            "Clean up: ",
        ),
        (
            lambda s: s["Clean up"].update(Resource="arn:aws:lambda:eu-west-1:1:function:x"),
            "is no integration that this check can read",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_our_own_check_finds_a_wrong_parameter(edit: Edit, fault: str) -> None:
    faults = parameter_faults(broken(edit))
    assert any(fault in found for found in faults), faults


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="topic_arn"):
        rendered("${topic_arn}", {})


def test_a_fault_ends_the_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "broken.asl.json"
    edit = rename("TopicArn", "TopicArnn", lambda s: s["Send the alert"]["Parameters"])
    path.write_text(json.dumps(broken(edit)), encoding="utf-8")
    monkeypatch.setattr(check_asl, "DEFINITION", path)
    assert check_asl.main() == 1
    assert "TopicArnn is not known" in capsys.readouterr().err
