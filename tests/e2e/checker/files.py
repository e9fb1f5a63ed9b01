"""Landing and archive: every version that was dropped is archived once, as its verdict says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.e2e.checker.expected import Expected, content_of
from tests.e2e.observed import Observed

_PLACES = {
    "accepted": "processed",
    "partial": "processed",
    "skipped": "processed",
    "rejected": "invalid",
}


def landing_is_empty(observed: Observed, _: Expected) -> Iterator[str]:
    """No version is left there, current or not; the console's folders are none."""
    for stored in observed.landing:
        if stored.size or not stored.key.endswith("/"):
            yield f"{stored.key} ({stored.version_id}) is still in landing"


def each_version_has_its_row(observed: Observed, _: Expected) -> Iterator[str]:
    """Noted once, finished."""
    rows = observed.files
    noted = Counter((row["key"], row["version_id"]) for row in observed.state.get("file", []))
    yield from (f"{where} has {n} rows" for where, n in noted.items() if n > 1)
    for version in observed.dropped:
        state = rows.get((version.key, version.version_id), {}).get("state", "unknown")
        if state != "ARCHIVED":
            yield f"{version.key} ({version.version_id}) is {state}, not ARCHIVED"
    known = {(v.key, v.version_id) for v in observed.dropped} | observed.withdrawn
    yield from (f"nobody dropped {where}, which has a row" for where in rows.keys() - known)


def each_version_is_archived_once(observed: Observed, expected: Expected) -> Iterator[str]:
    """Its bytes lie where its verdict sends them, and nothing else lies in the archive.

    A content that came again is skipped, and that is processed.
    """
    lying = Counter(stored.key for stored in observed.archive)
    yield from (f"{key} has {n} versions in the archive" for key, n in lying.items() if n > 1)
    targets: Counter[str] = Counter()
    again, skipped = Counter(map(content_of, observed.dropped)), _skipped(observed)
    for version in observed.dropped:
        row = observed.files.get((version.key, version.version_id), {})
        target = str(row.get("archived_to", ""))
        targets[target] += 1
        if target not in lying:
            yield f"{version.key} ({version.version_id}) is not in the archive: {target!r}"
            continue
        if observed.contents[target] != version.sha256:
            yield f"{target} has not the bytes that were dropped as {version.key}"
        batch = row.get("batch_id", "refused")
        verdict = expected.verdicts.get(content_of(version), "rejected")
        if again[content_of(version)] > 1 and (version.key, version.version_id) in skipped:
            verdict = "skipped"
        place = "invalid" if batch == "refused" else _PLACES[verdict]
        if not target.startswith(f"archive/{place}/{batch}/"):
            yield f"{version.key} is {verdict}, but lies at {target}"
    yield from (f"{n} versions share {key}" for key, n in targets.items() if n > 1 and key)
    yield from (f"nobody dropped what lies at {key}" for key in lying.keys() - targets.keys())


def _skipped(observed: Observed) -> set[tuple[str, str]]:
    """The versions that their batches' verdicts skip."""
    return {
        (file["key"], file["version_id"])
        for verdict in observed.verdicts.values()
        for file in verdict["files"]
        if file["verdict"] == "skipped"
    }


def each_version_is_in_one_manifest(observed: Observed, _: Expected) -> Iterator[str]:
    """That of its row's batch."""
    found: dict[tuple[str, str], list[str]] = {}
    for batch_id, manifest in observed.manifests.items():
        for file in manifest["files"]:
            found.setdefault((file["key"], file["version_id"]), []).append(batch_id)
    for where, row in observed.files.items():
        batches = [row["batch_id"]] if "batch_id" in row else []
        if found.pop(where, []) != batches:
            yield f"{where} belongs to {batches}, but other manifests name it"
    yield from (f"{where} is in the manifests {ids} and has no row" for where, ids in found.items())
