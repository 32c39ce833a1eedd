"""What the questions about maps, theta, rewards and REM share: their files, loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from analysis.results import available
from neurosim import MissingData
from neurosim.files import load

GROUPS = ("maps", "theta_lag", "theta_sweep", "rewards", "rem_likelihood", "rem_template")


@dataclass(frozen=True)
class Signatures:
    """Signatures of all recordings.

    Attributes
    ----------
    data : Mapping of group name to Mapping of recording name to Dataset
    missing : Mapping of group name to Mapping of recording name to str
        Why a recording has none.
    planted : Mapping of recording name to Dataset
        The truth of simulated subjects.
    calibration : Dataset or None
        Reward discounts in sessions full of replay; None where no environment branches.
    why_no_calibration : str
    simulated : tuple of str
    rewards : Mapping of str to float
        Planted ``reward_discount`` and ``decision_gain``.
    """

    data: Mapping[str, Mapping[str, xr.Dataset]]
    missing: Mapping[str, Mapping[str, str]]
    planted: Mapping[str, xr.Dataset]
    calibration: xr.Dataset | None
    why_no_calibration: str
    simulated: tuple[str, ...]
    rewards: Mapping[str, float]

    def truth(self, name: str, variable: str) -> xr.DataArray | None:
        """A variable of what was planted in a recording; None where nothing was."""
        return self.planted[name][variable] if name in self.planted else None


def load_signatures(
    signatures: Sequence[Path],
    planted: Sequence[Path],
    calibration: Path,
    simulated: Sequence[str],
    rewards: Mapping[str, float],
) -> Signatures:
    """Load the outputs of the rules that measure signatures, match and calibrate them."""
    loaded = {group: available(signatures, group) for group in GROUPS}
    try:
        bulk, reason = load(calibration), ""
    except MissingData as gap:
        bulk, reason = None, str(gap)
    return Signatures(
        data={group: data for group, (data, _) in loaded.items()},
        missing={group: missing for group, (_, missing) in loaded.items()},
        planted=available(planted)[0],
        calibration=bulk,
        why_no_calibration=reason,
        simulated=tuple(simulated),
        rewards=rewards,
    )
