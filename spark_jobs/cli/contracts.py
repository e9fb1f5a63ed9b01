"""`orders contracts`: the facts about the data, listed, checked, begun, shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spark_jobs.cli.console import counted, reader_may_leave
from spark_jobs.cli.helping import Commands
from spark_jobs.cli.options import Contracts, Format, OutputFormat, settings_of
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.exits import Exit

app = Commands(help="The contracts: what each source shape's files must look like.")

From = Annotated[
    list[Path],
    typer.Option("--from", metavar="FILE...", help="CSV files of the shape; one of each dataset."),
]
More = Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", show_default=False)]
Name = Annotated[str, typer.Option("--name", help="The shape's name, the contract's id.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write it; standard output by default."),
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE|DIR...]", help="Contracts or folders of them.", show_default=False
    ),
]
Shape = Annotated[str, typer.Argument(metavar="SHAPE", help="A shape's name; see `list`.")]


@app.command(name="list")
def list_shapes(contracts: Contracts = None, output: OutputFormat = Format.TABLE) -> None:
    """The shapes that are recognised, with their datasets and files.

    Examples:
      orders contracts list
      orders contracts list --contracts my-contracts --format json
    """
    from spark_jobs.cli.output import write_rows
    from spark_jobs.contracts.load import load_contracts

    rows = [
        (
            contract.shape,
            contract.version,
            list(contract.datasets),
            contract.time_zone,
            contract.origin,
        )
        for contract in load_contracts(settings_of(contracts=contracts).contracts)
    ]
    with reader_may_leave():
        write_rows(("shape", "version", "datasets", "time_zone", "file"), sorted(rows), output)


@app.command()
def lint(paths: Paths = None, contracts: Contracts = None) -> int:
    """Check contracts: every complaint with file, line and cure.

    Without an argument: those of --contracts, else the bundled ones.

    Examples:
      orders contracts lint my-contracts
      orders contracts lint my-contracts/webshop.yaml

    Exit codes: 0 all can be used, 64 there are complaints.
    """
    from spark_jobs.contracts.files import bundled, contract_files
    from spark_jobs.contracts.lint import lint as lint_file
    from spark_jobs.contracts.lint import lint_folder

    folder = settings_of(contracts=contracts).contracts
    given = paths or ([folder] if folder else list(bundled()))
    complaints, checked = [], 0
    for path in given:
        if not path.exists():
            raise UsageError("there is no such file or folder", where=str(path))
        complaints += lint_folder(path) if path.is_dir() else lint_file(path)
        checked += len(contract_files(path)) if path.is_dir() else 1
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        return Exit.USAGE
    print(f"{counted(checked, 'contract')} can be used")
    return Exit.DONE


@app.command()
def new(from_files: From, more: More = None, name: Name = "my-shop", out: Out = None) -> None:
    """Begin a contract, guessed from CSV files, with comments on what to decide.

    Examples:
      orders contracts new --from orders.csv order_items.csv products.csv --name webshop
      orders contracts new --from orders.csv --name webshop --out my-contracts/webshop.yaml
    """
    from spark_jobs.contracts.scaffold import scaffold

    text = scaffold([*from_files, *(more or [])], name)
    if out is None:
        with reader_may_leave():
            sys.stdout.write(text)
        return
    if out.exists():
        raise UsageError("there is a file already", where=str(out), cure="name another with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(
        f"Written to {out}. Look at every `decide:` and `TODO`, then: orders contracts lint {out}"
    )


@app.command()
def show(shape: Shape, contracts: Contracts = None) -> None:
    """One contract as a page for people, in Markdown.

    Examples:
      orders contracts show thelook
      orders contracts show basic > docs/basic.md
    """
    from spark_jobs.contracts.document import document
    from spark_jobs.contracts.load import load_contracts

    known = {
        each.shape: each for each in load_contracts(settings_of(contracts=contracts).contracts)
    }
    if shape not in known:
        cure = f"known are {', '.join(sorted(known))}"
        raise UsageError(f"no contract is called {shape!r}", cure=cure)
    with reader_may_leave():
        sys.stdout.write(document(known[shape]))
