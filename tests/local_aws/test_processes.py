"""Tasks as processes: environment, exit codes, logs, signals, metadata, what is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.local_aws.environment import REGION
from tests.local_aws.plays import Play
from tests.local_aws.waits import until

PRINTS_ITS_ENVIRONMENT = 'env; echo ARGUMENTS: "$@"; pwd'


@pytest.fixture
def play(local_aws):
    play = Play(local_aws)
    play.define()
    return play


def environment(play, arn):
    lines = [line for line in play.said(arn) if "=" in line]
    return dict(line.split("=", 1) for line in lines)


def test_a_task_has_the_environment_that_ecs_gives_and_no_other(play, monkeypatch):
    play.define(command=["--by", "definition"])
    play.command(PRINTS_ITS_ENVIRONMENT)
    override = {"name": "job", "environment": [{"name": "SIZE", "value": "small"}]}

    task = play.run(overrides={"containerOverrides": [override]})
    play.reached(task, "STOPPED")

    given = environment(play, task)
    assert (given["COLOUR"], given["SIZE"]) == ("red", "small")
    assert given["AWS_REGION"] == given["AWS_DEFAULT_REGION"] == REGION
    assert given["AWS_ENDPOINT_URL"] == play.aws.url
    assert "ARGUMENTS: --by definition" in play.said(task)
    of_the_server = {"ORDERS_LOCAL_DIR", "GATEWAY_PORT", "AUTH", "MINISTACK_ACCOUNT_ID"}
    assert not of_the_server & set(given)


def test_a_command_of_the_override_takes_the_place_of_the_definition_s(play):
    play.define(command=["--by", "definition"])
    play.command(PRINTS_ITS_ENVIRONMENT)
    override = {"name": "job", "command": ["--by", "a person"]}

    task = play.run(overrides={"containerOverrides": [override]})
    play.reached(task, "STOPPED")

    assert "ARGUMENTS: --by a person" in play.said(task)


def test_the_volumes_of_a_task_are_its_own_and_end_with_it(play):
    play.define(environment=[{"name": "ORDERS_WORK_DIR", "value": "/work"}])
    play.command(PRINTS_ITS_ENVIRONMENT + "; echo x > $TMPDIR/x; echo y > $ORDERS_WORK_DIR/y")

    task = play.run()
    done = play.reached(task, "STOPPED")

    given, own = environment(play, task), play.aws.folder / "tasks" / task.rsplit("/", 1)[-1]
    assert done["containers"][0]["exitCode"] == 0
    assert given["ORDERS_WORK_DIR"] == str(own / "job" / "work")
    assert given["TMPDIR"] == str(own / "job" / "tmp")
    assert [path.name for path in (own / "job").iterdir()] == ["output.log"]


def test_output_and_errors_are_in_the_stream_of_the_task_to_the_last_line(play):
    play.command("seq 1 2000; echo problem >&2; printf 'no newline'")

    task = play.run()
    play.reached(task, "STOPPED")

    until(
        lambda: (
            "no newline"
            in (
                play.aws.folder / "tasks" / task.rsplit("/", 1)[-1] / "job" / "output.log"
            ).read_text()
        )
    )
    stream = f"job/job/{task.rsplit('/', 1)[-1]}"
    events = play.logs.filter_log_events(logGroupName=play.name, logStreamNames=[stream])
    lines = [event["message"] for event in events["events"]]
    assert lines == [*map(str, range(1, 2001)), "problem", "no newline"]


def test_the_metadata_tell_the_limits_of_the_task_after_its_overrides(play):
    play.command("curl -sf $ECS_CONTAINER_METADATA_URI_V4/task")

    tasks = [play.run(), play.run(overrides={"cpu": "2048", "memory": "16384"})]
    limits = []
    for task in tasks:
        play.reached(task, "STOPPED")
        limits.append(json.loads("".join(play.said(task)))["Limits"])

    assert limits == [{"CPU": 0.25, "Memory": 512}, {"CPU": 2.0, "Memory": 16384}]
    assert [play.task(task)["memory"] for task in tasks] == ["512", "16384"]


def test_a_task_that_is_stopped_gets_sigterm_and_leaves_its_own_exit_code(play):
    play.command("trap 'exit 7' TERM; echo up; while :; do sleep 0.1; done")
    task = play.run()
    until(lambda: play.said(task))

    answer = play.ecs.stop_task(cluster=play.name, task=task, reason="a test")["task"]
    stopped = play.reached(task, "STOPPED")

    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 7
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "a test")


def test_a_task_that_does_not_heed_sigterm_is_killed_after_its_stop_timeout(play):
    play.command("trap '' TERM; echo up; while :; do sleep 0.1; done")
    task = play.run()
    until(lambda: play.said(task))

    play.ecs.stop_task(cluster=play.name, task=task)
    stopped = play.reached(task, "STOPPED")

    assert stopped["containers"][0]["exitCode"] == 137
    seconds = (stopped["stoppedAt"] - stopped["stoppingAt"]).total_seconds()
    assert 1 <= seconds <= 5  # stopTimeout is 2, times have no fraction


def test_other_processes_of_a_task_end_with_its_first_one(play):
    play.command("sleep 300 & echo $!; exit 0")

    task = play.run()
    play.reached(task, "STOPPED")

    assert not running(int(play.said(task)[0]))


def test_tasks_are_listed_by_what_they_are_meant_to_be(play):
    play.command("exit 0")
    ended = play.run()
    play.reached(ended, "STOPPED")
    play.command("sleep 60")
    lives = play.run()
    play.reached(lives, "RUNNING")

    listed = {
        status: play.ecs.list_tasks(cluster=play.name, desiredStatus=status)["taskArns"]
        for status in ("RUNNING", "STOPPED")
    }

    assert listed == {"RUNNING": [lives], "STOPPED": [ended]}
    play.ecs.stop_task(cluster=play.name, task=lives)


def test_a_table_that_cannot_be_read_is_told_as_the_reason(play):
    play.command({"neither": "command nor refusal"})

    stopped = play.reached(play.run(), "STOPPED")

    assert "is not a list of texts" in stopped["stoppedReason"]


def test_the_process_of_a_task_is_written_down_while_it_runs(play):
    play.command("echo $$; exec sleep 60")
    task = play.run()
    until(lambda: play.said(task))
    written = play.aws.folder / "tasks" / task.rsplit("/", 1)[-1] / "pid"

    assert written.read_text() == play.said(task)[0]

    play.ecs.stop_task(cluster=play.name, task=task)
    play.reached(task, "STOPPED")
    assert not written.exists()


def test_no_task_outlives_the_server(start_local_aws):
    server = start_local_aws()
    play = Play(server)
    play.define()
    play.command("echo $$; exec sleep 300")
    execution = play.execute({"TimeoutSeconds": 300})
    task = play.started()
    until(lambda: play.said(task))
    pid = int(play.said(task)[0])
    assert running(pid)
    assert execution

    code = server.stop()

    assert code == 0
    assert not running(pid)


def running(pid):
    """Whether it does anything still; a process that nobody waits for stays in the table."""
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.parametrize(
    ("leaves", "reason"),
    [("out-of-memory", "OutOfMemoryError: Container killed due to memory usage"), ("else", None)],
)
def test_who_plays_that_its_memory_ran_out_gets_fargate_s_reason(play, leaves, reason):
    play.command(f"touch $(dirname $ORDERS_WORK_DIR)/{leaves}; kill -9 $$")

    (container,) = play.reached(play.run(), "STOPPED")["containers"]

    assert (container["exitCode"], container.get("reason")) == (137, reason)
