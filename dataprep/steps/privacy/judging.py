"""What becomes of an example that holds personal data or secrets: redacted, dropped, or told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dataprep.model import Drop, Example, Tag, texts
from dataprep.steps.privacy.find import find
from dataprep.steps.privacy.placeholders import Placeholders, is_clean, rewritten

Judge = Callable[[Example], Example | Drop | Tag]


def judges(action: str, kinds: Sequence[str]) -> dict[str, Judge]:
    """Return a judge for each of these kinds, which is to "redact" it, to "drop" what holds it, or
    to "report" it.
    """
    look = _Look(kinds)
    act = {"redact": _redact, "drop": _drop, "report": _report}[action]
    return {f"{_words(kind)} redacted": _judge(act, look, kind) for kind in kinds}


def _judge(act: Act, look: _Look, kind: str) -> Judge:
    """Return what acts on one kind, and is done at once with an example that was seen to hold
    nothing.
    """

    def judge(example: Example) -> Example | Drop | Tag:
        nothing = example is look.example and not look.places
        return example if nothing else act(look, kind, example)

    return judge


class _Look:
    """What one example holds, found once for all judges that are asked about it one after another."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.kinds = kinds
        self.example: Example | None = None
        self.places: dict[str, list[str]] = {}
        self.placeholders = Placeholders()

    def at(self, example: Example) -> Mapping[str, list[str]]:
        """Return for each kind the names of the texts that a datum of it stands in, one for each
        datum.
        """
        if example is not self.example:
            self.see(example)
            if self.places:
                self.placeholders = Placeholders(text for _, text in texts(example))
        return self.places

    def see(self, example: Example) -> None:
        """Look at an example anew, as the same conversation as before."""
        self.example, self.places = example, {}
        if is_clean(example):
            return
        for name, text in texts(example):
            for found in find(text, self.kinds):
                self.places.setdefault(found.kind, []).append(name)


Act = Callable[[_Look, str, Example], Example | Drop | Tag]


def _redact(look: _Look, kind: str, example: Example) -> Example | Drop:
    """Put placeholders for one kind, and for those before it whose neighbours had hidden them."""
    if kind not in look.at(example):
        return example
    so_far = look.kinds[: look.kinds.index(kind) + 1]
    redacted = rewritten(example, lambda text: look.placeholders.put(text, so_far))
    if isinstance(redacted, Example):
        look.see(redacted)
    return redacted


def _drop(look: _Look, kind: str, example: Example) -> Example | Drop:
    places = look.at(example).get(kind)
    return Drop(f"private: {_words(kind)}", _told(places)) if places else example


def _report(look: _Look, kind: str, example: Example) -> Example | Tag:
    places = look.at(example).get(kind)
    return Tag(example, f"private: {_words(kind)}", _told(places)) if places else example


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _told(places: Sequence[str]) -> str:
    """Say how many there are and where, and nothing of what they are."""
    return f"{len(places)} in {', '.join(dict.fromkeys(places))}"
