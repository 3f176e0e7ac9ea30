"""The command line: each command parses, calls one function and shows its result."""

from dataprep.cli import by_files as by_files
from dataprep.cli import by_recipe as by_recipe
from dataprep.cli import on_runs as on_runs
from dataprep.cli.group import cli as cli
