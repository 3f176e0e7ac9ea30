"""What the commands do, one module each; the command line itself is in `cli`."""
