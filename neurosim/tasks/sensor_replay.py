"""Replay planted in sensors: runs through chains of objects, led by a code of their places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.files import flags

WAYS = ("forward", "reverse")


@dataclass(frozen=True)
class Codes:
    """Numbers of the codes on the sensors: objects, positions within and names of sequences.

    Attributes
    ----------
    n_objects, n_positions, n_sequences : int
    """

    n_objects: int
    n_positions: int
    n_sequences: int

    @property
    def size(self) -> int:
        """Number of codes."""
        return self.n_objects + self.n_positions + self.n_sequences

    @property
    def kinds(self) -> dict[str, np.ndarray]:
        """Codes (code,) of each kind, in order."""
        ends = np.cumsum([self.n_objects, self.n_positions])
        parts = np.split(np.arange(self.size), ends)
        return dict(zip(("stimulus", "position", "sequence"), parts, strict=True))


@dataclass(frozen=True)
class ReplayParameters:
    """Events of replay.

    Attributes
    ----------
    n_events : int
        In a session.
    lag_s : float
        From one object to the next, s.
    gain : float
        Activation of an object, in units of the pattern that a shown object evokes. It lasts one
        sample.
    structure_lead_s : float
        Time by which the codes of position and sequence lead the object, s.
    structure_gain : float
        Activation of those codes; 0 for none.
    """

    n_events: int
    lag_s: float = 0.04
    gain: float = 1.0
    structure_lead_s: float = 0.05
    structure_gain: float = 1.0


def plant_replay(
    chains: Sequence[Sequence[int]],
    ways: Sequence[str],
    parameters: ReplayParameters,
    duration_s: float,
    codes: Codes,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Plant events of replay at random times, each a run through one of the chains.

    Parameters
    ----------
    chains : sequence of sequence of int
        Objects in the order that is kept.
    ways : sequence of {"forward", "reverse"}
        In which each chain is replayed.
    parameters : ReplayParameters
    duration_s : float
        Of the session; events lie within, and may overlap.
    codes : Codes
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        The truth: ``start`` (event), s, ``chain`` (event) and ``way`` (event); and for every
        activation of a code ``time`` (activation), s, ``code``, ``size`` and ``event_index``.

    Raises
    ------
    NeurosimError
        If the session is too short for an event, or chains and codes do not fit.
    """
    longest = max(map(len, chains))
    if len(chains) > codes.n_sequences or longest > codes.n_positions:
        raise NeurosimError(
            f"chains: expected at most {codes.n_sequences} of {codes.n_positions} objects, found "
            f"{[list(one) for one in chains]}"
        )
    span = parameters.lag_s * (longest - 1)
    margin = parameters.structure_lead_s if parameters.structure_gain else 0.0
    if duration_s <= span + margin:
        raise NeurosimError(
            f"duration_s: expected more than {span + margin:g} s, an event, found {duration_s:g}"
        )
    chain = rng.integers(len(chains), size=parameters.n_events)
    start = np.sort(rng.uniform(margin, duration_s - span, parameters.n_events))
    tables = [_activations(one, c, ways[c], parameters, codes) for c, one in enumerate(chains)]
    sizes = np.array([len(table) for table in tables])
    rows = np.concatenate([tables[c] for c in chain]) if chain.size else np.zeros((0, 3))
    event = np.repeat(np.arange(chain.size), sizes[chain])
    seconds = {"units": "s"}
    return xr.Dataset(
        {
            "start": ("event", start, seconds | {"long_name": "time of the first object"}),
            "chain": ("event", chain, {"long_name": "chain that is replayed"}),
            "way": flags(np.array(ways)[chain], WAYS, "event", "way in which it is replayed"),
            "time": (
                "activation",
                start[event] + rows[:, 0],
                seconds | {"long_name": "time of the activation"},
            ),
            "code": ("activation", rows[:, 1].astype(int), {"long_name": "active code"}),
            "size": (
                "activation",
                rows[:, 2],
                {"units": "1", "long_name": "activation over that by a shown object"},
            ),
            "event_index": ("activation", event, {"long_name": "event of the activation"}),
        },
        attrs={"duration_s": duration_s, "lag_s": parameters.lag_s},
    )


def _activations(
    chain: Sequence[int], number: int, way: str, parameters: ReplayParameters, codes: Codes
) -> np.ndarray:
    """Times from the start, codes and sizes (activation, 3) of a run through a chain."""
    n = len(chain)
    position = np.arange(n) if way == "forward" else np.arange(n)[::-1]
    time = parameters.lag_s * np.arange(n)
    kinds = codes.kinds
    led = time - parameters.structure_lead_s
    parts = [(time, np.asarray(chain)[position], parameters.gain)]
    if parameters.structure_gain:
        parts += [
            (led, kinds["position"][position], parameters.structure_gain),
            (led, kinds["sequence"][number], parameters.structure_gain),
        ]
    return np.concatenate([np.stack(np.broadcast_arrays(*part), axis=1) for part in parts])


def activation_series(events: xr.Dataset, n_codes: int, sample_s: float) -> np.ndarray:
    """Activation (time, code) of every code in a session, from the truth of `plant_replay`.

    Each activation falls into the sample that is nearest to it.
    """
    series = np.zeros((round(events.attrs["duration_s"] / sample_s), n_codes))
    sample = np.rint(events["time"].values / sample_s).astype(int)
    sample = np.minimum(sample, len(series) - 1)
    np.add.at(series, (sample, events["code"].values), events["size"].values)
    return series
