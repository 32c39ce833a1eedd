"""Environments, a session and an animal for tests of the world."""

from neurosim.world.hypnogram import Session
from neurosim.world.movement import Movement
from neurosim.world.track import make_environment

KINDS = {
    "linear": {"kind": "linear", "length_m": 2.0},
    "w": {
        "kind": "w",
        "arm_m": 0.8,
        "spacing_m": 0.4,
        "rewarded_wells": [1, 2],
        "error_fraction": 0.2,
    },
    "y": {"kind": "y", "arm_m": 0.7},
    "loop": {"kind": "loop", "length_m": 2.4},
    "arena": {"kind": "arena", "side_m": 1.0},
}
TRACK_KINDS = ("linear", "w", "y", "loop")
MOVEMENT = Movement(
    sample_rate_hz=50.0,
    track_speed_m_s=0.5,
    pause_s=0.5,
    arena_speed_m_s=0.15,
    turn_sd_deg_s=140.0,
    turn_time_constant_s=0.2,
)
SESSION = Session(
    pre_sleep_s=20.0, rest_s=40.0, post_sleep_s=30.0, nrem_bout_s=10.0, rem_bout_s=5.0
)


def environment(kind: str, duration_s: float = 400.0, **changes: object):
    """One environment, named after its kind."""
    return make_environment(kind, KINDS[kind] | {"duration_s": duration_s} | changes)
