"""Derives the packaged tables of `serai.atlas` from the raw figures: `python -m tools.build_atlas`."""
