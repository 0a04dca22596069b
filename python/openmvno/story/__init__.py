"""``openmvno story``: the ten steps of MVNO service provisioning and charging, played for real."""

from openmvno.story.play import Endpoints, play

__all__ = ["Endpoints", "play"]
