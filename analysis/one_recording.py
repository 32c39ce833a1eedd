"""All that is known of one recording: its files, and the questions asked of it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr

from analysis import (
    compression,
    direction,
    drift,
    dynamics,
    heading_error,
    own_cells,
    position,
    significance,
)
from analysis.headings import load_headings
from analysis.results import AFTER, EventTables, event_tables
from neurosim import MissingData
from neurosim.decode.checks.verdicts import Check, checks_of
from neurosim.files import configuration_of, load, read_attributes
from neurosim.recording import Recording, open_recording
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, dataset_to_rows


@dataclass(frozen=True)
class Files:
    """Files of one recording, from the rules of their names.

    Attributes
    ----------
    recording, checks, wake, fields, candidates, events, significance, own, dynamics, heading : Path
    planted, planted_heading : Path or None
        Of a simulated one.
    """

    recording: Path
    checks: Path
    wake: Path
    fields: Path
    candidates: Path
    events: Path
    significance: Path
    own: Path
    dynamics: Path
    heading: Path
    planted: Path | None = None
    planted_heading: Path | None = None


@dataclass(frozen=True)
class Options:
    """How the questions are asked.

    Attributes
    ----------
    seed : int
    states : tuple of str
        In which candidate events were looked for.
    alpha : float
        Nominal level.
    bins_s : tuple of float
        Time bins of the decoding awake, s.
    heading_bin_s : float
    turns : Mapping
        Limits of a turn.
    n_events : int
        Single events on the page.
    """

    seed: int
    states: tuple[str, ...]
    alpha: float
    bins_s: tuple[float, ...]
    heading_bin_s: float
    turns: Mapping[str, float]
    n_events: int

    @classmethod
    def from_mapping(cls, seed: int, values: Mapping) -> "Options":
        """Build from the parameters of the rule."""
        sequences = {name: tuple(values[name]) for name in ("states", "bins_s")}
        return cls(seed=seed, **(dict(values) | sequences))


@dataclass(frozen=True)
class OneRecording:
    """A recording and its answers.

    Attributes
    ----------
    files : Files
    options : Options
    references : Mapping of id to Reference
    """

    files: Files
    options: Options
    references: Mapping[str, Reference]

    @cached_property
    def recording(self) -> Recording:
        """The recording itself."""
        return open_recording(self.files.recording)

    @property
    def name(self) -> str:
        """Its name among the results, which need not be that of its file."""
        return self.files.checks.stem

    @property
    def simulated(self) -> tuple[str, ...]:
        """Its name if it was simulated, as the questions want it."""
        return (self.name,) if self.files.planted is not None else ()

    @cached_property
    def checks(self) -> list[Check]:
        """What was checked."""
        return checks_of(load(self.files.checks))

    def loaded(self, kind: str, group: str | None = None) -> xr.Dataset | None:
        """Load a file by its name in `Files`; None where the recording could not give it."""
        try:
            return load(getattr(self.files, kind), group)
        except MissingData:
            return None

    @cached_property
    def configuration(self) -> dict:
        """Parameters by rule, of all rules behind the files."""
        found = {}
        for path in vars(self.files).values():
            if path is not None:
                found |= configuration_of(read_attributes(path))
        # A rule that ran several times has a list; the last one made the file.
        return {rule: used[-1] if isinstance(used, list) else used for rule, used in found.items()}

    @cached_property
    def tables(self) -> EventTables:
        """Candidate events, decoded and tested."""
        files = self.files
        return event_tables(
            [files.events], [files.significance], [files.planted or files.events],
            self.simulated, self.options.alpha, [files.dynamics],
        )  # fmt: skip

    @cached_property
    def events(self) -> pd.DataFrame | None:
        """Candidate events after running; None where there are none."""
        table = self.tables.tables.get(self.name)
        return None if table is None else table[table.phase == AFTER]

    @cached_property
    def own(self) -> xr.DataTree:
        """What the analysis is worth on its own cells."""
        files = self.files
        own = own_cells.Files(files.own, files.events, files.significance, files.planted)
        return own_cells.analyse([own], self.options.states, self.references, self.options.seed)

    @cached_property
    def trees(self) -> dict[str, xr.DataTree]:
        """What each question answers, by its name."""
        options, published = self.options, self.references
        asked = (self.tables, published, options.states)
        found = {
            "position": position.analyse(
                [self.files.wake], self.simulated, options.bins_s, published
            ),
            "significance": significance.analyse(*asked),
            "compression": compression.analyse(*asked),
            "direction": direction.analyse(*asked),
            "own_cells": self.own,
        }
        kinds: dict[str, list[Path]] = {"decoded": [self.files.heading], "turns": [], "virtual": []}
        kinds["planted"] = [self.files.planted_heading] if self.files.planted_heading else []
        headings = load_headings(kinds, self.simulated, options.heading_bin_s, options.turns)
        truth = self.files.planted or self.files.dynamics
        tables = dynamics.dynamics_tables([self.files.dynamics], [truth], self.simulated)
        return found | {
            "dynamics": dynamics.analyse([], {}, tables, published, options.states),
            "heading_error": heading_error.analyse(headings, published),
            "drift": drift.analyse(headings, published),
        }

    @cached_property
    def rows(self) -> list[Row]:
        """Rows of the summary of this recording alone."""
        return [
            row for tree in self.trees.values() for row in dataset_to_rows(tree["summary"].dataset)
        ]

    def row(self, quantity: str, *parts: str, estimator: str | None = None) -> Row | None:
        """Find a row by its quantity and parts of its condition, where it has a number."""
        for row in self.rows:
            asked = row.quantity == quantity and estimator in (None, row.estimator)
            asked &= set(parts) <= set(row.condition.split(","))
            if asked and row.verdict != "not run":
                return row
        return None


def reasons(rows: Sequence[Row]) -> list[str]:
    """Say why there is no number in rows that were not run, each reason once."""
    found = (row.test.removeprefix("not run: ") for row in rows if row.verdict == "not run")
    return list(dict.fromkeys(found))
