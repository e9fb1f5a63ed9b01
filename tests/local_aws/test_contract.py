"""The emulator is the one that our modules know, or the server does not start."""

from __future__ import annotations

import pytest

from scripts.local_aws.names import Name, names_used
from scripts.local_aws.ports import free_port
from tests.local_aws.server import launch

FORGETS = """
from ministack.{package} import {module}

del {module}.{name}
"""


def forgetting(module, name):
    package, _, short = module.rpartition(".")
    return FORGETS.format(package=package, module=short, name=name)


@pytest.fixture
def planted(tmp_path):
    """Starts the server with another module of Python's before the installed ones."""

    def start(name, text, **settings):
        (tmp_path / f"{name}.py").write_text(text)
        log = tmp_path / "server.log"
        process = launch(log, {"GATEWAY_PORT": str(free_port()), **settings}, paths=(tmp_path,))
        try:
            return process.wait(60), log.read_text()
        finally:
            process.kill()

    return start


def test_every_name_of_ours_exists(local_aws):
    assert "Buckets" in local_aws.client("s3").list_buckets()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param("services.ecs", "_stop_task", id="replaced"),
        pytest.param("services.stepfunctions", "_run_execution", id="replaced in two places"),
        pytest.param("services.sqs", "_queue_url", id="used"),
        pytest.param("core.iam_evaluator", "_anonymous", id="used, not a function"),
        pytest.param("services.ecs", "_build_run_kwargs", id="of the other backend"),
    ],
)
def test_a_name_that_is_gone_ends_the_server_with_its_name(planted, module, name):
    code, said = planted("sitecustomize", forgetting(module, name))

    assert code == 64
    assert said.startswith(f"ministack.{module} of the emulator has no '{name}' (")
    assert said.endswith("see what replaced it, or install MiniStack 1.5.33\n")
    assert len(said.splitlines()) == 2


def test_all_names_that_are_gone_are_told_at_once(planted):
    gone = [("services.ecs", "_tasks"), ("services.sqs", "_queue_by_arn")]

    code, said = planted("sitecustomize", "".join(forgetting(*one) for one in gone))

    assert code == 64
    for module, name in gone:
        assert f"ministack.{module} of the emulator has no '{name}'" in said


def test_names_are_found_wherever_they_are_used():
    """What is imported, used, and replaced; of modules that no process of tests has loaded."""
    found = names_used()

    services = "ministack.services"
    assert found[Name("ministack.core.concurrency", "spawn_background")] == ["tasks/stopping.py"]
    assert "tasks/run_task.py" in found[Name(f"{services}.stepfunctions", "_ExecutionError")]
    assert "tasks/executions.py" in found[Name(f"{services}.stepfunctions", "_stop_execution")]
    assert "identity/sessions.py" in found[Name("ministack.app", "AUTH")]


def test_another_version_ends_the_server_with_both(planted):
    other = "from importlib import metadata\nmetadata.version = lambda name: '1.6.0'\n"

    code, said = planted("sitecustomize", other)

    assert (code, said) == (64, "MiniStack 1.6.0 is installed; our modules are for 1.5.33\n")


def test_an_integration_that_is_gone_ends_the_server(planted):
    forgets = (
        "from ministack.services import stepfunctions\n"
        "del stepfunctions._SERVICE_DISPATCH['arn:aws:states:::ecs:runTask']\n"
    )

    code, said = planted("sitecustomize", forgets)

    assert code == 64
    assert "has no arn:aws:states:::ecs:runTask" in said


def test_a_backend_that_nobody_knows_ends_the_server(planted):
    code, said = planted("nothing", "", ORDERS_LOCAL_TASKS="machines")

    assert code == 64
    assert "ORDERS_LOCAL_TASKS is 'machines', not one of processes, containers" in said


def test_containers_without_an_engine_end_the_server_with_the_cure(planted, tmp_path):
    nobody = f"unix://{tmp_path}/nobody.sock"

    code, said = planted("nothing", "", ORDERS_LOCAL_TASKS="containers", DOCKER_HOST=nobody)

    assert code == 69
    assert "set DOCKER_HOST, or use ORDERS_LOCAL_TASKS=processes" in said
