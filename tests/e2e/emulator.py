"""Settings of the emulator that no AWS has."""

from __future__ import annotations

import json
import urllib.request


def scale_waits(url: str, scale: float) -> None:
    """Makes the waits and retry intervals of all state machines this part of what they say.

    Args:
        url: Where the emulator answers.
    """
    body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": scale}).encode()
    request = urllib.request.Request(f"{url}/_ministack/config", data=body, method="POST")  # noqa: S310
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=10) as answer:
        applied = json.load(answer)["applied"]
    assert applied, "the emulator does not know this setting any more"
