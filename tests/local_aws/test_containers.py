"""Tasks as containers: limits, user, read-only root, volumes, network, images, endings.

Needs a container engine (DOCKER_HOST) that has an image `spark-validate` of this repository
(`make build`); its Python runs what the tests say.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from typing import Any

import pytest

from scripts.local_aws import engine
from scripts.local_aws.environment import REGION
from tests.local_aws.machines import REGISTRY
from tests.local_aws.plays import Play
from tests.local_aws.waits import until

STATIC_PROGRAM = "/sbin/ldconfig"  # needs no other file, on every Debian
LOOKS = """
import json, os, pathlib, urllib.request

def writes(folder):
    try:
        pathlib.Path(folder, "probe").write_text("x")
    except OSError as error:
        return type(error).__name__
    return True

def first(*paths):
    return next(p.read_text().strip() for p in map(pathlib.Path, paths) if p.exists())

FOLDERS = ("/work", "/tmp", "/extra", "/scratch", "/opt", "/")
metadata = os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task"
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "folder": os.getcwd(),
    "writes": {folder: writes(folder) for folder in FOLDERS},
    "memory": first("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "cpu": first("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us").split()[0],
    "limits": json.load(urllib.request.urlopen(metadata))["Limits"],
    "region": os.environ["AWS_REGION"],
}))
"""
TAKES_TOO_MUCH = "print('taking', flush=True); taken = bytearray(1 << 30)"
HEEDS_SIGTERM = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
print("up", flush=True)
time.sleep(60)
"""
CHANGES = """
import json, sys

given = json.load(sys.stdin)
assert given["image"] and given["name"] and given["read_only"]
colour = given["environment"]["COLOUR"] + ", and green"
print(json.dumps({"environment": given["environment"] | {"COLOUR": colour}}))
"""
DEFINED: dict[str, Any] = {
    "user": "10002:10003",  # another one than the image says
    "readonlyRootFilesystem": True,
    "workingDirectory": "/tmp",  # noqa: S108
    "entryPoint": ["python", "-c"],
    "mountPoints": [
        {"sourceVolume": name, "containerPath": f"/{name}", "readOnly": False}
        for name in ("work", "tmp", "extra")
    ],
    "linuxParameters": {"tmpfs": [{"containerPath": "/scratch", "size": 8}]},
}


def docker(*arguments):
    command = [shutil.which("docker") or "docker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def image():
    """The newest image of the job that the engine has."""
    if shutil.which("docker") is None or docker("version").returncode:
        pytest.skip("no container engine answers: start one and set DOCKER_HOST")
    names = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "spark-validate").stdout
    if not names:
        pytest.skip("the engine has no image spark-validate: run `make build`")
    return names.split()[0]


@pytest.fixture(scope="module")
def containers(image, start_local_aws):
    """A local AWS whose tasks are containers."""
    return start_local_aws(ORDERS_LOCAL_TASKS="containers")


@pytest.fixture
def play(containers, image):
    """The image stands under the name that a task definition has for it."""
    play = Play(containers)
    name = f"{REGISTRY}/{play.name}:local"
    docker("tag", image, name)
    play.define(name, **DEFINED)
    yield play
    docker("rmi", name)


@pytest.fixture
def pushed(containers, tmp_path):
    """An image of one program, in the emulator's registry and nowhere else; its name by digest."""
    repository = f"pushed-{tmp_path.name.replace('_', '-')}"
    name = f"{containers.url.removeprefix('http://')}/{repository}:1"
    with tarfile.open(tmp_path / "root.tar", "w") as root:
        root.add(STATIC_PROGRAM, "program")
    assert docker("import", str(tmp_path / "root.tar"), name).returncode == 0
    ecr = containers.client("ecr")
    ecr.create_repository(repositoryName=repository)
    push = docker("push", name)
    assert push.returncode == 0, push.stderr
    docker("rmi", name)
    found = ecr.describe_images(repositoryName=repository)["imageDetails"][0]["imageDigest"]
    yield f"{REGISTRY}/{repository}@{found}"
    docker("rmi", f"{name.removesuffix(':1')}@{found}")


def doing(script, **more):
    return {"overrides": {"containerOverrides": [{"name": "job", "command": [script]}], **more}}


