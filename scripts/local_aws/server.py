"""The local AWS as a process: `python -m scripts.local_aws.server`, in the environment .venv-local.

All settings come from the environment, which `scripts/local_aws/stack.py` makes: `GATEWAY_PORT`,
`AUTH`, `MINISTACK_REGION`, `MINISTACK_ACCOUNT_ID`, `ORDERS_LOCAL_…`. Listens on 127.0.0.1 alone.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from scripts.local_aws.environment import ACCOUNT, REGION
from scripts.local_aws.names import check_names
from scripts.local_aws.ports import LOOPBACK
from scripts.local_aws.replaced import VERSION, ContractError

DEFAULTS = {
    "GATEWAY_PORT": "4566",
    "MINISTACK_REGION": REGION,
    "MINISTACK_ACCOUNT_ID": ACCOUNT,
    "IOT_MTLS_ENABLED": "0",
    "AUTH": "true",
}


def check_version() -> None:
    """Refuses an emulator whose functions may be others.

    Raises:
        ContractError: Another version is installed.
    """
    found = version("ministack")
    if found != VERSION:
        raise ContractError(f"MiniStack {found} is installed; our modules are for {VERSION}")


def install() -> None:
    """Brings the emulator's behaviour to that of AWS, module by module."""
    from scripts.local_aws import events, identity, read_back, tasks

    for part in (tasks, identity, events, read_back):
        part.install()


def main() -> None:
    """Serve until SIGTERM.

    Exits with 64 where the emulator is another one than ours.
    """
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ["BIND_HOST"] = LOOPBACK
    try:
        check_version()
        check_names()
        install()
    except ContractError as error:
        print(error, file=sys.stderr)
        raise SystemExit(64) from error
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
