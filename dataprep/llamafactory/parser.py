"""Ask LLaMA-Factory's own parser what it refuses of a run's arguments; needs the [train] extra."""

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
    """An error of the parser, the key at fault ("" if unknown), and whether it holds for this
    machine only.
    """

    key: str
    message: str
    here_only: bool = False


TRAINER = ("train", "predict")
"""The stages that `llamafactory-cli train` runs."""
_NEEDS_GPU = ("bf16", "pure_bf16", "tf32", "fp8")
_LAUNCH = ("FORCE_TORCHRUN", "Please launch distributed training")
"""Errors about how the parser was launched, which `llamafactory-cli` takes care of."""

_FAULTS = (ValueError, TypeError, AssertionError, KeyError, AttributeError, OSError, RuntimeError)


def is_installed() -> bool:
    """Tell whether LLaMA-Factory is installed, without importing it."""
    return find_spec("llamafactory") is not None


def refusals(stage: str, arguments: Mapping[str, Any]) -> Iterator[Refusal]:
    """Yield the parser's errors about the arguments of a stage.

    It raises one error at a time, so each key at fault is removed and the parser is asked again.
    Without a GPU, keys that need one are removed too and reported for this machine only.
    """
    import torch

    left = dict(arguments)
    if left.get("flash_attn") == "fa2" and find_spec("flash_attn") is None:
        yield Refusal(
            "flash_attn",
            "fa2 needs the package flash-attn; without it, attention is slower",
            True,
        )
    if not torch.cuda.is_available() and not left.get("use_cpu"):
        for key in filter(left.get, _NEEDS_GPU):
            del left[key]
            yield Refusal(
                key, "needs a GPU, and this machine has none; on a CPU, set bf16=false", True
            )
    while refusal := _ask(stage, left):
        yield refusal
        if left.pop(refusal.key, None) is None:
            return


def _ask(stage: str, arguments: Mapping[str, Any]) -> Refusal | None:
    """Return the parser's first error, None if it accepts the arguments."""
    from llamafactory.hparams import get_infer_args, get_train_args

    try:
        with _silence():
            (get_train_args if stage in TRAINER else get_infer_args)(dict(arguments))
    except ImportError as error:
        lacking = str(getattr(error, "name", "") or error)
        return Refusal(
            _key_of_package(lacking, arguments),
            f"needs a package that is not installed: {_line(error)}",
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
    """Silence the parser's logs and warnings, and restore logging afterwards."""
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
    """Return an error's message on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _named(message: str, arguments: Mapping[str, Any]) -> str:
    """Return the argument that a message names: in quotes, as a word, or by its value, in this
    order.
    """
    quoted = re.findall(r"[`'](\w+)[`']", message)
    words = re.findall(r"\w+", message)
    by_value = {value: key for key, value in arguments.items() if isinstance(value, str)}
    named = [word for word in [*quoted, *words] if word in arguments]
    return next(iter(named), "") or next((by_value[word] for word in words if word in by_value), "")


def _key_of_package(package: str, arguments: Mapping[str, Any]) -> str:
    """Return the argument that needs a package: one that is on and contains the package's first
    word.
    """
    found = re.search(r"The '([\w-]+)", package)
    word = re.split(r"[-_]", found[1] if found else package)[0].lower()
    return next((key for key, value in arguments.items() if value and word in key), "")
