"""Everything that is asked of a recording's colliculus: cells, events, what follows, patterns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.decode.turn_cells import turn_cells
from neurosim.decode.turn_effects import TurnRule, wake_turn_probability
from neurosim.decode.turn_events import (
    DIRECTIONS,
    STATES,
    PopulationRate,
    TurnEventRule,
    populations_of,
    turn_event_rates,
    turn_events,
)
from neurosim.decode.turn_patterns import PatternParameters, pattern_similarity
from neurosim.decode.turn_tests import TurnCellTest
from neurosim.files import explained
from neurosim.recording import Recording

EXAMPLE, EXAMPLE_STEP = 20.0, 0.01  # s of each state, and between its samples


@dataclass(frozen=True)
class TurnAnalysis:
    """How the turns of a colliculus are measured.

    Attributes
    ----------
    cells : TurnCellTest
    events : TurnEventRule
    turn : TurnRule
    patterns : PatternParameters
    """

    cells: TurnCellTest
    events: TurnEventRule
    turn: TurnRule
    patterns: PatternParameters

    @classmethod
    def from_mapping(cls, cells: Mapping, events: Mapping) -> "TurnAnalysis":
        """Build it from the sections ``turn_cells`` and ``turn_events`` of a configuration."""
        rule = dict(events)
        turn, patterns = rule.pop("turn"), rule.pop("patterns")
        return cls(
            TurnCellTest(**cells),
            TurnEventRule(**rule),
            TurnRule(**turn),
            PatternParameters(**patterns),
        )


def measure_turns(
    recording: Recording, analysis: TurnAnalysis, rng: np.random.Generator
) -> xr.DataTree:
    """Find turn cells and population turn events, and say what follows and fires in them.

    Returns
    -------
    DataTree
        ``/cells`` (`turn_cells`), ``/events`` (`turn_events`), ``/rates`` (`turn_event_rates`),
        ``/wake`` (`wake_turn_probability`), ``/patterns`` (`pattern_similarity`) and ``/example``,
        seconds of population rates. A group that the recording cannot give says why.

    Raises
    ------
    MissingData
        If turn cells cannot be looked for at all.
    """
    cells, rule = turn_cells(recording, analysis.cells), analysis.events
    groups = {
        "cells": cells,
        "wake": explained(
            lambda: wake_turn_probability(recording, analysis.cells, rule, analysis.turn)
        ),
        "patterns": explained(
            lambda: pattern_similarity(recording, cells, rule, analysis.patterns, rng)
        ),
    }

    def of_populations() -> xr.DataTree:
        populations = populations_of(recording, cells, rule)
        return xr.DataTree.from_dict(
            {
                "/events": turn_events(populations, rule),
                "/rates": turn_event_rates(populations, rule, rng),
                "/example": example_of(populations, rule),
            }
        )

    found = explained(of_populations)
    for name in ("events", "rates", "example"):
        groups[name] = found[name].to_dataset() if isinstance(found, xr.DataTree) else found
    return xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})


def example_of(
    populations: Mapping[str, Mapping[str, PopulationRate]], rule: TurnEventRule
) -> xr.Dataset:
    """Take the first seconds of each state's longest interval, for figures.

    Returns
    -------
    Dataset (direction, state, time)
        ``rate`` Hz, NaN where there is nothing; ``threshold_rate`` (direction, state), mean plus
        SD within the state, Hz. ``time`` is s from the interval's start.
    """
    every = max(round(EXAMPLE_STEP / rule.bin_s), 1)
    n = round(EXAMPLE / (every * rule.bin_s))
    rate = np.full((len(DIRECTIONS), len(STATES), n), np.nan, dtype=np.float32)
    level = np.full(rate.shape[:2], np.nan)
    for i, direction in enumerate(DIRECTIONS):
        for j, state in enumerate(STATES):
            population = populations.get(direction, {}).get(state)
            if population is None:
                continue
            longest = int(np.diff(population.first).argmax())
            first, last = population.first[longest : longest + 2]
            shown = population.rate[first:last:every][:n]
            rate[i, j, : shown.size] = shown
            level[i, j] = population.above_mean(rule.threshold_sd)
    dims = ("direction", "state")
    return xr.Dataset(
        {
            "rate": ((*dims, "time"), rate, {"units": "Hz", "long_name": "summed rate"}),
            "threshold_rate": (dims, level, {"units": "Hz", "long_name": "threshold"}),
        },
        coords={
            "direction": list(DIRECTIONS),
            "state": list(STATES),
            "time": (
                "time",
                np.arange(n) * every * rule.bin_s,
                {"units": "s", "long_name": "time from the interval's start"},
            ),
        },
    )
