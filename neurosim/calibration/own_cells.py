"""A recording calibrated on its own cells: what its twins make of a known truth.

Twins (`neurosim.calibration.twins`) are decoded and tested as the recording is. Their table says
how far each estimator is off with these cells, these laps and these events, how often intervals
cover, and which alpha gives the false-positive rate that was asked for.

Null events are those of the twins with their order destroyed along a dimension that no shuffle of
the detector uses (`neurosim.decode.nulls`). All of them together set the alpha of the recording.
What that alpha is worth is counted on other twins than those that set it: each half of the twins
is tested at the alpha of the other half's null events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.calibration.significance import TARGET, detector_p_values, nulls_of
from neurosim.calibration.twins import Twin, TwinParameters, make_twin
from neurosim.decode.event_tests import shuffle_candidates
from neurosim.decode.nulls import calibrated_alpha
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters, decode_events
from neurosim.decode.tuning import FieldParameters
from neurosim.errors import choices
from neurosim.progress import progress
from neurosim.recording import Recording, spikes_dataset
from neurosim.world.laps import LapTimes

SETS = ("planted", "null")
KEPT = ("compression", "velocity", "speed_low", "speed_high", "forward_probability", "direction")


@dataclass(frozen=True)
class OwnAnalysis:
    """How a recording is analysed, and so its twins.

    Attributes
    ----------
    fields : FieldParameters
    fit_bin_s : float
        Bin in which spikes and positions are matched, s.
    trajectories : TrajectoryParameters
    shuffles : ShuffleOptions
    shuffle_bin_s : float
        Time bin of the tests, s.
    """

    fields: FieldParameters
    fit_bin_s: float
    trajectories: TrajectoryParameters
    shuffles: ShuffleOptions
    shuffle_bin_s: float

    @classmethod
    def from_mapping(cls, values: Mapping) -> "OwnAnalysis":
        """Build from keys of the configuration: fields, fit_bin_s, trajectories, significance."""
        tested = values["significance"]
        return cls(
            FieldParameters(**values["fields"]),
            values["fit_bin_s"],
            TrajectoryParameters(**values["trajectories"]),
            ShuffleOptions(tested["n_shuffles"], tuple(tested["shuffles"]), grid=None),
            tested["bin_s"],
        )


def calibrate_recording(
    recording: Recording,
    fields: xr.Dataset,
    candidates: xr.Dataset,
    laps: LapTimes,
    analysis: OwnAnalysis,
    parameters: TwinParameters,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Plant replay in twins of a recording, and read it as the recording is read.

    Parameters
    ----------
    recording : Recording
    fields : Dataset (direction, position, unit)
    candidates : Dataset (event)
    laps : LapTimes
    analysis : OwnAnalysis
    parameters : TwinParameters
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (event, estimator)
        Events of all twins. ``set``: 0 planted, 1 null; ``twin``; ``source``: the recorded event
        that it is like; ``duration`` s; ``true_compression``, ``true_speed`` m s-1,
        ``true_forward`` and ``log_range`` (NaN and -1 of null events); ``compression`` (event,
        estimator), ``speed_low``, ``speed_high``, ``forward_probability``, ``direction``;
        ``p_value`` and ``graded_p_value``: the highest of the shuffles'; ``significant``, at the
        alpha of the other half of the twins. Attributes: ``calibrated_alpha`` with ``alpha_low``
        and ``alpha_high``, ``null`` and ``n_units``.

    Raises
    ------
    MissingData
        If no recorded event can hold a path, or no null set is independent of the shuffles.
    NeurosimError
        With fewer than two twins.
    """
    if parameters.n_twins < 2:
        raise NeurosimError(
            f"twins.n_twins: expected at least 2, so that other twins set alpha than are counted, "
            f"found {parameters.n_twins}"
        )
    make_null, null = _null_of(analysis.shuffles.shuffles)
    parts = []
    numbers = np.diff(np.linspace(0, parameters.n_events, parameters.n_twins + 1).astype(int))
    for k, n in enumerate(progress(numbers, f"calibrate {recording.name} on its own cells")):
        twin = make_twin(
            recording, fields, candidates, laps, int(n), parameters,
            analysis.fields, analysis.fit_bin_s, rng,
        )  # fmt: skip
        other = replace(twin, recording=make_null(twin, fields["unit_index"].values, analysis, rng))
        for number, one in enumerate((twin, other)):
            read = _read(one, laps, analysis, rng)
            parts.append(_with_truth(read, one, number).assign(twin=_constant(n, k)))
    table = xr.concat(parts, "event")
    table["twin"].attrs = {"long_name": "number of the twin"}
    alpha = calibrated_alpha(table["graded_p_value"].values[table["set"].values == 1], TARGET)
    return table.assign(significant=_cross_tested(table)).assign_attrs(
        calibrated_alpha=alpha.alpha,
        alpha_low=alpha.low,
        alpha_high=alpha.high,
        null=null,
        n_units=int(fields.sizes["unit"]),
    )


