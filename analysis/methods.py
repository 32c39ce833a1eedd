"""A methods paragraph that can be pasted into a paper: what was done to a recording, and how."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.methods_references import WORKS, Cited
from analysis.page import format_number
from neurosim.calibration.significance import TARGET
from neurosim.decode.checks.place_cells import ALPHA, MIN_RATE
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.kinematics import INTERVAL
from neurosim.stats.deconvolution import N_BOOTSTRAP, PERCENTILES

SCALES = {
    "mean": "the mean of its state by {peak} SD",
    "median": "the median of its state by {peak} times 1.4826 median absolute deviations",
    "run": "the mean of the running animal by {peak} SD",
}
SHUFFLES = {
    "time_bin": "of the order of time bins",
    "column_cycle": "of each bin's posterior, shifted around the track",
    "pseudo_event": "of bins drawn from all events",
    "cell_identity": "of the identities of units",
    "place_field_rotation": "of place fields, each rotated along the track",
    "spike_train_shift": "of each unit's spikes, shifted within the event",
}
NULLS = {
    "time_bin": "their time bins in random order",
    "cell_identity": "their spikes handed to other units",
}
STATES = {"nrem": "NREM sleep", "rem": "REM sleep"}
SPEEDS = {"m": "m/s", "track": "track lengths a second"}
LENGTHS = {"m": "m", "track": "of the track's length"}
SOFTWARE = ("numpy", "scipy", "xarray")


@dataclass(frozen=True)
class Steps:
    """What was done to a recording.

    Attributes
    ----------
    configuration : Mapping of rule to parameters
        From the files themselves.
    done : frozenset of str
        Rules whose files hold results.
    versions : Mapping of str to str
        Of neurosim, Python and packages.
    seed : int
    length_unit : str
        ``m``, or ``track`` where the scale is not known.
    ripples : bool
        Whether candidate events had ripples.
    alpha : (float, float, float) or None
        Calibrated level with its interval.
    null : str
        Null set that set it.
    corrected : bool
        Whether a corrected compression came out.
    contaminated : bool
        Whether refractory periods were looked at.
    nominal : float
        Level where nothing was calibrated.
    """

    configuration: Mapping[str, Mapping]
    done: frozenset[str]
    versions: Mapping[str, str]
    seed: int
    length_unit: str = "m"
    ripples: bool = False
    alpha: tuple[float, float, float] | None = None
    null: str = ""
    corrected: bool = False
    contaminated: bool = False
    nominal: float = 0.05


@dataclass(frozen=True)
class Paragraph:
    """The paragraph and what it cites, in the order of its numbers.

    Attributes
    ----------
    text : str
        References are ``[1]``, ``[2]`` ...
    references : sequence of Cited
    """

    text: str
    references: Sequence[Cited]


def methods_paragraph(steps: Steps) -> Paragraph:
    """Write the methods of a recording: steps that were not run are not mentioned.

    Parameters
    ----------
    steps : Steps

    Returns
    -------
    Paragraph
    """
    parts = {
        "check_recording": _checks,
        "fit_place_fields": _fields,
        "decode_wake_position": _wake,
        "find_candidate_events": _candidates,
        "decode_events": _events,
        "compare_dynamics": _dynamics,
        "shuffle_events": _significance,
        "calibrate_recording": _own,
        "decode_heading": _heading,
    }
    said = [
        write(steps, steps.configuration[rule])
        for rule, write in parts.items()
        if rule in steps.done
    ]
    return _numbered(" ".join(filter(None, [*said, _intervals(steps), _software(steps)])))


def _numbered(text: str) -> Paragraph:
    """Turn ``[@zhang]`` and ``[@zhang @krause]`` into numbers in the order of appearance."""
    order: dict[str, int] = {}

    def number(match: re.Match) -> str:
        keys = match[1].replace("@", "").split()
        return "[" + ", ".join(str(order.setdefault(key, len(order) + 1)) for key in keys) + "]"

    return Paragraph(re.sub(r"\[(@[^]]+)\]", number, text), [WORKS[key] for key in order])


def _checks(steps: Steps, given: Mapping) -> str:
    text = (
        f"Place cells were CA1 units that fired at {_n(MIN_RATE)} Hz or more during running and "
        "whose spatial information [@skaggs] exceeded that of their own spikes shifted along the "
        f"running time ({given['n_shuffles']} shifts, p at most {_n(ALPHA)})."
    )
    if steps.contaminated:
        text += " Contamination of units was estimated from refractory periods [@hill]."
    return text


def _fields(steps: Steps, given: Mapping) -> str:
    fields = given["fields"]
    return (
        f"Place fields were estimated for each running direction from {_ms(given['bin_s'])} ms "
        f"bins in which the animal ran faster than {_n(fields['min_speed_m_s'])} "
        f"{SPEEDS[steps.length_unit]} (velocity smoothed with a Gaussian of "
        f"SD {_n(fields['speed_smoothing_s'])} s): spikes over occupancy in "
        f"{fields['n_bins']} bins along the track, both smoothed (SD "
        f"{_n(fields['smoothing_bins'])} bins), at least {_n(fields['rate_floor_hz'])} Hz."
    )


def _wake(steps: Steps, given: Mapping) -> str:
    wake = given["wake"]
    return (
        "The position of the running animal was decoded by Bayes' rule with independent Poisson "
        f"units and a flat prior [@zhang], in bins of {_list(map(_ms, wake['bins_s']))} ms and "
        f"{wake['n_folds']}-fold cross-validation over contiguous folds."
    )


def _candidates(steps: Steps, given: Mapping) -> str:
    peak = SCALES[given["scale"]].format(peak=_n(given["peak_z"]))
    states = _list(STATES.get(state, state) for state in given["states"])
    ripple = (
        f", and with ripple power above {_n(given['ripple_z'])} SD"
        if steps.ripples
        else f"; no ripple power was {'asked for' if given['ripple_z'] is None else 'recorded'}"
    )
    return (
        f"Candidate events were bursts of the CA1 population in {states}: the rate of all units, "
        f"smoothed with a Gaussian of SD {_ms(given['smoothing_s'])} ms, exceeded {peak}; they "
        f"lasted from where it rose above to where it fell below {_n(given['edge_z'])} SD, for "
        f"{_ms(given['min_duration_s'])} to {_ms(given['max_duration_s'])} ms, with at least "
        f"{given['min_cells']} active units, while the animal moved slower than "
        f"{_n(given['max_speed_m_s'])} {SPEEDS[steps.length_unit]}{ripple}."
    )


def _events(steps: Steps, given: Mapping) -> str:
    low, _, high = INTERVAL
    return (
        "Direction and speed of an event were read from the likelihood of its spikes in "
        f"{_ms(given['bin_s'])} ms bins along trajectories of constant velocity, with the gain of "
        "the event integrated out, under a prior log-uniform in speed between "
        f"{_n(given['slowest_ratio'])} and {_n(given['fastest_ratio'])} times the median speed of "
        "the laps; log likelihoods were divided by the dispersion of spike counts about the fields "
        f"during running [@wedderburn]. Intervals of the speed are the {_percent(low)} and "
        f"{_percent(high)} quantiles of its posterior. A direction was called where one "
        "map and one direction of movement on it held a probability of at least "
        f"{_n(given['min_map_probability'])}. Compression is the median time that the laps took "
        "over the replayed stretch, divided by the time that the event took."
    )


def _dynamics(steps: Steps, given: Mapping) -> str:
    unit = LENGTHS[steps.length_unit]
    walks = _list(_n(step) for step in given["walk_m"])
    return (
        "The dynamics of each event (directed over at least "
        f"{_n(given['min_span_m'])} {unit}, diffusive with steps of SD {walks} {unit} in "
        f"{_ms(DynamicsParameters.walk_s)} ms, "
        f"stationary or fragmented) were compared by their evidence in {_ms(given['bin_s'])} ms "
        "bins [@denovellis @krause]."
    )


def _significance(steps: Steps, given: Mapping) -> str:
    shuffles = _list(SHUFFLES[name] for name in given["shuffles"])
    text = (
        "Events were tested by the absolute weighted correlation of decoded position and time "
        "[@grosmark], the higher of those of the two running directions, "
        f"in {_ms(given['bin_s'])} ms bins against {given['n_shuffles']} shuffles "
        f"{shuffles}"
    )
    text += ", all of which an event had to pass" if len(given["shuffles"]) > 1 else ""
    if steps.alpha is None:
        return f"{text}, at the nominal level of {_n(steps.nominal)}."
    level, low, high = steps.alpha
    return (
        f"{text}, at the level at which {_percent(TARGET)} of null events pass [@takigawa]: "
        f"{format_number(level)} ({format_number(low)} to {format_number(high)})."
    )


def _own(steps: Steps, given: Mapping) -> str:
    twins, tested = given["twins"], given["analysis"]["significance"]
    text = (
        "The analysis was calibrated on the recording's own cells by a parametric bootstrap "
        f"[@bootstrap]: in {twins['n_twins']} twins of the recording units fired at their "
        "estimated fields, as dispersed as they were recorded, wherever the animal ran, and in "
        f"{twins['n_events']} events in all, each with the duration and the expected "
        "number of spikes of a recorded event, along paths of constant speed over at least "
        f"{_percent(twins['min_span'])} of the track with a compression log-uniform between "
        f"{_n(twins['slowest_ratio'])} and {_n(twins['fastest_ratio'])}; as many null events had "
        f"{NULLS[steps.null]}. Twins were analysed as the recording was, with "
        f"{tested['n_shuffles']} shuffles, and each half of them was tested at the level set by "
        "the other half."
    )
    if steps.corrected:
        low, high = PERCENTILES
        text += (
            " The distribution of compression behind the events that passed is the log-normal one "
            "that, planted in the twins and read in the same way, reads as the recording did, "
            "events expected to pass by chance among it [@deconvolution]; its intervals are the "
            f"{_n(low)} and {_n(high)} percentiles of {N_BOOTSTRAP} bootstrap samples of events "
            "and twins."
        )
    return text


def _heading(steps: Steps, given: Mapping) -> str:
    tuning, decoding = given["tuning"], given["decoding"]
    return (
        f"Head-direction tuning was estimated in {tuning['n_bins']} bins from "
        f"{_ms(tuning['bin_s'])} ms of spikes (smoothed with SD {_n(tuning['smoothing_bins'])} "
        f"bins); cells with a mean vector of at least {_n(tuning['min_mean_vector'])} were decoded "
        f"by Bayes' rule [@zhang] in bins of {_list(map(_ms, decoding['bins_s']))} ms, awake in "
        f"{decoding['n_folds']}-fold cross-validation, and drift asleep was set beside that of "
        f"cells shifted apart and {decoding['n_permutations']} permutations of cells."
    )


def _intervals(steps: Steps) -> str:
    said = []
    if steps.done & {"shuffle_events", "calibrate_recording"}:
        said.append("of shares Wilson's [@wilson]")
    if steps.done & {"decode_events", "decode_wake_position"}:
        said.append("of medians order statistics [@order]")
    if "calibrate_recording" in steps.done:
        said.append("of the ratio of power to false positives that on the logarithm [@ratio]")
    return f"Intervals (95 %) are {', '.join(said)}." if said else ""


def _software(steps: Steps) -> str:
    versions = steps.versions
    packages = ", ".join(f"{name} {versions[name]} [@{name}]" for name in SOFTWARE)
    return (
        f"All of it was done with neurosim {versions['neurosim']} under Python "
        f"{versions['Python']}, {packages}, run by Snakemake {versions['snakemake']} [@snakemake], "
        f"with seed {steps.seed}."
    )


def _ms(seconds: float) -> str:
    return _n(1000 * seconds)


def _percent(share: float) -> str:
    return f"{_n(100 * share)} %"


def _n(value: float) -> str:
    """Write a number of the configuration as it stands there."""
    return f"{float(value):.6g}"


def _list(items: Iterable[str]) -> str:
    """Join words: a, b and c."""
    items = list(items)
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
