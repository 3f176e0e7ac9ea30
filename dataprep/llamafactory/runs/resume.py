"""Resume an interrupted training from its last checkpoint if nothing changed, else start anew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

KEY = ".training"
"""The file in an unfinished folder that holds the training's key."""
UNABLE = ("rm", "ppo")
"""The stages that LLaMA-Factory cannot resume: it refuses, or loses the value head
(`hparams/parser.py::get_train_args`).
"""


class Start(NamedTuple):
    """Where a training starts: a checkpoint or, if None, the beginning; and a message about it."""

    checkpoint: Path | None = None
    words: str = ""

    @property
    def step(self) -> int:
        """Return the number of steps already done."""
        return int(self.checkpoint.name.rpartition("-")[2]) if self.checkpoint else 0


def key_of(*decides: Any) -> str:
    """Return the hash of everything that affects a training."""
    return blake2b(
        json.dumps(decides, sort_keys=True, default=str).encode(), digest_size=16
    ).hexdigest()


def begin(part: Path, key: str, arguments: Mapping[str, Any], machines: int = 1) -> Start:
    """Decide where the training with this key starts, and prepare its unfinished folder.

    Files of another training, or without a complete checkpoint, are removed.
    """
    if not part.exists():
        start = Start()
    elif not (part / KEY).is_file() or (part / KEY).read_text() != key:
        start = Start(
            None,
            "starts anew: the recipe, its data or its base model changed since the interrupted run",
        )
    elif arguments.get("stage") in UNABLE:
        start = Start(None, f"starts anew: LLaMA-Factory cannot resume stage {arguments['stage']}")
    elif machines > 1:
        start = Start(None, "starts anew: a run on several machines is not resumed")
    else:
        start = _last(part)
    if start.checkpoint is None:
        shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, exist_ok=True)
    (part / KEY).write_text(key)
    return start


def _last(part: Path) -> Start:
    """Return the last complete checkpoint, and remove later ones."""
    found = sorted(
        part.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True
    )
    for checkpoint in found:
        if _is_whole(checkpoint):
            steps = f"step {checkpoint.name.rpartition('-')[2]}"
            return Start(
                checkpoint,
                f"resumes from the interrupted run's last checkpoint, {checkpoint} ({steps})",
            )
        shutil.rmtree(checkpoint)
    return Start(
        None,
        "starts anew: the interrupted run left no checkpoint; save_strategy: steps and save_steps "
        "set them",
    )


def _is_whole(checkpoint: Path) -> bool:
    """Tell whether a checkpoint has the optimizer and the trainer state.

    The state is written last (`transformers/trainer.py::_save_checkpoint`).
    """
    has_optimizer = any(any(checkpoint.glob(name)) for name in ("optimizer*", "global_step*"))
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return has_optimizer and isinstance(state.get("global_step"), int)
