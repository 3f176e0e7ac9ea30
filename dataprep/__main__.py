"""`python -m dataprep` is the `dataprep` command."""

from dataprep.cli import cli

cli(prog_name="dataprep")
