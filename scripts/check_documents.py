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
BLOCK = r"<!-- {mark} -->\s*```(?:sh|bash|console)?\n(.*?)```"


def shown_commands(text: str, mark: str = "run") -> list[str]:
    """The blocks of a document with a mark; a prompt `$ ` before a command is dropped."""
    blocks = re.findall(BLOCK.format(mark=mark), text, re.DOTALL)
    return [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks]


def lines_of(block: str) -> list[str]:
    """A block's commands as one types them, without remarks."""
    lines = block.replace("\\\n", " ").splitlines()
    told = [re.sub(r"(^|\s)# .*", "", line).split() for line in lines]
    return [" ".join(words) for words in told if words]


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
