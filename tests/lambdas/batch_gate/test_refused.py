"""What cannot belong goes to the archive with its reason, and one mail tells of it."""

from __future__ import annotations

import pytest

from spark_jobs.batch.table import Key
from spark_jobs.facts.places import LONGEST_KEY, why_refused
from step_functions.lambdas.batch_gate import refused, sweep
from step_functions.lambdas.batch_gate.handler import the_gate
from tests.batch.aws.world import LANDING, TOPIC, client, created, queued

REFUSED = {
    "landing/orders/notes.pdf": "the name does not end with",
    "landing/orders": "the name does not end with",
    "landing/orders/x.csv/": "the name does not end with",
    "landing/orders/a\tb.csv": "control characters",
    "landing/orders/\u202evsc.csv": "control characters",
    "landing/\ufffe.csv": "no characters",
    "landing/\ufdd0.csv": "no characters",
    "landing/\U0010ffff.csv": "no characters",
    "landing/\u0378.csv": "no characters",
    "landing/\ue000.csv": "no characters",
    "landing/\ud800.csv": "no characters",
    "landing/../secret.csv": "leads elsewhere",
    "landing/orders\\..\\x.csv": "leads elsewhere",
    f"landing/{'o' * LONGEST_KEY}.csv": "longer than 800 bytes",
    "landing/" + "\u00e9" * 400 + ".csv": "longer than 800 bytes",
}


