"""Find e-mail addresses, telephone numbers, cards, secrets and the like: redact them, drop the
example, or report it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import ClassVar, Literal

from dataprep.errors import DataprepError, did_you_mean
from dataprep.model import Example
from dataprep.steps.base import RulesStep, Ruling
from dataprep.steps.privacy.kinds import KINDS

ALL = sorted(KINDS)


class Privacy(RulesStep, name="privacy"):
    """Redact personal data and secrets in all texts, tool traffic too; or drop what holds them, or
    only report it.

    action: redact puts placeholders, the same for the same datum in a conversation (`[EMAIL_1]`);
        drop filters the example, and rejects.jsonl holds it as it was; report tags it with kinds
        and counts, never with the data.
    kinds: what to look for, all if not said: api_key, bank_card, business_code, email, iban,
        id_card, ip, jwt, passport, password, phone, plate, private_key.
    """

    action: Literal["redact", "drop", "report"] = "redact"
    kinds: list[str] = field(default_factory=ALL.copy)
    secret: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_kinds(self.kinds)
        from dataprep.steps.privacy.judging import JUDGES  # its patterns take a while to compile

        self._judge = JUDGES[self.action]
        self._kinds = [kind for kind in KINDS if kind in self.kinds]

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return a ruling for each kind of data found in the example."""
        return self._judge(self._kinds, example)

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages that tell numbers from telephone numbers and cards."""
        return ("phonenumbers", "python-stdnum")


def check_kinds(kinds: Sequence[str]) -> None:
    """Raise `DataprepError` for a kind that there is none of, and `ModuleNotFoundError` without the
    extra [privacy].
    """
    for kind in kinds:
        if kind not in KINDS:
            raise DataprepError(f"no kind '{kind}' of personal data{did_you_mean(kind, ALL)}")
    import phonenumbers  # noqa: F401
    import stdnum  # noqa: F401
