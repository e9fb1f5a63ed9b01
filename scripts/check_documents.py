"""Run the shell blocks of the documents that are marked `<!-- run -->`, as they are written.

Each document's blocks run one after the other in one shell at the repository's root; the first
command that fails ends the check with its line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
BLOCK = re.compile(r"<!-- run -->\s*```(?:sh|bash|console)\n(.*?)```", re.DOTALL)


def shown_commands(text: str) -> list[str]:
    """The marked blocks of a document; a prompt `$ ` before a command is dropped."""
    return [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in BLOCK.findall(text)]


def main() -> int:
    """Run every marked block; 0 when all of them work."""
    for name in DOCUMENTS:
        path = ROOT / name
        blocks = shown_commands(path.read_text(encoding="utf-8")) if path.exists() else []
        script = "set -euxo pipefail\n" + "\n".join(blocks)
        if blocks and subprocess.run(["bash", "-c", script], cwd=ROOT, check=False).returncode:
            print(f"{name}: a shown command fails (the last one above)", file=sys.stderr)
            return 1
        print(f"{name}: {len(blocks)} blocks run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
