"""An input file and how to read it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.sources import inputs
from dataprep.sources.encodings import AUTO

Columns = Mapping[str, str | list[str]]
"""Maps each role to a field name, a dotted path, or several of these whose texts are joined."""


NOTHING: Mapping[str, Any] = {}
STDIN = "-"


class Source(NamedTuple):
    """One input file and how to read it; without a format, the format of each record is detected.

    Standard input has the path "-" and lies in the file `spool`. `schema` is the text of a user's
    JSON Schema that every record must meet.
    """

    path: str
    format: str | None = None
    encoding: str = AUTO
    columns: Columns = NOTHING
    options: inputs.Options = NOTHING
    spool: str = ""
    schema: str = ""

    @property
    def file(self) -> str:
        """Return the path of the file to open."""
        return self.spool or self.path


def expand(pattern: str) -> list[str]:
    """Return the files that a path, a folder, a zip or a glob stands for; raises `DataprepError` if
    there are none.
    """
    paths = (
        sorted(glob(pattern, recursive=True))
        if any(sign in pattern for sign in "*?[")
        else [pattern]
    )
    if not paths and Path(pattern).exists():
        paths = [pattern]
    if not paths:
        raise DataprepError(f"{pattern}: no file has such a name")
    return [file for path in paths for file in inputs.files(path)]


def sources_of(
    patterns: Iterable[str],
    form: str | None = None,
    encoding: str = AUTO,
    columns: Columns = NOTHING,
    options: inputs.Options = NOTHING,
    spool: str = "",
) -> tuple[Source, ...]:
    """Return the files that the patterns match, each once; raises `DataprepError` if one cannot be
    opened.

    The pattern "-" stands for the file `spool`. An option applies to the files whose reader takes
    it.
    """
    if form and columns:
        raise DataprepError(
            "say the format or the columns, not both: columns make a shape of their own"
        )
    encoding = inputs.encoding_of(encoding)
    found = sorted(
        {
            path
            for pattern in patterns
            for path in ([pattern] if pattern == STDIN else expand(pattern))
        }
    )
    paths = list({os.path.realpath(path): path for path in found}.values())
    sources = [
        Source(path, form, encoding, columns, options, spool if path == STDIN else "")
        for path in paths
    ]
    if options:
        sources = [
            source._replace(options=own)
            for source, own in zip(sources, _own(sources, options), strict=True)
        ]
    for source in sources:
        inputs.check_input(source.file, encoding, source.options)
    return tuple(sources)


def _own(sources: list[Source], options: inputs.Options) -> list[inputs.Options]:
    """Return for each source the options that its reader has; all if one belongs to no reader."""
    known = [inputs.options_of(source.file) for source in sources]
    if not options.keys() <= {name for names in known for name in names}:
        return [options for _ in sources]  # so that opening the first says what there is instead
    return [{name: options[name] for name in options if name in names} for names in known]


def passed_over(patterns: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return for each folder and zip how many of its files are of no known kind, by their suffix,
    the most frequent first.
    """
    paths = {path for one in patterns for path in glob(one, recursive=True) or [one]}
    found = {}
    for path in sorted(paths):
        files = inputs.passed_over(path)
        kinds = Counter(Path(file).suffix.lower() or "without suffix" for file in files)
        if kinds:
            found[path] = dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))
    return found
