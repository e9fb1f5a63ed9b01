"""An account as it must be, made without any AWS: for the tests that break it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.account import Row, StoredObject
from tests.e2e.checker.kpis import MART_KEYS
from tests.e2e.ledger import Ledger, Version
from tests.e2e.mailbox import Mail
from tests.e2e.observed import Observed
from tests.e2e.shop import Files, Shop
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.lake import marts, stored
from tests.oracle.oracle import utc
from tests.oracle.shape import KEYS

PARTIAL, REJECTED = "20260601T080000Z-000001", "20260601T090000Z-000002"
_RECEIVED = utc("2026-06-01 08:00")
_FENCE = 3
_TABLES = ("outbox", "quarantine", "quarantine_events", "received_files", "batches")


def healthy(folder: Path) -> Observed:
    """A batch with a quarantined record, a rejected batch, a file that was refused."""
    shop = Shop(1)
    batches = {PARTIAL: shop.files(orders=30, bad=1), REJECTED: shop.broken_files()}
    ledger = Ledger(folder)
    observed = Observed(
        dropped=[],
        withdrawn=set(),
        more_mails={},
        landing=[],
        archive=[],
        contents={},
        state={"lease": [{"pk": "lease", "fence": _FENCE}], "gate": [{"pk": "gate"}]},
        manifests={},
        verdicts={},
        changes={},
        executions=[],
        tables={name: [] for name in _TABLES},
        items={},
        queues={"landing": 0, "gate": 0},
        mails=[],
        running_tasks=[],
        refused=[],
    )
    for batch_id, files in batches.items():
        _add_batch(observed, ledger, batch_id, files)
    _add_refused(observed, ledger.note("landing/orders/note.txt", "v-note", b"note", _RECEIVED))
    _add_lake(observed, _judged(observed.dropped))
    return observed


def _judged(versions: list[Version]) -> OracleResult:
    return oracle([ReceivedFile(v.content, v.dataset, _RECEIVED) for v in versions if v.dataset])


def _add_batch(observed: Observed, ledger: Ledger, batch_id: str, files: Files) -> None:
    versions = [
        ledger.note(f"landing/{key}", f"v-{batch_id}-{number}", body, _RECEIVED)
        for number, (key, body) in enumerate(files.items())
    ]
    judged = _judged(versions)
    told = [_file(version, judged) for version in versions]
    verdict = "rejected" if all(f["verdict"] == "rejected" for f in told) else "partial"
    for version, file in zip(versions, told, strict=True):
        place = "invalid" if file["verdict"] == "rejected" else "processed"
        _archive(observed, version, f"archive/{place}/{batch_id}/", batch_id=batch_id)
        row = {"sk": f"{version.sha256}#{version.dataset}", "received_at": _RECEIVED.isoformat()}
        observed.state.setdefault("content", []).append(row)
        _add_receipt(observed, batch_id, file)
    totals = {name: sum(file[name] for file in told) for name in _COUNTS}
    observed.verdicts[batch_id] = {"verdict": verdict, "files": told, "totals": totals}
    named = [{"key": v.key, "version_id": v.version_id} for v in versions]
    observed.manifests[batch_id] = {"batch_id": batch_id, "files": named}
    outcome = {"validate_outcome": verdict}
    outcome |= {} if verdict == "rejected" else {"transform_outcome": "done"}
    done: Row = {"sk": batch_id, "state": "DONE", "run": 1, **outcome}
    observed.state.setdefault("batch", []).append(done)
    ended = {"status": "FAILED", "error": "DataRejected"}
    green = {"status": "SUCCEEDED"}
    observed.executions.append(
        {"name": f"{batch_id}-r1", "startDate": batch_id}
        | (ended if verdict == "rejected" else green)
    )
    observed.mails.append(
        Mail(f"order-pipeline: {verdict}, batch {batch_id}", _text(batch_id, told))
    )
    receipt = {"stored": totals["staged"], "superseded": 0, "identical": 0}
    history = {"batch_id": batch_id, "verdict": verdict, **totals, **receipt}
    history["in_rejected_files"] = history.pop("in_rejected_file")
    observed.tables["batches"].append(history)


def _text(batch_id: str, files: list[Row]) -> str:
    """What the mail says: everything is rejected, or records are."""
    rejected = [f"rejected: {file['name']} (…)" for file in files if file["verdict"] == "rejected"]
    if rejected:
        said = f"was rejected: {len(rejected)} of {len(files)} files rejected."
    else:
        said = "was accepted in part; 1 day changed.\n1 record quarantined; else all is counted."
    return "\n".join([f"Batch {batch_id} {said}", *rejected])


_COUNTS = ("records", "staged", "quarantined", "in_rejected_file")


def _file(version: Version, judged: OracleResult) -> Row:
    records, staged, quarantined = judged.counts[version.content]
    rejected = judged.verdicts[version.content] == "rejected"
    return {
        "name": version.key,
        "key": version.key,
        "version_id": version.version_id,
        "sha256": version.sha256,
        "dataset": version.dataset,
        "verdict": "rejected" if rejected else "partial" if quarantined else "accepted",
        **dict(zip(_COUNTS, (records, staged, quarantined), strict=False)),
        "in_rejected_file": records if rejected else 0,
    }


def _add_receipt(observed: Observed, batch_id: str, file: Row) -> None:
    row = {"file_sha256": file["sha256"], "dataset": file["dataset"], "file": file["name"]}
    counts = {name: file[name] for name in ("verdict", *_COUNTS)}
    receipt = {"stored": file["staged"], "superseded": 0, "identical": 0}
    observed.tables["received_files"].append(row | counts | receipt | {"batch_id": batch_id})


def _archive(observed: Observed, version: Version, folder: str, **more: Any) -> None:
    target = f"{folder}{version.version_id}/{version.key.removeprefix('landing/')}"
    where = {"key": version.key, "version_id": version.version_id}
    at = {"received_at": _RECEIVED.isoformat(timespec="seconds")}
    row = where | at | {"state": "ARCHIVED", "archived_to": target, **more}
    observed.state.setdefault("file", []).append(row)
    observed.dropped.append(version)
    observed.archive.append(StoredObject(target, "v1", version.content.stat().st_size, "etag"))
    observed.contents[target] = version.sha256


def _add_refused(observed: Observed, version: Version) -> None:
    _archive(observed, version, "archive/invalid/refused/", reason="its name")
    observed.mails.append(Mail("order-pipeline: 1 file refused", f"at {version.version_id}"))


def _add_lake(observed: Observed, result: OracleResult) -> None:
    for dataset, key in KEYS.items():
        whole = stored(result, dataset)
        observed.tables[dataset] = [{key: value, **row} for value, row in whole.items()]
    for mart, of_mart in marts(result).items():
        names = MART_KEYS[mart]
        observed.tables[mart] = [
            dict(zip(names, key, strict=True)) | row for key, row in of_mart.items()
        ]
    for (sha256, dataset), judged in result.judged.items():
        for number, record in {} if judged.rejected else judged.bad_records.items():
            told = {"raw": record.raw, "violations": [f"{code}: …" for code in record.codes]}
            place = {"file_sha256": sha256, "dataset": dataset, "record": number}
            observed.tables["quarantine"].append(place | told)
    stamp = {"batch_id": PARTIAL, "version": _FENCE, "updated_at": "2026-06-01T08:00:01.000000Z"}
    days = [{"order_date": day, **row, **stamp} for day, row in result.order_kpis.items()]
    categories = [
        {"category": category, "order_date": day, **row, **stamp}
        for (category, day), row in result.category_kpis.items()
    ]
    for name, rows in (("order_kpi_table", days), ("category_kpi_table", categories)):
        observed.tables[name] = rows
        observed.items[name] = [{**r, "order_date": r["order_date"].isoformat()} for r in rows]
    observed.changes[PARTIAL] = _changes(result)


def _changes(result: OracleResult) -> Row:
    """The one batch made all there is; decimals are text, as in the document."""
    days = [
        {
            "order_date": day.isoformat(),
            "before": None,
            "after": {n: str(v) for n, v in row.items()},
        }
        for day, row in result.order_kpis.items()
    ]
    categories = [
        {
            "category": category,
            "days": 1,
            "revenue_before": "0.00",
            "revenue_after": str(row["daily_revenue"]),
        }
        for (category, _), row in result.category_kpis.items()
    ]
    return {"batch_id": PARTIAL, "days": days, "categories": categories}
