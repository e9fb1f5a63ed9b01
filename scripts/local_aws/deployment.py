"""The Terraform of production, applied to a local AWS; only variables differ.

The sources are linked into a folder of the deployment's own, which holds its state and variables
too. So nothing that a user keeps in terraform/ for a real account (backend.tf, terraform.tfvars,
image.auto.tfvars.json, the state) is read or written, and `scripts/terraform.sh` works on the local
deployment wherever ORDERS_TERRAFORM names that folder.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from scripts.local_aws.asked import UNNAMED
from scripts.local_aws.changes import Change, changes_of
from scripts.local_aws.environment import REGION, ROOT, neutral
from scripts.local_aws.errors import DeploymentError, NotDeployedError
from scripts.local_aws.progress import Progress
from scripts.local_aws.running import interrupt

SAME = ("step_functions", "spark_jobs", "build")
"""What the sources name beside their own folder."""
NOT_OURS = {"backend.tf", "override.tf"}
VARIABLES: Mapping[str, Any] = {
    "region": REGION,
    "alert_email": "nobody@example.com",
    "network": "public",
    "max_retries": 5,
    "deletion_protection": False,
    "empty_on_destroy": True,
}
"""What differs from production: no account to protect, and no endpoint costs anything here."""
PARALLEL = 30
"""Most of an apply is waiting, and nobody throttles here."""
Variable = str | int | float | bool | Mapping[str, str]


class Aws(Protocol):
    """Where a deployment goes."""

    folder: Path

    @property
    def credentials(self) -> Mapping[str, str]:
        """The environment of an administrator."""


class Deployment:
    """One deployment in a local AWS.

    Args:
        environment: Prefix of its names; several stand side by side.
        variables: Of Terraform, more than VARIABLES or in place of them.
    """

    def __init__(
        self,
        stack: Aws,
        *,
        environment: str = "",
        variables: Mapping[str, Variable] | None = None,
    ) -> None:
        self._stack = stack
        self.environment = environment
        self.folder = stack.folder / "deployments" / (environment or UNNAMED)
        self.root = self.folder / "terraform"
        """Links to the sources, variables, state: what ORDERS_TERRAFORM names."""
        self.log = self.folder / "terraform.log"
        self.variables: Mapping[str, Variable] = {
            **VARIABLES,
            **(variables or {}),
            "environment": environment,
        }

    @property
    def is_complete(self) -> bool:
        """Whether the last apply came to its end."""
        return self._applied.exists()

    @property
    def is_applied(self) -> bool:
        """Whether nothing has changed since: sources, variables, Lambdas, images."""
        return self._applied.exists() and self._applied.read_text("utf-8") == self._fingerprint()

    def apply(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Makes everything, or brings it up to date.

        Raises:
            DeploymentError: It failed; what was made is in the state, and apply goes on from there.
        """
        self._initialise()
        self._applied.unlink(missing_ok=True)
        self._flood("apply", say)
        self._outputs_file.write_text(self._text("output", "-json"), encoding="utf-8")
        self._applied.write_text(self._fingerprint(), encoding="utf-8")

    def plan_changes(self) -> list[Change]:
        """What another apply would change: nothing, after an apply."""
        self._initialise()
        plan = self.folder / "changes.tfplan"
        self._text("plan", "-input=false", f"-parallelism={PARALLEL}", f"-out={plan}")
        return changes_of(json.loads(self._text("show", "-json", str(plan))))

    def destroy(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Takes everything away that Terraform made."""
        self._initialise()
        self._applied.unlink(missing_ok=True)
        self._flood("destroy", say)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What Terraform tells of what it made, as of the last apply."""
        if not self._outputs_file.exists():
            name = f" of {self.environment!r}" if self.environment else ""
            raise NotDeployedError(f"nothing{name} is deployed yet: `make local-up` does it")
        told = json.loads(self._outputs_file.read_text(encoding="utf-8"))
        return {name: output["value"] for name, output in told.items()}

    @property
    def _applied(self) -> Path:
        return self.folder / "applied.json"

    @property
    def _outputs_file(self) -> Path:
        return self.folder / "outputs.json"

    def _environment(self) -> dict[str, str]:
        """Credentials of the local AWS in place of the user's.

        Raises:
            DeploymentError: They are not those of this machine.
        """
        given = self._stack.credentials
        where = urlsplit(given.get("AWS_ENDPOINT_URL", ""))
        if where.hostname != "127.0.0.1" or given.get(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
        ) not in {
            None,
            "false",
        }:
            raise DeploymentError(f"{where.geturl() or 'AWS'} is not this machine: nothing is done")
        own = {"TF_IN_AUTOMATION": "true", "TF_INPUT": "false"}
        return neutral() | dict(given) | own

    def _link(self) -> None:
        """Makes the folder anew from the sources; state and variables stay."""
        self.root.mkdir(parents=True, exist_ok=True)
        sources = ROOT / "terraform"
        links = {self.folder / name: ROOT / name for name in SAME}
        links |= {self.root / path.name: path for path in sources.glob("*.tf") if _is_source(path)}
        links[self.root / "queries"] = sources / "queries"
        for old in (*self.folder.iterdir(), *self.root.iterdir()):
            if old.is_symlink() and old not in links:
                old.unlink()
        for link, target in links.items():
            if not link.is_symlink():
                link.symlink_to(target)
        text = json.dumps(self.variables, indent=2, sort_keys=True)
        (self.root / "local.auto.tfvars.json").write_text(text + "\n", encoding="utf-8")

    def _initialise(self) -> None:
        self._link()
        ready = self.root / ".terraform" / "ready"
        pinned = (ROOT / "terraform" / "versions.tf").read_text(encoding="utf-8")
        if not ready.exists() or ready.read_text(encoding="utf-8") != pinned:
            self._text("init", "-input=false")
            ready.write_text(pinned, encoding="utf-8")

    def _fingerprint(self) -> str:
        """What the deployment is made from: changed, it must be applied again."""
        digest = hashlib.sha256(json.dumps(self.variables, sort_keys=True).encode())
        files = [ROOT / "step_functions/pipeline.asl.json", ROOT / "spark_jobs/__init__.py"]
        files += self.root.glob("*.auto.tfvars.json")
        for pattern in ("terraform/*.tf", "terraform/queries/*.sql", "build/lambdas/*.zip"):
            files += ROOT.glob(pattern)
        for path in sorted(files):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(ROOT / "scripts" / "terraform.sh"), f"-chdir={self.root}", *arguments]

    def _text(self, *arguments: str) -> str:
        """What Terraform answers."""
        made = subprocess.run(
            self._command(arguments),
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ terraform {' '.join(arguments)}\n{made.stderr}")
        if made.returncode:
            raise DeploymentError(
                f"terraform {arguments[0]} failed: {made.stderr.strip() or made.stdout.strip()}\n"
                f"(its log: {self.log})"
            )
        return made.stdout

    def _flood(self, verb: str, say: Callable[[str], None]) -> None:
        """Runs a long command: its flood goes to the log, what matters to `say`."""
        arguments = (verb, "-json", "-auto-approve", "-input=false", f"-parallelism={PARALLEL}")
        progress = Progress(say)
        with (
            self.log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                self._command(arguments),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,  # a terminal's Ctrl-C would end its provider before its state
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101
            try:
                for line in process.stdout:
                    log.write(line)
                    progress.take(line)
            except KeyboardInterrupt:
                say("waiting for Terraform to write down what it has done")
                interrupt(process)
                raise
        if process.returncode:
            raise DeploymentError(
                f"terraform {verb} failed:\n{progress.errors or '(no error was told)'}\n"
                f"(its log: {self.log})"
            )


def _is_source(path: Path) -> bool:
    return path.name not in NOT_OURS and not path.name.endswith("_override.tf")
