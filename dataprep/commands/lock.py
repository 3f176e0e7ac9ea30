"""The lock of a recipe, `NAME.lock.json`: hashes of its inputs and of its outputs.

It holds only what is the same on every machine: no times, no workers, and no paths but the
recipe's own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dataprep
from dataprep import schema
from dataprep.errors import DataError, DataprepError
from dataprep.llamafactory.rows.overlong import Cutoff, tokenizer_files
from dataprep.pipeline.plan import Plan
from dataprep.recipe import Run
from dataprep.sources import atomic, inputs, json_lines
from dataprep.sources.digest import digest_of
from dataprep.sources.outputs import LOCK, REJECTS, TAGS, split_file

LIBRARIES = (
    "chardet",
    "ftfy",
    "jsonschema",
    "jsonschema-rs",
    "numpy",
    "orjson",
    "pyarrow",
    "PyYAML",
    "rapidfuzz",
)
"""The packages whose version may change the output bytes."""
Document = Mapping[str, Any]
Digests = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Lock:
    """The lock of a recipe, and what it would hold for the present files."""

    recipe: Run
    cutoff: Cutoff | None

    @property
    def plan(self) -> Plan:
        """Return the data half of the recipe."""
        return self.recipe.plan

    @property
    def path(self) -> Path:
        """Return the path of the lock."""
        return Path(self.recipe.path).with_name(f"{self.recipe.name}{LOCK}")

    @property
    def state(self) -> str:
        """Return the hash of the lock file, "" if there is none."""
        return digest_of(self.path).blake2b if self.path.is_file() else ""

    @cached_property
    def held(self) -> Document:
        """Return the content of the lock; raises `DataprepError` if it is missing or invalid."""
        again = "prepare without --locked to write it"
        if not self.path.is_file():
            raise DataprepError(f"{self.path}: no such file; {again}")
        try:
            value: Document = json.loads(self.path.read_bytes())
        except ValueError as error:
            raise DataprepError(f"{self.path}: is not JSON: {error}; {again} anew") from None
        for problem in schema.problems("lock", value):
            raise DataprepError(f"{self.path}: {problem}; {again} anew")
        return value

    def check_inputs(self) -> None:
        """Raise `DataprepError` with each input that differs from the lock."""
        differing = list(_differing(self._inputs(), self.held["inputs"]))
        if self._recipe() != self.held["recipe"]:
            differing.append(f"{self.recipe.path}: its data half is changed")
        if differing:
            raise DataprepError(
                _listed(f"{self.path}: not what was locked goes in, so nothing was done", differing)
            )

    def check_outputs(self, made: Document) -> None:
        """Raise `DataError` with each output that differs from the lock."""
        if differing := list(_differing(made["outputs"], self.held["outputs"])):
            differing += _other_versions(made, self.held)
            raise DataError(
                _listed(f"{self.path}: not what was locked comes out, and the data stay", differing)
            )

    def made(self, folder: Path) -> Document:
        """Return the lock of a run that wrote to this folder."""
        return {
            "dataprep": dataprep.__version__,
            "libraries": self._libraries(),
            "recipe": self._recipe(),
            "inputs": self._inputs(),
            "outputs": self._outputs(folder),
        }

    def write(self, made: Document) -> None:
        """Write the lock of a run, unless the present one differs in versions only."""
        if not self._holds(made):
            atomic.replace_text(self.path, json_lines.to_json(made).decode())

    def _holds(self, made: Document) -> bool:
        with suppress(DataprepError):
            return all(self.held[name] == made[name] for name in ("recipe", "inputs", "outputs"))
        return False

    def _recipe(self) -> str:
        """Return the hash of the data half, and of what the training half decides about long
        examples.
        """
        decided = [self.recipe.data, self.cutoff.arguments if self.cutoff else ""]
        return blake2b(json.dumps(decided, sort_keys=True).encode(), digest_size=16).hexdigest()

    def _inputs(self) -> Digests:
        read = (*self.plan.sources, *self.plan.known)
        paths = {file: Path(file) for source in read for file in inputs.on_disk(source.path)}
        paths |= {file: Path(file) for file in self.plan.beside}
        paths |= {file: Path(file) for file in self.recipe.schemas} | (
            tokenizer_files(self.cutoff) if self.cutoff else {}
        )
        digests = {name: digest_of(path) for name, path in sorted(paths.items())}
        return {name: {"blake2b": one.blake2b, "bytes": one.size} for name, one in digests.items()}

    def _outputs(self, folder: Path) -> Digests:
        """Return the digests of the outputs; the lineage and the report follow from these."""
        names = sorted([*map(split_file, self.recipe.splits), REJECTS, TAGS])
        digests = {name: digest_of(folder / name) for name in names if (folder / name).is_file()}
        return {name: {"blake2b": one.blake2b, "rows": one.lines} for name, one in digests.items()}

    def _libraries(self) -> dict[str, str]:
        used = [*LIBRARIES, *(["tokenizers"] if self.cutoff else [])]
        used += [package for step in self.plan.built for package in step.packages]
        for source in (*self.plan.sources, *self.plan.known):
            used += filter(None, [inputs.package_of(source.path)])
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return {
            "python": python,
            **{name: version(name) for name in sorted(set(used), key=str.lower)},
        }


def _differing(now: Digests, then: Digests) -> Iterator[str]:
    for name in sorted(now.keys() | then.keys()):
        if name not in then:
            yield f"{name}: is new"
        elif name not in now:
            yield f"{name}: is gone"
        elif now[name] != then[name]:
            sizes = f"{_size(then[name])} were locked, {_size(now[name])} are there"
            yield f"{name}: is changed" + (
                f", {sizes}" if _size(now[name]) != _size(then[name]) else ""
            )


def _size(digest: Mapping[str, Any]) -> str:
    return next(f"{digest[unit]:,} {unit}" for unit in ("rows", "bytes") if unit in digest)


def _other_versions(made: Document, held: Document) -> Iterator[str]:
    """Yield the versions that differ from those in the lock; they may explain other bytes."""
    now, then = ({"dataprep": each["dataprep"], **each["libraries"]} for each in (made, held))
    for name in now:
        if then.get(name) != now[name]:
            yield f"{name} {then.get(name, 'none')} was used, {now[name]} is here"


def _listed(what: str, which: list[str]) -> str:
    return "\n".join([what, *(f"  {each}" for each in which)])
