"""All checks of one recording."""

from collections.abc import Callable

from neurosim import MissingData
from neurosim.decode.checks import heading, session, tracking, units
from neurosim.decode.checks.material import Material
from neurosim.decode.checks.verdicts import Check, not_run

CHECKS: tuple[Callable[[Material], Check], ...] = (
    units.active_units,
    units.place_cells,
    units.field_stability,
    units.unit_contamination,
    units.duplicate_units,
    units.silent_units,
    tracking.position_units,
    tracking.running_speed,
    tracking.tracking_jumps,
    tracking.lost_tracking,
    tracking.clock_gaps,
    session.spikes_outside_epochs,
    session.silent_stretches,
    session.laps,
    session.offline_time,
    session.candidate_events,
    heading.heading_coverage,
    heading.heading_turns,
)


def check_recording(material: Material) -> list[Check]:
    """Make every check; one whose data the recording lacks says so.

    Parameters
    ----------
    material : Material

    Returns
    -------
    list of Check
        In the order of `CHECKS`, whose names they bear.
    """
    made = []
    for check in CHECKS:
        try:
            made.append(check(material))
        except MissingData as gap:
            made.append(not_run(check.__name__, f"Not run: {gap}."))
    return made
