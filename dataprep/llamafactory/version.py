"""The versions of LLaMA-Factory that dataprep installs and knows."""

VERSION = "0.9.5"
"""What trains, exports and serves; pyproject.toml pins it."""
PPO_VERSION = "0.9.3"
"""What trains PPO, in an environment of its own that the Makefile makes."""
