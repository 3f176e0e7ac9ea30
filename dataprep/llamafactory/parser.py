"""Ask LLaMA-Factory's own parser what it has against a run's arguments; needs the [train] extra."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """What the parser says, the key that it means, "" where it names none, and whether only this
    machine is meant.
    """

    key: str
    message: str
    here_only: bool = False


TRAINER = ("train", "predict")
"""The stages that `llamafactory-cli train` carries out."""
_NEEDS_GPU = ("bf16", "pure_bf16", "tf32", "fp8")
_LAUNCH = ("FORCE_TORCHRUN", "Please launch distributed training")
"""What the parser says of how it was started, which `llamafactory-cli` sees to."""

_FAULTS = (ValueError, TypeError, AssertionError, KeyError, AttributeError, OSError, RuntimeError)


def is_installed() -> bool:
    """Tell whether LLaMA-Factory is here; nothing is imported for it."""
    return find_spec("llamafactory") is not None


def refusals(stage: str, arguments: Mapping[str, Any]) -> Iterator[Refusal]:
    """Yield what the parser refuses of the arguments of a stage.

    It tells one fault at a time; each key that it names is taken out, and it is asked again. What
    needs a GPU is taken out too where there is none, and told as meant for this machine only.
    """
    import torch

    left = dict(arguments)
    if left.get("flash_attn") == "fa2" and find_spec("flash_attn") is None:
        yield Refusal(
            "flash_attn",
            "fa2 needs the package flash-attn: without it attention is plain and slower",
            True,
        )
    if not torch.cuda.is_available() and not left.get("use_cpu"):
        for key in filter(left.get, _NEEDS_GPU):
            del left[key]
            yield Refusal(
                key, "needs a GPU, and there is none here; on a CPU say it off: bf16=false", True
            )
    while refusal := _ask(stage, left):
        yield refusal
        if left.pop(refusal.key, None) is None:
            return


def _ask(stage: str, arguments: Mapping[str, Any]) -> Refusal | None:
    """Return the first thing that the parser refuses, None where it takes the arguments."""
    from llamafactory.hparams import get_infer_args, get_train_args

    try:
        with _silence():
            (get_train_args if stage in TRAINER else get_infer_args)(dict(arguments))
    except ImportError as error:
        lacking = str(getattr(error, "name", "") or error)
        return Refusal(
            _key_of_package(lacking, arguments),
            f"needs a package that is not here: {_line(error)}",
            True,
        )
    except _FAULTS as error:
        message = _line(error)
        if any(words in message for words in _LAUNCH):
            return None
        return Refusal(_named(message, arguments), f"LLaMA-Factory refuses it: {message}")
    return None


@contextmanager
def _silence() -> Iterator[None]:
    """Let the parser log and warn nothing, and leave logging as it was."""
    before, verbosity = logging.root.manager.disable, os.environ.get("LLAMAFACTORY_VERBOSITY")
    os.environ["LLAMAFACTORY_VERBOSITY"] = "ERROR"
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        os.environ.pop("LLAMAFACTORY_VERBOSITY")
        if verbosity is not None:
            os.environ["LLAMAFACTORY_VERBOSITY"] = verbosity


def _line(error: BaseException) -> str:
    """Return an error's words in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _named(message: str, arguments: Mapping[str, Any]) -> str:
    """Return the argument that a message names: first in quotes, then as a word, last by its value."""
    quoted = re.findall(r"[`'](\w+)[`']", message)
    words = re.findall(r"\w+", message)
    by_value = {value: key for key, value in arguments.items() if isinstance(value, str)}
    named = [word for word in [*quoted, *words] if word in arguments]
    return next(iter(named), "") or next((by_value[word] for word in words if word in by_value), "")


def _key_of_package(package: str, arguments: Mapping[str, Any]) -> str:
    """Return the argument that wants a package: the one that is switched on and has the package's
    first word in it.
    """
    found = re.search(r"The '([\w-]+)", package)
    word = re.split(r"[-_]", found[1] if found else package)[0].lower()
    return next((key for key, value in arguments.items() if value and word in key), "")
