"""Where a training begins: at the last checkpoint of the one that was interrupted, if it is the
same, or anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

KEY = ".training"
"""The file in an unfinished folder that holds the key of what is trained there."""
UNABLE = ("rm", "ppo")
"""The stages whose checkpoints LLaMA-Factory goes on from without the value head, or not at all
(parser.py:478).
"""


class Start(NamedTuple):
    """Where a training begins: the checkpoint, None for the beginning, and what is to be said of
    it.
    """

    checkpoint: Path | None = None
    words: str = ""

    @property
    def step(self) -> int:
        """Return the steps that are done already."""
        return int(self.checkpoint.name.rpartition("-")[2]) if self.checkpoint else 0


def key_of(*decides: Any) -> str:
    """Return the hash of all that decides what a training does."""
    return blake2b(
        json.dumps(decides, sort_keys=True, default=str).encode(), digest_size=16
    ).hexdigest()


def begin(part: Path, key: str, arguments: Mapping[str, Any], machines: int = 1) -> Start:
    """Return where a training with this key begins, and make its unfinished folder ready for it.

    What is there of another training, or without a whole checkpoint, is removed.
    """
    if not part.exists():
        start = Start()
    elif _key_in(part) != key:
        start = Start(
            None,
            "begins anew: the recipe, its data or its base model changed since the interrupted run",
        )
    elif arguments.get("stage") in UNABLE:
        start = Start(
            None, f"begins anew: LLaMA-Factory cannot go on with stage {arguments['stage']}"
        )
    elif machines > 1:
        start = Start(None, "begins anew: what several machines had begun is not gone on with")
    else:
        start = _last(part)
    if start.checkpoint is None:
        shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, exist_ok=True)
    (part / KEY).write_text(key)
    return start


def _key_in(part: Path) -> str:
    path = part / KEY
    return path.read_text() if path.is_file() else ""


def _last(part: Path) -> Start:
    """Return the last checkpoint that was written to its end; what was begun after it is removed."""
    found = sorted(
        part.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True
    )
    for checkpoint in found:
        if _is_whole(checkpoint):
            steps = f"step {checkpoint.name.rpartition('-')[2]}"
            return Start(
                checkpoint,
                f"goes on from the interrupted run's last checkpoint, {checkpoint} ({steps})",
            )
        shutil.rmtree(checkpoint)
    return Start(
        None,
        "begins anew: the interrupted run left no checkpoint; save_strategy: steps and save_steps "
        "set them",
    )


def _is_whole(checkpoint: Path) -> bool:
    """Tell whether a checkpoint holds the optimizer and, written last (trainer.py:3093), the state
    of the training.
    """
    has_optimizer = any(any(checkpoint.glob(name)) for name in ("optimizer*", "global_step*"))
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return has_optimizer and isinstance(state.get("global_step"), int)
