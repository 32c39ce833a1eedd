"""Checks of the units: how many tell the place, are their fields stable, are they single cells."""

import numpy as np

from neurosim import MissingData
from neurosim.decode.checks.material import Material
from neurosim.decode.checks.unit_quality import (
    REFRACTORY_S,
    close_pairs,
    contamination,
    is_contaminated,
    longest_silence,
    shared_spikes,
)
from neurosim.decode.checks.verdicts import Check, Limits, Source, judge, percent
from neurosim.files import flag_names

SKAGGS = Source(
    "Skaggs et al. 1996 (the measure)", "10.1002/(SICI)1098-1063(1996)6:2<149::AID-HIPO6>3.0.CO;2-K"
)
HILL = Source("Hill, Mehta & Kleinfeld 2011 (the measure)", "10.1523/JNEUROSCI.0971-11.2011")
LEUTGEB = Source(
    "Leutgeb et al. 2005 (unrelated maps correlate about 0)", "10.1126/science.1114037"
)
ACTIVE = Limits(20, 5)
PLACE = Limits(15, 5, SKAGGS)
STABLE = Limits(0.5, 0.25, LEUTGEB)
CONTAMINATED = 0.1  # of a unit's spikes
PARTS = Limits(0.05, 0.25, HILL)  # of the units
SHARED = 0.1  # of the spikes of the sparser unit
PAIRS = Limits(0, np.inf)
SILENT = 0.25  # of a unit's own spikes, missing in one stretch
SILENT_SPIKES = 20  # missing at the rates of its states and environments; fewer say nothing
SILENT_ANYWHERE = 100  # missing at its mean rate: even a place cell fires now and then elsewhere
LOST = Limits(0.05, 0.25)


def active_units(material: Material) -> Check:
    """Count the CA1 units that fire while the animal runs on the track."""
    cells = material.place_cells
    n = int(cells.active.sum())
    return judge(
        "active_units", n, "units", ACTIVE, (cells.rate.size, "CA1 unit"),
        f"{n} of {cells.rate.size} CA1 units fire at 0.1 Hz or more while the animal runs.",
        "Few cells leave gaps on the track and make replay hard to tell from chance: read the "
        "bias and the power that were measured with these cells before any other number.",
    )  # fmt: skip


def place_cells(material: Material) -> Check:
    """Count the place cells."""
    cells = material.place_cells
    n = int(cells.place.sum())
    median = float(np.median(cells.information[cells.place])) if n else 0.0
    told = f", in the median {median:.1f} bits a spike" if n else ""
    return judge(
        "place_cells", n, "units", PLACE, (int(cells.active.sum()), "active unit"),
        f"{n} units carry more spatial information than with their spikes shifted{told}.",
        f"A candidate event needs {material.min_cells} cells, and replay of a track needs fields "
        "all along it; check regions, the running epochs and whether spikes and positions share "
        "a clock.",
    )  # fmt: skip


def field_stability(material: Material) -> Check:
    """Correlate the fields of the first and the second half of running."""
    cells = material.place_cells
    own = cells.stability[cells.place & np.isfinite(cells.stability)]
    if not own.size:
        raise MissingData("no place cell fires in both halves of running")
    chance = float(np.quantile(cells.of_others, 0.95)) if cells.of_others.size else 0.0
    median, unstable = float(np.median(own)), int((own <= chance).sum())
    return judge(
        "field_stability", median, "correlation", STABLE, (own.size, "place cell"),
        f"The fields of a place cell in the two halves of running correlate {median:.2f} in the "
        f"median; {unstable} of {own.size} are no more alike than fields of different cells.",
        "Fields from all laps then describe no moment of the session: check that the units were "
        "held throughout, and decode from the laps nearest to the events.",
    )  # fmt: skip


def unit_contamination(material: Material) -> Check:
    """Estimate from refractory periods how many units are more than one cell."""
    recording = material.recording
    if recording.attributes.get("origin") == "simulated":
        raise MissingData("simulated units were not sorted, and may fire without a refractory time")
    n_units = recording.units.sizes["unit"]
    times, unit = recording.spikes["time"].values, recording.spikes["unit_index"].values
    short, pairs = close_pairs(times, unit, n_units, _duration(material))
    bad = is_contaminated(short, pairs, CONTAMINATED)
    part = contamination(short, pairs)
    worst = np.argsort(-np.nan_to_num(part, nan=1.0), kind="stable")
    named = _names(material, worst[bad[worst]][:5])
    return judge(
        "unit_contamination", bad.mean(), "of the units", PARTS, (n_units, "unit"),
        f"In {int(bad.sum())} of {n_units} units more than {percent(CONTAMINATED)} of the "
        f"spikes come from other cells, by their intervals below {1000 * REFRACTORY_S:g} ms.",
        f"{named}A mixed unit has the fields of all its cells: leave such units out and see "
        "whether the answers stay.",
    )  # fmt: skip


def duplicate_units(material: Material) -> Check:
    """Look for cells that were sorted twice: pairs of units that fire at the same time."""
    recording = material.recording
    times, unit = recording.spikes["time"].values, recording.spikes["unit_index"].values
    n_units = recording.units.sizes["unit"]
    if n_units < 2:
        raise MissingData("a single unit has no double")
    shared = np.triu(shared_spikes(times, unit, n_units), 1)
    pairs = np.argwhere(shared > SHARED)
    named = "; ".join(" and ".join(_name(material, k) for k in pair) for pair in pairs[:3])
    return judge(
        "duplicate_units", len(pairs), "pairs", PAIRS, (n_units * (n_units - 1) // 2, "pair"),
        f"{len(pairs)} pairs of units fire more than {percent(SHARED)} of their spikes within 0.5 "
        "ms of each other.",
        f"({named}.) Such a pair is likely one cell that was sorted twice, which counts its "
        "spikes twice in every posterior: merge the pair or drop one of the two.",
    )  # fmt: skip


def silent_units(material: Material) -> Check:
    """Look for units that fall silent for a part of the session."""
    recording = material.recording
    epochs, n_units = recording.epochs, recording.units.sizes["unit"]
    state, place = (flag_names(epochs[name]).astype(str) for name in ("state", "environment"))
    kinds = np.unique(np.char.add(state, place), return_inverse=True)[1]
    silent = np.zeros(n_units, dtype=bool)
    for kind, fewest in ((kinds, SILENT_SPIKES), (np.zeros_like(kinds), SILENT_ANYWHERE)):
        missing, share = longest_silence(
            recording.spikes["time"].values, recording.spikes["unit_index"].values, n_units,
            epochs["start"].values, epochs["stop"].values, kind,
        )  # fmt: skip
        silent |= (share > SILENT) & (missing > fewest)
    lost = np.flatnonzero(silent)
    return judge(
        "silent_units", lost.size / n_units, "of the units", LOST, (n_units, "unit"),
        f"{lost.size} of {n_units} units fall silent for a stretch in which a quarter of their "
        "spikes were expected.",
        f"{_names(material, lost[:5])}Where the electrode moved, fields of the run do not hold "
        "for the sleep: drop these units, or cut the session where they were held.",
    )  # fmt: skip


def _duration(material: Material) -> float:
    epochs = material.recording.epochs
    return float((epochs["stop"] - epochs["start"]).sum())


def _name(material: Material, unit: int) -> str:
    return str(material.recording.units["name"].values[unit])


def _names(material: Material, units: np.ndarray) -> str:
    return f"({', '.join(_name(material, unit) for unit in units)}.) " if len(units) else ""
