"""Write the options of all readers into the schema of a recipe.

python -m dataprep.recipe.input_options     # after an option of a reader changed
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dataprep.sources import inputs

FILE = Path(__file__).parents[2] / "schemas/recipe.schema.json"
OWN = ("path", "format", "encoding", "columns", "schema", "outside")
"""The keys of an input that are no reader's options."""


def text() -> str:
    """Return the schema file with the options that the readers declare."""
    schema: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    item = schema["properties"]["data"]["properties"]["inputs"]["items"]
    options = {name: option.schema() for name, option in inputs.reader_options().items()}
    item["properties"] = {name: item["properties"][name] for name in OWN} | options
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
