"""The alpha that the events of a recording are held against."""

from collections.abc import Sequence
from pathlib import Path

from neurosim import MissingData
from neurosim.calibration.significance import nearest_alpha
from neurosim.decode.event_tests import CALIBRATED
from neurosim.decode.scores import SCORES
from neurosim.files import load


def calibrated_for(
    n_units: int, shuffles: Sequence[str], own: Path | None = None, tables: Sequence[Path] = ()
) -> dict[str, float]:
    """Find the calibrated alpha of a recording: of its own cells, else of the nearest table.

    Parameters
    ----------
    n_units : int
        Units of the recording.
    shuffles : sequence of str
        What an event must pass.
    own : Path, optional
        Output of the rule calibrate_recording.
    tables : sequence of Path
        Outputs of the rule calibrate_significance.

    Returns
    -------
    dict
        The attribute of tested events that says so; empty where nothing is calibrated.
    """
    try:
        if own is not None:
            return {CALIBRATED: float(load(own).attrs[CALIBRATED])}
    except MissingData:  # its own cells cannot be calibrated: no linear track, or no event
        pass
    if not tables:
        return {}
    return {
        CALIBRATED: nearest_alpha([load(path) for path in tables], n_units, shuffles, SCORES[0])
    }