def _cross_tested(table: xr.Dataset) -> xr.Variable:
    """Test each half of the twins (event,) at the alpha of the other half's null events."""
    graded, null = table["graded_p_value"].values, table["set"].values == 1
    half = table["twin"].values % 2
    alpha = [calibrated_alpha(graded[null & (half == other)], TARGET).alpha for other in (1, 0)]
    passed = graded <= np.array(alpha)[half]  # NaN: could not be tested
    about = {"long_name": "1 where the event passes at the alpha of other twins"}
    return xr.Variable("event", passed.astype(np.int8), about)


def _constant(n: int, value: int) -> tuple[str, np.ndarray]:
    return "event", np.full(n, value, np.int32)


def _read(
    twin: Twin, laps: LapTimes, analysis: OwnAnalysis, rng: np.random.Generator
) -> xr.Dataset:
    """Decode and test the events of a twin, blind."""
    decoded = decode_events(twin.recording, twin.fields, twin.events, laps, analysis.trajectories)
    tested = shuffle_candidates(
        twin.recording, twin.fields, twin.events, analysis.shuffle_bin_s, analysis.shuffles, rng
    )
    plain, graded = detector_p_values(tested, "+".join(analysis.shuffles.shuffles))[:, 0]
    one = {"units": "1"}
    return decoded[list(KEPT)].assign(
        p_value=("event", plain, one | {"long_name": "highest p value of the shuffles"}),
        graded_p_value=(
            "event",
            graded,
            one | {"long_name": "highest graded p value of the shuffles"},
        ),
    )


def _with_truth(read: xr.Dataset, twin: Twin, number: int) -> xr.Dataset:
    """Put what was planted beside what was read; nothing was planted in null events."""
    truth, planted = twin.truth, number == 0
    blank = xr.full_like(truth["compression"], np.nan)
    named = {
        "true_compression": truth["compression"] if planted else blank,
        "true_speed": truth["speed"] if planted else blank,
        "true_forward": truth["forward"] if planted else xr.full_like(truth["forward"], -1),
        "log_range": truth["log_range"] if planted else blank,
    }
    for name, source in zip(named, ("compression", "speed", "forward", "log_range"), strict=True):
        named[name].attrs = truth[source].attrs
    about = {"long_name": "0 planted replay, 1 its order destroyed"}
    named["duration"] = (
        "event",
        (twin.events["stop"] - twin.events["start"]).values,
        {"units": "s", "long_name": "duration of the event"},
    )
    named["source"] = twin.events["source"]
    named["set"] = ("event", np.full(read.sizes["event"], number, np.int8), about)
    return read.assign(named)


NullMaker = Callable[[Twin, np.ndarray, OwnAnalysis, np.random.Generator], Recording]


def _cell_identity(
    twin: Twin, units: np.ndarray, analysis: OwnAnalysis, rng: np.random.Generator
) -> Recording:
    """Hand the spikes of each event to other units."""
    times, unit = twin.recording.spikes_of(units)
    event = np.searchsorted(twin.events["start"].values, times, side="right") - 1
    names = np.tile(np.arange(units.size), (twin.events.sizes["event"], 1))
    shuffled = rng.permuted(names, axis=1)[event, unit]
    return replace(twin.recording, spikes=spikes_dataset(times, units[shuffled]))


def _time_bin(
    twin: Twin, units: np.ndarray, analysis: OwnAnalysis, rng: np.random.Generator
) -> Recording:
    """Put the time bins of each event in random order; a rest shorter than a bin stays."""
    times, unit = twin.recording.spikes_of(units)
    start = twin.events["start"].values
    width = analysis.shuffle_bin_s
    event = np.searchsorted(start, times, side="right") - 1
    number = np.floor((twin.events["stop"].values - start) / width + 1e-6).astype(int)
    first = np.cumsum(number) - number
    owner = np.repeat(np.arange(number.size), number)
    order = np.argsort(owner + rng.random(owner.size))  # within each event
    within = np.floor((times - start[event]) / width).astype(int)
    whole = within < number[event]
    moved = np.zeros(times.size, dtype=int)
    moved[whole] = order[(first[event] + within)[whole]] - first[event[whole]] - within[whole]
    times = times + moved * width
    order = np.argsort(times, kind="stable")
    return replace(twin.recording, spikes=spikes_dataset(times[order], units[unit[order]]))


_NULLS: dict[str, NullMaker] = {"cell_identity": _cell_identity, "time_bin": _time_bin}


def _null_of(shuffles: tuple[str, ...]) -> tuple[NullMaker, str]:
    """Find the null set that shares a dimension with none of the shuffles."""
    for name in nulls_of("+".join(shuffles)):
        if name in _NULLS:
            return _NULLS[name], name
    raise MissingData(
        f"significance.shuffles: expected shuffles that leave the order of {choices(_NULLS)} "
        f"alone, found {choices(shuffles)}; nothing is left to calibrate them with"
    )