@pytest.mark.parametrize(("key", "reason"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_key_that_cannot_belong_is_refused(key, reason):
    assert reason in (why_refused(key, 1, 1000) or "")


@pytest.mark.parametrize(
    "name",
    ["a.csv", "A.CSV", "b.csv.gz", "c.Csv.Gz", "d.gz", "e f+%.csv", "\u00fc\u4e2d\U0001f600.csv"],
)
def test_files_of_data_are_not_refused(name):
    assert why_refused(f"landing/orders/{name}", 1000, 1000) is None


def test_an_empty_file_is_not_refused_for_preflight_says_why_it_is_bad():
    assert why_refused("landing/orders.csv", 0, 1000) is None


def test_a_refused_version_is_archived_with_its_reason_and_told_of_once(world, gate):
    old, new = world.drop("landing/a.txt", b"old"), world.drop("landing/a.txt", b"new")
    large = world.drop("landing/orders/\u00e9.csv", b"x" * 1001)
    gate(queued(*(created("landing/a.txt", v) for v in (old, new))))
    gate(queued(created("landing/orders/\u00e9.csv", large)))
    gate({"sweep": True})
    gate({"sweep": True})
    assert world.versions("landing/") == []
    assert {key for key, _ in world.versions("archive/")} == {
        f"archive/invalid/refused/{old}/a.txt",
        f"archive/invalid/refused/{new}/a.txt",
        f"archive/invalid/refused/{large}/orders/\u00e9.csv",
    }
    got = world.s3.get_object(Bucket=LANDING, Key=f"archive/invalid/refused/{old}/a.txt")
    assert got["Body"].read() == b"old"
    assert got["Metadata"]["reason"].startswith("the name does not end with")
    (mail,) = world.mails()
    assert mail["Subject"] == "order-pipeline: 3 files refused"
    assert "landing/orders/\\xe9.csv" in mail["Message"]
    assert "1001 bytes, more than 1000" in mail["Message"]
    assert {row["state"] for row in world.files()} == {"ARCHIVED"}
    assert all(row["expires_at"] and row["archived_to"] for row in world.files())


def test_a_failing_mail_is_sent_by_the_next_sweep_and_stops_no_batch(world, gate):
    gate(queued(created("landing/a.txt", world.drop("landing/a.txt"))))
    gate(queued(created("landing/orders.csv", world.drop("landing/orders.csv"))))
    world.long_ago()
    client("sns").delete_topic(TopicArn=TOPIC)
    with pytest.raises(ExceptionGroup, match="1 of 9 steps"):
        gate({"sweep": True})
    assert len(world.executions()) == 1
    (refused,) = [row for row in world.files() if row["state"] == "REFUSED"]
    client("sns").create_topic(Name="order-alerts")
    gate({"sweep": True})
    assert world.row(refused["key"], refused["version_id"])["state"] == "ARCHIVED"


def test_a_move_that_dies_keeps_no_mail_back_and_repeats_none(world, gate, monkeypatch):
    class TimeOut(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise TimeOut

    gate(queued(created("landing/a.txt", world.drop("landing/a.txt"))))
    monkeypatch.setattr(refused, "move", dies)
    for mails in (1, 0):
        with pytest.raises(TimeOut):
            gate({"sweep": True})
        assert len(world.mails()) == mails
    monkeypatch.undo()
    assert gate({"sweep": True})["archived"] == 1
    assert world.mails() == []


def sized(world, gate, **sizes: int) -> dict[str, str]:
    """Refused versions of these sizes by their rows, told of; versions by name."""
    versions = {name: world.drop(f"landing/{name}.txt") for name in sizes}
    for name, version in versions.items():
        gate(queued(created(f"landing/{name}.txt", version)))
        row = world.row(f"landing/{name}.txt", version)
        world.set(Key(row["pk"], row["sk"]), size=sizes[name])
    return versions


def test_small_files_are_moved_first_and_what_takes_too_long_waits(world, gate, monkeypatch):
    sized(world, gate, a=20 * 10**9, b=3, c=10**9)
    order: list[str] = []
    monkeypatch.setattr(refused, "move", lambda s3, file, *_, **__: order.append(file.key))
    assert refused.tell_refused(the_gate()) == 3
    refused.archive_refused(the_gate(), 30.0)
    assert order == ["landing/b.txt", "landing/c.txt"]
    for row in world.files():
        world.set(Key(row["pk"], row["sk"]), state="REFUSED", waiting="refused")
    order.clear()
    refused.archive_refused(the_gate(), 115.0)
    assert order == ["landing/b.txt", "landing/c.txt", "landing/a.txt"]


def test_a_version_too_large_to_be_moved_is_told_of_once_and_stays(world, gate):
    versions = sized(world, gate, large=refused.LARGEST_MOVED + 1, small=3)
    for mails in (1, 0):
        gate({"sweep": True})
        told = world.mails()
        assert len(told) == mails
        assert all(f"remove version {versions['large']}" in mail["Message"] for mail in told)
    assert world.row("landing/large.txt", versions["large"])["state"] == "REFUSED"
    assert world.versions("landing/") == [("landing/large.txt", versions["large"])]
    world.s3.delete_object(Bucket=LANDING, Key="landing/large.txt", VersionId=versions["large"])
    gate({"sweep": True})
    assert world.row("landing/large.txt", versions["large"])["state"] == "GONE"


def test_the_largest_version_that_is_moved_fits_into_an_invocation():
    largest = {"size": refused.LARGEST_MOVED}
    assert refused._seconds_for(largest) < 100 < sweep._SECONDS


def test_a_refused_version_that_somebody_removed_is_noted_as_gone(world, gate):
    version = world.drop("landing/a.txt")
    gate(queued(created("landing/a.txt", version)))
    world.s3.delete_object(Bucket=LANDING, Key="landing/a.txt", VersionId=version)
    gate({"sweep": True})
    assert world.row("landing/a.txt", version)["state"] == "GONE"


def test_many_refused_files_make_one_mail_within_the_limits_of_sns(world, gate):
    key = "landing/" + "\u00e9" * 350 + ".pdf"
    gate(queued(*(created(key, world.drop(key)) for _ in range(60))))
    gate({"sweep": True})
    (mail,) = world.mails()
    assert "... and 10 more" in mail["Message"]
    assert len(mail["Message"]) < 200_000
    assert mail["Message"].isascii()