def test_a_container_is_confined_as_its_definition_says(play):
    task = play.run(**doing(LOOKS))
    done = play.reached(task, "STOPPED")

    assert done["containers"][0]["exitCode"] == 0, (done, play.said(task))
    assert json.loads("".join(play.said(task))) == {
        "user": [10002, 10003],
        "folder": "/tmp",  # noqa: S108
        "writes": {
            "/work": True,
            "/tmp": True,  # noqa: S108
            "/extra": "PermissionError",  # there, and root's: the image says nothing of it
            "/scratch": True,
            "/opt": "OSError",
            "/": "OSError",
        },
        "memory": str(512 << 20),
        "cpu": "25000",
        "limits": {"CPU": 0.25, "Memory": 512},
        "region": REGION,
    }


def test_overrides_give_a_container_another_size(play):
    task = play.run(**doing(LOOKS, cpu="512", memory="1024"))
    play.reached(task, "STOPPED")

    seen = json.loads("".join(play.said(task)))
    assert (seen["memory"], seen["cpu"]) == (str(1024 << 20), "50000")


def test_a_size_beyond_the_machine_s_gets_what_the_machine_has(play):
    task = play.run(**doing("print('fine')", cpu="16384", memory="122880"))

    assert play.reached(task, "STOPPED")["containers"][0]["exitCode"] == 0


def test_a_container_that_takes_too_much_memory_is_told_apart(play):
    parameters = {"Cluster": play.name, "TaskDefinition": play.name, "LaunchType": "FARGATE"}
    override = {"ContainerOverrides": [{"Name": "job", "Command": [TAKES_TOO_MUCH]}]}

    execution = play.ended(play.execute({"Parameters": parameters | {"Overrides": override}}))

    assert execution["error"] == "States.TaskFailed"
    container = json.loads(execution["cause"])["Containers"][0]
    assert container["ExitCode"] == 137
    assert container["Reason"].startswith("OutOfMemoryError")


def test_a_container_that_is_stopped_gets_sigterm_and_is_taken_away(play):
    task = play.run(**doing(HEEDS_SIGTERM))
    until(lambda: play.reached(task, "RUNNING") and play.said(task))

    play.ecs.stop_task(cluster=play.name, task=task)

    assert play.reached(task, "STOPPED")["containers"][0]["exitCode"] == 9
    label = f"label=com.amazonaws.ecs.task-arn={task}"
    until(lambda: not docker("ps", "--all", "--quiet", "--filter", label).stdout)


def test_containers_of_a_server_that_was_killed_are_found_and_taken_away(play, containers):
    task = play.run(**doing(HEEDS_SIGTERM))
    until(lambda: play.reached(task, "RUNNING") and play.said(task))

    engine.forget(containers.url.removeprefix("http://"))

    label = f"label=com.amazonaws.ecs.task-arn={task}"
    assert not docker("ps", "--all", "--quiet", "--filter", label).stdout


def test_an_image_is_pulled_from_the_registry_of_the_emulator(play, pushed):
    play.define(pushed, entryPoint=["/program", "--version"])

    done = play.reached(play.run(), "STOPPED")

    assert done["containers"][0]["exitCode"] == 0, done


def test_a_program_that_is_asked_changes_how_a_container_starts(play):
    play.command([sys.executable, "-c", CHANGES])

    task = play.run(**doing("import os; print(os.environ['COLOUR'])"))
    play.reached(task, "STOPPED")
    assert play.said(task) == ["red, and green"]

    play.command([sys.executable, "-c", "raise SystemExit('not today')"])
    stopped = play.reached(play.run(), "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert "not today" in stopped["stoppedReason"]


def test_an_image_that_is_taken_away_never_starts_and_a_launch_that_is_refused_is_no_task(play):
    play.command(None)
    stopped = play.reached(play.run(), "STOPPED")
    assert stopped["stoppedReason"].startswith("CannotPullContainerError")

    play.command({"refused": "RESOURCE:MEMORY"})
    answer = play.ecs.run_task(cluster=play.name, taskDefinition=play.name, launchType="FARGATE")
    assert answer["tasks"] == []
    assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:MEMORY"]


@pytest.mark.parametrize(
    "name",
    [f"{REGISTRY}/spark-validate:unknown", "registry.example/spark-validate:1"],
    ids=["unknown tag", "another registry"],
)
def test_an_image_that_is_not_here_never_starts(play, name):
    play.define(name, **DEFINED)

    stopped = play.reached(play.run(), "STOPPED")

    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("CannotPullContainerError")
