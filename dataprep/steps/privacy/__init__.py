"""Find e-mail addresses, telephone numbers, cards, secrets and the like: redact them, drop the
example, or say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from dataprep.errors import DataprepError, did_you_mean
from dataprep.steps import Judges
from dataprep.steps.privacy.kinds import KINDS

OVER = "examples"
PACKAGES = ("phonenumbers", "python-stdnum")
SECRET = True
ALL = sorted(KINDS)


def privacy(
    *, action: Literal["redact", "drop", "report"] = "redact", kinds: list[str] = ALL
) -> Judges:
    """Redact personal data and secrets in all texts, tool traffic too; or drop what holds them, or
    only report it.

    action: redact puts placeholders, the same for the same datum in a conversation (`[EMAIL_1]`);
        drop filters the example, and rejects.jsonl holds it as it was; report tags it with kinds
        and counts, never with the data.
    kinds: what to look for, all if not said: api_key, bank_card, business_code, email, iban,
        id_card, ip, jwt, passport, password, phone, plate, private_key.
    """
    check_kinds(kinds)
    from dataprep.steps.privacy.judging import judges

    return judges(action, [kind for kind in KINDS if kind in kinds])


def check_kinds(kinds: Sequence[str]) -> None:
    """Raise `DataprepError` for a kind that there is none of, and `ModuleNotFoundError` without the
    extra [privacy].
    """
    for kind in kinds:
        if kind not in KINDS:
            raise DataprepError(f"no kind '{kind}' of personal data{did_you_mean(kind, ALL)}")
    import phonenumbers  # noqa: F401
    import stdnum  # noqa: F401
