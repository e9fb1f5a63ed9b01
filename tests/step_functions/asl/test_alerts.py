"""Who sends the alert of a batch: the state machine claims it, sends it, or gives it back."""

from __future__ import annotations

from tests.step_functions.asl.acts import Act, cleans, fails, leaves, told
from tests.step_functions.asl.harness import EXECUTION, Pipeline

DOWN = [fails("DynamoDB.InternalServerError", "down")] * 9


def seen(rows: list[dict[str, str]], act: Act | None = None) -> Act:
    """Keeps the row as it is at this moment, then does what is wanted."""

    def look(pipeline: Pipeline) -> object:
        rows.append(pipeline.row())
        return act(pipeline) if act else {"MessageId": "1"}

    return look


def test_the_alert_is_claimed_before_anybody_else_may_act_and_free_when_it_was_sent(
    pipeline: Pipeline,
) -> None:
    rows: list[dict[str, str]] = []
    pipeline.script("Send the alert", seen(rows)).script("Clean up", seen(rows, cleans(more=False)))
    pipeline.run()
    sending, cleaning = rows
    assert (sending["state"], sending["alerted_at_claim"]) == ("FINISHING", EXECUTION)
    assert cleaning["alerted_at"]
    assert "alerted_at_claim" not in cleaning


def test_an_alert_that_somebody_else_has_claimed_is_left_to_him(pipeline: Pipeline) -> None:
    other = "2026-11-22T10:15:00+00:00"
    pipeline.script("RunTransformationTask", leaves("done", alerted_at_claim=other, **told("done")))
    ended = pipeline.run()
    assert "Send the alert" not in ended.states
    assert (ended.status, pipeline.mails) == ("SUCCEEDED", [])
    assert pipeline.row()["alerted_at_claim"] == other


def test_a_marking_whose_answer_was_lost_keeps_the_claim_and_tells(pipeline: Pipeline) -> None:
    def lost(pipeline: Pipeline) -> object:
        pipeline.set(state="FINISHING", alerted_at_claim=EXECUTION)
        return "States.Timeout", ""

    pipeline.script("Mark it finishing", lost)
    assert pipeline.run().status == "SUCCEEDED"
    assert len(pipeline.mails) == 1


def test_an_alert_that_cannot_be_given_back_keeps_no_batch(pipeline: Pipeline) -> None:
    pipeline.script("Send the alert", fails("SNS.AuthorizationErrorException", "denied"))
    ended = pipeline.script("Give the alert back", *DOWN).run()
    assert (ended.status, pipeline.clean_ups) == ("SUCCEEDED", ["FINISHING"])


def test_a_mail_that_fails_is_not_repeated_and_keeps_no_batch(pipeline: Pipeline) -> None:
    pipeline.script("Send the alert", fails("SNS.InternalErrorException", "perhaps sent"))
    ended = pipeline.run()
    assert ended.states[-5:-2] == ["Give the alert back", "Clean up", "Is there more to clean up?"]
    assert (ended.status, pipeline.waits) == ("SUCCEEDED", [])
    assert not {"alerted_at", "alerted_at_claim"} & set(pipeline.row())


def test_a_mail_that_fails_does_not_hide_the_rejection(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", leaves("rejected"))
    pipeline.script("Send the alert", fails("States.Timeout"))
    assert pipeline.run().error == "DataRejected"
    assert pipeline.clean_ups == ["FINISHING"]


def test_a_mail_that_sns_did_not_take_is_repeated(pipeline: Pipeline) -> None:
    pipeline.script("Send the alert", fails("SNS.ThrottledException", "slow down"))
    assert pipeline.run().status == "SUCCEEDED"
    assert (len(pipeline.mails), len(pipeline.waits)) == (1, 1)


def test_a_batch_that_was_told_is_not_told_again(pipeline: Pipeline) -> None:
    pipeline.script("RunTransformationTask", leaves("done", alerted_at="2026", **told("done")))
    assert "Send the alert" not in pipeline.run().states
    assert pipeline.mails == []


def test_a_success_without_a_text_is_told_all_the_same(pipeline: Pipeline) -> None:
    pipeline.script("RunTransformationTask", leaves("done"))
    pipeline.run()
    assert pipeline.mails[0]["Subject"].endswith("ended SUCCESS")


def test_an_alert_that_cannot_be_marked_keeps_no_batch(pipeline: Pipeline) -> None:
    pipeline.script("Mark it alerted", *DOWN)
    ended = pipeline.run()
    assert (ended.status, pipeline.clean_ups) == ("SUCCEEDED", ["FINISHING"])
