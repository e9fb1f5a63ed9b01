"""Check the state machine three ways, for each finds what the others let pass.

asl-validator knows the language's syntax and finds states that nothing reaches; moto's analyser
parses paths and functions and knows which actions exist; our own check holds every parameter
against the service's model in botocore, by name, nesting and type. Placeholders are filled first.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "step_functions"
DEFINITION = FOLDER / "pipeline.asl.json"
VALIDATOR = FOLDER / "node_modules" / ".bin" / "asl-validator"

_HOME = "eu-west-1:123456789012"
EXAMPLE = {
    "state_table": "pipeline_state",
    "cluster_arn": f"arn:aws:ecs:{_HOME}:cluster/ecommerce-cluster",
    "validate_task_definition": f"arn:aws:ecs:{_HOME}:task-definition/validate-task",
    "transform_task_definition": f"arn:aws:ecs:{_HOME}:task-definition/transform-task",
    "capacity_provider": "FARGATE",
    "subnets": "subnet-1,subnet-2",
    "security_group": "sg-1",
    "assign_public_ip": "DISABLED",
    "validate_log_group": "/ecs/validate-task",
    "transform_log_group": "/ecs/transform-task",
    "topic_arn": f"arn:aws:sns:{_HOME}:order-alerts",
    "cleanup_function": f"arn:aws:lambda:{_HOME}:function:cleanup",
}
"""A value for each placeholder, as Terraform might fill it in."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_RESOURCE = re.compile(
    r"arn:aws:states:::(?:aws-sdk:)?(?P<service>\w+):(?P<action>\w+)"
    r"(?:\.sync(?::2)?|\.waitForTaskToken)?"
)
_RESULT_OF = {
    "Array": list,
    "StringSplit": list,
    "Format": str,
    "JsonToString": str,
    "MathAdd": int,
    "MathRandom": int,
}
_PYTHON_TYPE = {
    "string": str,
    "character": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "list": list,
    "map": dict,
    "structure": dict,
}


def rendered(text: str, values: Mapping[str, str] = EXAMPLE) -> str:
    """The definition as Terraform's `templatefile` makes it.

    Raises:
        KeyError: A placeholder has no value.
    """
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def placeholders(text: str) -> set[str]:
    """The names that the definition wants to be told."""
    return set(_PLACEHOLDER.findall(text))


def parameter_faults(definition: Mapping[str, Any]) -> list[str]:
    """What the services' models do not know, or miss, in the parameters of all tasks."""
    return [
        f"{name}: {fault}"
        for name, state in definition["States"].items()
        if state["Type"] == "Task"
        for fault in _faults_of_task(state)
    ]


def analyser_faults(text: str) -> list[str]:
    """What moto's parser and analyser refuse; an action that does not exist, for one."""
    from moto.stepfunctions.parser.asl.static_analyser.static_analyser import StaticAnalyser

    try:
        StaticAnalyser().analyse(text)
    except Exception as error:  # noqa: BLE001 - whatever it raises is its finding
        return [f"{type(error).__name__}: {error}"]
    return []


def validator_faults(text: str) -> list[str]:
    """What asl-validator refuses; it is installed from the lock where it is missing."""
    if not VALIDATOR.exists():
        if shutil.which("npm") is None:
            return ["it is not installed; install Node.js 20, then: cd step_functions && npm ci"]
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=FOLDER, check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [str(VALIDATOR), "--json-path", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [(done.stderr or done.stdout).strip()]


def _faults_of_task(state: Mapping[str, Any]) -> Iterator[str]:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    found = _RESOURCE.fullmatch(state["Resource"])
    if found is None:
        yield f"{state['Resource']} is no integration that this check can read"
        return
    try:
        model = ServiceModel(Loader().load_service_model(found["service"], "service-2"))
        operation = model.operation_model(_pascal(found["action"]))
    except Exception as error:  # noqa: BLE001 - botocore has one error for each way to be unknown
        yield str(error)
        return
    yield from _faults(state.get("Parameters", {}), operation.input_shape, "Parameters")


def _faults(value: Any, shape: Any, path: str) -> Iterator[str]:
    """What is wrong with a literal value; blobs take any JSON."""
    if shape.type_name == "blob":
        return
    expected = _PYTHON_TYPE.get(shape.type_name)
    if expected and type(value) is not expected:
        yield f"{path} is {value!r}, but {shape.type_name} is expected"
    elif shape.type_name == "structure":
        yield from _faults_of_structure(value, shape, path)
    elif shape.type_name == "list":
        for at, item in enumerate(value):
            yield from _faults(item, shape.member, f"{path}[{at}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _faults_of_member(key, item, shape.value, f"{path}.{key}")
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path} is {value!r}, but one of {shape.enum} is expected"


def _faults_of_structure(value: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    members = {_pascal(name): member for name, member in shape.members.items()}
    given = {key.removesuffix(".$") for key in value}
    for name in sorted({_pascal(name) for name in shape.required_members} - given):
        yield f"{path}.{name} is required"
    for key, item in value.items():
        name = key.removesuffix(".$")
        if name in members:
            yield from _faults_of_member(key, item, members[name], f"{path}.{key}")
        else:
            yield f"{path}.{key} is not known; known are {', '.join(sorted(members))}"


def _faults_of_member(key: str, value: Any, shape: Any, path: str) -> Iterator[str]:
    """A literal is held against its shape; of a function, the kind of its result."""
    if not key.endswith(".$"):
        yield from _faults(value, shape, path)
        return
    function = re.match(r"States\.(\w+)\(", value)
    result = _RESULT_OF.get(function[1]) if function else None
    expected = _PYTHON_TYPE.get(shape.type_name)
    if result and expected and result is not expected:
        yield f"{path} is {value}, but {shape.type_name} is expected"


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def main() -> int:
    """Run the three checks over the state machine; 0 when none finds anything."""
    text = rendered(DEFINITION.read_text(encoding="utf-8"))
    faults = {
        "asl-validator": validator_faults(text),
        "moto's analyser": analyser_faults(text),
        "parameters": parameter_faults(json.loads(text)),
    }
    for check, found in faults.items():
        for fault in found:
            print(f"{check}: {fault}", file=sys.stderr)
    if any(faults.values()):
        return 1
    print(f"{DEFINITION.name}: {', '.join(faults)} find nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
