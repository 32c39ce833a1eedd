"""What a workload consists of, and the inputs that several share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Arrays = Mapping[str, np.ndarray]
TRACK_LENGTH = 2.0  # m
FIELD_SD = 0.15  # m
BACKGROUND = 0.1  # Hz
LAP = 8.0  # s there and back


@dataclass(frozen=True)
class Agreement:
    """Whether a tool did the same work.

    Attributes
    ----------
    same : bool
    text : str
        The number behind it.
    """

    same: bool
    text: str

    def __str__(self) -> str:
        return f"{'agrees' if self.same else 'differs'}: {self.text}"


@dataclass(frozen=True)
class Peer:
    """A tool that does a workload.

    Attributes
    ----------
    tool : str
        Names its case and its environment.
    bar : float
        How many times longer than neurosim it must take.
    repeats : int
        Runs of which the median counts.
    options : tuple of pairs
        Inputs that this tool gets instead of the shared ones.
    scale : float
        What its seconds are multiplied with, where `options` gave it a part of the work.
    memory : float
        How many times neurosim's peak memory it must take; 0 where nothing is asked.
    """

    tool: str
    bar: float
    repeats: int = 3
    options: tuple[tuple[str, float], ...] = ()
    scale: float = 1.0
    memory: float = 0.0


@dataclass(frozen=True)
class Workload:
    """Work that several tools do with the same inputs.

    Attributes
    ----------
    name : str
    sizes : dict of scale to sizes
        ``full`` and ``small``.
    inputs : callable
        From sizes and a generator to arrays.
    check_reference : callable
        Agreement of neurosim's outputs with an oracle, from inputs and outputs.
    check_peer : callable
        Agreement of a peer, from inputs, neurosim's outputs and the peer's.
    peers : tuple of Peer
    """

    name: str
    sizes: Mapping[str, Mapping[str, int]]
    inputs: Callable[[Mapping[str, int], np.random.Generator], dict[str, np.ndarray]]
    check_reference: Callable[[Arrays, Arrays], Agreement]
    check_peer: Callable[[Arrays, Arrays, Arrays], Agreement]
    peers: tuple[Peer, ...]


def bin_centres(n: int) -> np.ndarray:
    """Centres (position,) of equal bins of the track, m."""
    return (np.arange(n) + 0.5) * TRACK_LENGTH / n


def draw_fields(n_cells: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Field centres (cell,) in m and log-normal peak rates (cell,) in Hz, median 12."""
    return rng.uniform(0, TRACK_LENGTH, n_cells), 12.0 * np.exp(rng.normal(0, 0.5, n_cells))


def field_rates(positions: np.ndarray, centre: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """Rates (position, cell) in Hz of Gaussian fields."""
    distance = (positions[:, None] - centre) / FIELD_SD
    return BACKGROUND + peak * np.exp(-0.5 * distance**2)


def lap_path(times: np.ndarray) -> np.ndarray:
    """Position (time,) in m of an animal that runs to and fro."""
    return 0.5 * TRACK_LENGTH * (1 - 0.999 * np.cos(2 * np.pi * times / LAP))


def largest_difference(a: np.ndarray, b: np.ndarray) -> float:
    """Largest absolute difference, leaving out what either calls not a number."""
    return float(np.nanmax(np.abs(np.asarray(a, float) - np.asarray(b, float))))
