"""Files of one shape in one folder: header, records, defects, sizes."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from spark_jobs.facts.words import Dataset
from spark_jobs.generate.defects import DEFECTS
from spark_jobs.generate.options import FilePlan, GenerateOptions
from spark_jobs.generate.planter import Planter, judge
from spark_jobs.generate.shapes import SHAPES
from spark_jobs.generate.text import Text

Progress = Callable[[int, int], None]
"""Called with the orders written so far, and all orders."""


class Output:
    """The files of one batch; `files` tells what has been written.

    Args:
        out: Folder generated into; paths in `files` are relative to it.
        folder: The batch's folder inside it, or empty.
        number: The batch's number: the same defects fall on other records in each.
    """

    def __init__(self, out: Path, folder: str, options: GenerateOptions, number: int = 0) -> None:
        self.files: list[FilePlan] = []
        self._out, self._folder = out, folder
        self._headers = SHAPES[options.shape].headers
        self._planters = {
            dataset: Planter(
                options.dirty,
                DEFECTS[options.shape][dataset],
                self._headers[dataset],
                (options.seed, number, place),
            )
            for place, dataset in enumerate(Dataset)
        }

    def header(self, dataset: Dataset) -> tuple[str, ...]:
        """The columns of the dataset, in the order in which they are written."""
        return self._headers[dataset]

    def write(self, dataset: Dataset, name: str, blocks: Iterable[Sequence[Text]]) -> FilePlan:
        """A file of these columns, block by block, with its share of defects."""
        file = self._planned(dataset, name)
        planter = self._planters[dataset]
        with self._path(file).open("wb") as sink:
            sink.write((",".join(self.header(dataset)) + "\n").encode())
            for columns in blocks:
                for piece in planter.plant(columns, file):
                    sink.write(piece)
            file.bytes = sink.tell()
        judge(file)
        return file

    def write_raw(self, dataset: Dataset, name: str, content: bytes) -> FilePlan:
        """A small file of these very bytes; the caller says what they are."""
        file = self._planned(dataset, name)
        self._path(file).write_bytes(content)
        file.bytes = len(content)
        return file

    def _planned(self, dataset: Dataset, name: str) -> FilePlan:
        parts = [part for part in (self._folder, dataset.value, name) if part]
        file = FilePlan(path="/".join(parts), dataset=dataset.value)
        self.files.append(file)
        return file

    def _path(self, file: FilePlan) -> Path:
        path = self._out / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
