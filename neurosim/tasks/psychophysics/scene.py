"""What is shown in trials and what is right: the drawn conditions, and draws families share."""

from typing import NamedTuple

import numpy as np

N_STIMULI = N_MODALITIES = 2
APART = (0.2 * np.pi, 0.6 * np.pi)  # rad between two stimuli, to either side
STRENGTH = (0.8, 1.2)


class Scene(NamedTuple):
    """Conditions of trials. Where a task has one stimulus, the second has no strength.

    Attributes
    ----------
    direction : (trial, stimulus, modality) array
        Direction of motion, rad in [0, 2 pi).
    strength : (trial, stimulus, modality) array
        0 where nothing is shown.
    response : (trial,) array
        Direction that is right, rad in [0, 2 pi); NaN where no response is due.
    duration : (trial, stimulus, modality) array of int, optional
        Steps that each stimulus lasts; its epoch if not given.
    noise : (trial,) array, optional
        SD of the input noise; that of the batch if not given.
    """

    direction: np.ndarray
    strength: np.ndarray
    response: np.ndarray
    duration: np.ndarray | None = None
    noise: np.ndarray | None = None


def draw_angle(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw directions uniformly (n,), rad."""
    return rng.uniform(0, 2 * np.pi, n)


def draw_apart(
    angle: np.ndarray, apart: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Draw directions at a distance from others, on either side (n,), rad in [0, 2 pi)."""
    away = rng.uniform(*apart, len(angle)) * draw_sign(len(angle), rng)
    return (angle + away) % (2 * np.pi)


def draw_pair(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw two directions apart (trial, stimulus), rad."""
    angle = draw_angle(n, rng)
    return np.stack([angle, draw_apart(angle, APART, rng)], axis=1)


def draw_sign(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw 1 or -1 with equal chances (n,)."""
    return rng.choice([-1, 1], n)


def draw_half(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw which half of the trials it is (n,), bool; of an odd number, chance takes the last."""
    return rng.permutation((np.arange(n) + rng.integers(2)) % 2 == 0)


def draw_modality(n: int, in_both: bool, rng: np.random.Generator) -> np.ndarray:
    """Give where stimuli are shown, in both or in a random modality (trial, modality), bool."""
    if in_both:
        return np.ones((n, N_MODALITIES), bool)
    return rng.integers(N_MODALITIES, size=n)[:, None] == np.arange(N_MODALITIES)


def in_modalities(of_stimulus: np.ndarray) -> np.ndarray:
    """Repeat values of stimuli for every modality (trial, stimulus, modality)."""
    return np.repeat(of_stimulus[:, :, None], N_MODALITIES, axis=2)
