"""Epochs of a recording that comes from elsewhere: given one by one, or as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.contract import INACTIVATIONS, PHASES, STATES
from neurosim.errors import choices
from neurosim.importing import arrays
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import ENVIRONMENTS

EPOCH_NAMES = ("epoch_start_s", "epoch_stop_s", "epoch_state", "epoch_phase", "epoch_environment")


@dataclass(frozen=True)
class Epoch:
    """An epoch given one by one: on the command line, say.

    Attributes
    ----------
    start, stop : float
        s.
    state, phase, environment : str
    inactivation : str
        ``none`` if not given.
    """

    start: float
    stop: float
    state: str
    phase: str
    environment: str
    inactivation: str = "none"

    @classmethod
    def parse(cls, text: str) -> "Epoch":
        """Read ``START:STOP:STATE:PHASE:ENVIRONMENT``, and ``:INACTIVATION`` where there is one.

        Raises
        ------
        NeurosimError
            If a part is missing or not allowed.
        """
        parts = text.split(":")
        if len(parts) not in (5, 6):
            raise NeurosimError(
                f"--epoch {text!r}: expected START:STOP:STATE:PHASE:ENVIRONMENT[:INACTIVATION], "
                "such as 10:600:run:run:linear"
            )
        try:
            start, stop = float(parts[0]), float(parts[1])
        except ValueError as error:
            raise NeurosimError(f"--epoch {text!r}: expected times in s as numbers") from error
        names = (STATES, PHASES, ENVIRONMENTS, INACTIVATIONS)
        for value, allowed in zip(parts[2:], names, strict=False):
            if value not in allowed:
                raise NeurosimError(f"--epoch {text!r}: {value!r} is not one of {choices(allowed)}")
        return cls(start, stop, *parts[2:])


@dataclass(frozen=True)
class EpochColumns:
    """The epochs of a recording, sorted, a column an attribute (epoch,); times in s."""

    start: np.ndarray
    stop: np.ndarray
    state: np.ndarray
    phase: np.ndarray
    environment: np.ndarray
    inactivation: np.ndarray

    @classmethod
    def of(cls, epochs: Sequence[Epoch]) -> "EpochColumns":
        """Put epochs given one by one into columns, in the order of their starts."""
        ordered = sorted(epochs, key=lambda epoch: epoch.start)
        names = Epoch.__annotations__
        return cls(*(np.array([getattr(epoch, name) for epoch in ordered]) for name in names))

    @classmethod
    def in_arrays(cls, found: Mapping[str, np.ndarray], path: Path) -> "EpochColumns":
        """Take the epochs that a file's arrays give.

        Raises
        ------
        NeurosimError
            If an array is missing, has another length or holds what is not allowed.
        """
        missing = [name for name in EPOCH_NAMES if name not in found]
        if missing:
            raise NeurosimError(
                f"{path}: expected an array {missing[0]!r}, found none; "
                "give epochs in the file or with --epoch START:STOP:STATE:PHASE:ENVIRONMENT"
            )
        columns = [arrays.numbers(found, name, path) for name in EPOCH_NAMES[:2]]
        allowed = (STATES, PHASES, ENVIRONMENTS)
        for name, values in zip(EPOCH_NAMES[2:], allowed, strict=True):
            columns.append(arrays.texts(found, name, path, values))
        if "epoch_inactivation" in found:
            columns.append(arrays.texts(found, "epoch_inactivation", path, INACTIVATIONS))
        else:
            columns.append(np.full(columns[0].size, "none"))
        sizes = {column.size for column in columns}
        if len(sizes) > 1 or 0 in sizes:
            raise NeurosimError(
                f"{path}: {', '.join(EPOCH_NAMES)}: expected one length and at least one epoch, "
                f"found lengths {sorted(sizes)}"
            )
        return cls(*columns)

    def check(self, path: Path) -> None:
        """Hold epochs to stops after starts.

        Raises
        ------
        NeurosimError
            Naming the first one that is not.
        """
        wrong = np.flatnonzero(self.stop <= self.start)
        if wrong.size:
            raise NeurosimError(
                f"{path}: epochs: expected stop after start, found {self.start[wrong[0]]} to "
                f"{self.stop[wrong[0]]} s at index {wrong[0]}; correct or remove that epoch"
            )

    def environment_at(self, time: np.ndarray) -> np.ndarray:
        """Environment (time,) by name; ``none`` outside of all epochs."""
        index = np.searchsorted(self.start, time, side="right") - 1
        inside = (index >= 0) & (time <= self.stop[np.maximum(index, 0)])
        return np.where(inside, self.environment[np.maximum(index, 0)], "none")

    def dataset(self) -> xr.Dataset:
        """Put the epochs into the form that a recording wants (epoch,)."""
        columns = (self.start, self.stop, self.state, self.phase, self.environment)
        return epochs_dataset(*columns, inactivation=self.inactivation)
