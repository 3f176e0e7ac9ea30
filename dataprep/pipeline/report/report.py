"""What happened, counted: as a table for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dataprep.errors import DataError
from dataprep.pipeline.report.certificate import Certificate
from dataprep.pipeline.report.samples import Samples
from dataprep.steps.base import Joined
from dataprep.steps.quality.verdicts import Verdicts

Count = Counter[tuple[str, str]]
OUT = {"rejected": "rejected", "filtered": "filtered", "duplicate": "duplicates"}
"""The ways out, as a record's fate and as the word for all of them."""
SAMPLED = {"changed": "changed", "filtered": "filtered", "duplicate": "duplicates"}
"""What steps do to examples, and the word for it in reports."""


@dataclass
class Report:
    """Counts of records by kind and name: "in" by file, "split" by name, the ways out by reason,
    and more beside.

    "format" and "encoding" (of others than UTF-8) count what records were read as, "repaired" and
    "changed" what repairs and cleaning rules changed, "tagged" the tags of examples that
    stay, "unread" the fields that no format reads, "held" the formats that would hold what the
    written one cannot, "against" and "not compared" the records of other sets, or items of
    evaluation sets, and why some are no examples. "added" counts what there is more than records
    that came in: parts but the first of a conversation, rows that are written again. `joined` says
    what a split kept together, `samples` has the first places of what was changed and of what left,
    and `certificate` says that a split leaks nothing. `verdicts` are those of preference pairs and
    labels that stay.
    """

    counts: Count = field(default_factory=Counter)
    joined: Joined = field(default_factory=Joined)
    samples: Samples = field(default_factory=Samples)
    certificate: Certificate | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)

    def add(self, counts: Count) -> None:
        """Add the counts of one shard."""
        self.counts.update(counts)

    def count_known(self, counts: Count) -> None:
        """Add the counts of a shard of another set, which is only compared with."""
        for (kind, name), count in counts.items():
            if kind == "in":
                self.counts["against", name] += count
            elif kind in OUT:
                self.counts["not compared", name] += count

    def note_sets(self, sizes: Mapping[str, int]) -> None:
        """Note with how many items of each of other sets the examples were compared."""
        for name, size in sizes.items():
            self.counts["against", name] = size

    def of(self, kind: str) -> dict[str, int]:
        """Return the counts of one kind by name, the most frequent first."""
        found = {name: count for (its, name), count in self.counts.items() if its == kind and count}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def total(self, kind: str) -> int:
        """Return how many records of one kind there are."""
        return sum(self.of(kind).values())

    def table(self, splits: Iterable[str]) -> dict[str, int]:
        """Return in, each split, and each way out with their counts: the first is the sum of the
        others.

        Where one record became several rows, `added` stands beside `in`, and the two are that sum.
        """
        kept = {name: self.counts["split", name] for name in splits}
        added = {"added": self.total("added")} if self.total("added") else {}
        return {
            "in": self.total("in"),
            **added,
            **kept,
            **{word: self.total(fate) for fate, word in OUT.items()},
        }

    def check(self, splits: Iterable[str]) -> None:
        """Raise `DataError` where a split is empty, and fail loudly should a record be lost, which
        is our fault.
        """
        table = self.table(splits)
        total = table.pop("in") + table.pop("added", 0)
        assert total == sum(table.values()), f"{total} records in, {table} out: please report this"
        for name in splits:
            if not table[name]:
                place = f" for {name}" if len(table) > len(OUT) + 1 or name != "train" else ""
                raise DataError(f"no example is left{place}: {self._why(table)}")

    def _why(self, table: Mapping[str, int]) -> str:
        together = (
            f"; {self.joined.largest:,} are kept together, for they are alike"
            if self.joined.clusters
            else ""
        )
        if "train" not in table:
            return f"ask for fewer folds{together}"
        if table["train"]:
            return f"ask for a larger fraction, or leave it out{together}"
        if self.total("split"):
            return f"all went to val and test; ask for less{together}"
        reasons = [f"{reason} ({count})" for fate in OUT for reason, count in self.of(fate).items()]
        told = (
            "; `dataprep validate` names each record that is rejected"
            if self.total("rejected")
            else ""
        )
        return f"{', '.join(reasons)}{told}" if reasons else "the files hold no records"

    def as_json(self, splits: Iterable[str]) -> dict[str, Any]:
        """Return all counts as one JSON object; nothing in it changes from run to run."""
        kinds = {
            "inputs": "in",
            "formats": "format",
            "encodings": "encoding",
            "repaired": "repaired",
            "changed": "changed",
            "tagged": "tagged",
            "unread_fields": "unread",
            "held_by": "held",
            "against": "against",
            "not_compared": "not compared",
        }
        more = {word: dict(sorted(self.of(kind).items())) for word, kind in kinds.items()}
        told = {
            "records": self.table(splits),
            "reasons": {OUT[fate]: self.of(fate) for fate in OUT},
            **more,
        }
        told["samples"] = {word: self.samples.as_json(kind) for kind, word in SAMPLED.items()}
        if self.verdicts:
            told["verdicts"] = self.verdicts.as_json()
        if self.certificate:
            told |= {"joined": self.joined._asdict(), "certificate": self.certificate.as_json()}
        return told

    def as_text(self, splits: Iterable[str], kept: str = "train", form: str = "") -> str:
        """Return the table with the reasons beside it, and what was changed and passed over below
        it.

        `kept` replaces the word train if there is only one file. `form` is the format that was
        written; it is shown if it differs from the formats that were read.
        """
        table = {
            kept if name == "train" else name: count for name, count in self.table(splits).items()
        }
        width = len(f"{table['in']:,}")
        reasons = {
            OUT[fate]: " · ".join(f"{name} {count:,}" for name, count in self.of(fate).items())
            for fate in OUT
        }
        reasons["added"] = " · ".join(
            f"{name} {count:,}" for name, count in self.of("added").items()
        )
        lines = [
            f"  {name:<10}  {count:>{width},}  {reasons.get(name, '')}".rstrip()
            for name, count in table.items()
        ]
        for kind, words in {
            "format": "read as",
            "encoding": "encodings",
            "repaired": "repaired",
            "changed": "cleaned",
            "tagged": "tagged",
            "unread": "fields not read",
            "held": "other formats would hold",
            "against": "compared with",
            "not compared": "of these no examples",
        }.items():
            if found := self.of(kind):
                lines.append(
                    f"  {words}: "
                    + " · ".join(f"{name} {count:,}" for name, count in found.items())
                )
            if kind == "format" and form and [*found] != [form]:
                lines.append(f"  written as: {form}")
        return "\n".join(
            [*lines, *(self.verdicts.lines() if self.verdicts else ()), *self._about_splits()]
        )

    def _about_splits(self) -> Iterator[str]:
        """Yield what a split kept together, and what proves that it leaks nothing."""
        if self.joined.clusters:
            clusters, examples, largest = self.joined
            what = "1 cluster" if clusters == 1 else f"{clusters:,} clusters"
            yield f"  joined: {what} of {examples:,} examples, the largest of {largest:,}"
        if self.certificate:
            yield f"  {self.certificate.sentence()}"
