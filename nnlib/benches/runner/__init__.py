"""Runs nnlib's trainings and its peers' in turn, and says how they compare; see `training.py`."""
