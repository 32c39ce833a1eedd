"""How often sequenceness is found where nothing is replayed, and where something is.

Sessions are drawn as the readouts of decoders that were trained on sensors, of several heads. In
every session the order that is tested is drawn anew, and replay, or an oscillation ordered like it,
goes along that. Counts are kept, so that intervals can be given for every rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.sequenceness import DIRECTIONS, sequenceness_of
from neurosim.decode.state_orders import chain_transitions
from neurosim.decode.tdlm import Tdlm, state_coefficients
from neurosim.tasks.scrambled_subject import QUARTER, ScrambledStudy
from neurosim.tasks.sensor_decoders import Decoders, train_decoders
from neurosim.tasks.sensor_replay import activation_series, plant_replay
from neurosim.tasks.sensors import Background, Sensors, make_sensors, sensor_series

NEAR_S = 0.01  # a lag found within that of the planted one is right
BACKGROUNDS = {
    "white": Background("white"),
    "autoregressive": Background("autoregressive"),
    "pink": Background("pink"),
    "common oscillation": Background(oscillation="common"),
    "travelling oscillation": Background(oscillation="travelling"),
    "ordered oscillation": Background(oscillation="ordered"),
}


@dataclass(frozen=True)
class _Head:
    """Readouts of the decoders of objects, and the decoders."""

    sensors: Sensors
    decoders: Decoders
    accuracy: float


def _head(study: ScrambledStudy, rng: np.random.Generator) -> _Head:
    """Train decoders of the objects on the sensors of a new head."""
    objects = study.codes.kinds["stimulus"]
    sensors = make_sensors(study.sensors, objects.size, rng)
    decoders, accuracy = train_decoders(
        sensors, {"stimulus": objects}, study.n_trials, study.penalty, rng
    )
    return _Head(sensors.through(decoders.weights), decoders, accuracy["stimulus"])


def _rest(
    study: ScrambledStudy,
    head: _Head,
    background: Background,
    n_events: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Time courses (time, place) of a rest with forward replay, in the order of places."""
    object_at = rng.permutation(head.sensors.n_codes)
    places = study.hidden_places
    phase = np.empty(object_at.size)
    for chain in places:
        phase[object_at[chain]] = QUARTER * np.arange(len(chain))
    planted = replace(study.replay, n_events=n_events, structure_gain=0.0)
    events = plant_replay(
        [object_at[chain].tolist() for chain in places],
        ["forward"] * len(places),
        planted,
        study.duration_s,
        study.codes,
        rng,
    )
    activation = activation_series(events, object_at.size, study.sample_s)
    readouts = sensor_series(head.sensors, activation, background, study.sample_s, rng, phase)
    return head.decoders.of_readouts(readouts)[:, object_at]


def false_positives(
    study: ScrambledStudy,
    methods: Sequence[Tdlm],
    backgrounds: Mapping[str, Background],
    n_simulations: int,
    n_heads: int,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Count sessions without replay in which sequenceness is significant.

    Parameters
    ----------
    study : ScrambledStudy
        Its background and number of events are not used.
    methods : sequence of Tdlm
        Of different forms.
    backgrounds : Mapping of name to Background
        Such as `BACKGROUNDS`.
    n_simulations : int
        Sessions with each background.
    n_heads : int
        On whose sensors decoders are trained; they take turns.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        ``n_significant`` (form, background, direction) of ``n_simulations`` (background),
        ``false_positive_rate`` (form, background, direction) and ``accuracy`` (head).

    Raises
    ------
    NeurosimError
        If two methods have one form, or bins are not the study's samples.
    """
    heads = _heads(study, methods, n_heads, rng)
    counts = [
        _counted(study, heads, background, 0, methods, n_simulations, rng)[0]
        for background in backgrounds.values()
    ]
    return _table(
        {
            "n_significant": (
                ("form", "background", "direction"),
                np.stack(counts, axis=1),
                "significant sessions without replay",
            )
        },
        "false_positive_rate",
        n_simulations,
        heads,
        methods,
        {"background": list(backgrounds)},
    ).assign_attrs(duration_s=study.duration_s)


def detection_power(
    study: ScrambledStudy,
    methods: Sequence[Tdlm],
    backgrounds: Mapping[str, Background],
    n_events: Sequence[int],
    n_simulations: int,
    n_heads: int,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Count sessions in which forward replay is found, and found at its lag.

    Parameters
    ----------
    study : ScrambledStudy
        Its background and number of events are not used.
    methods, backgrounds, n_simulations, n_heads, rng
        As in `false_positives`.
    n_events : sequence of int
        Planted in a session, over both sequences.

    Returns
    -------
    Dataset
        ``n_significant`` (form, background, n_events, direction), ``power`` (the same dims),
        ``n_near`` (form, background, n_events), sessions whose forward peak is within 10 ms of the
        planted lag, ``n_simulations`` and ``accuracy`` (head).

    Raises
    ------
    NeurosimError
        If two methods have one form, or bins are not the study's samples.
    """
    heads = _heads(study, methods, n_heads, rng)
    shape = (len(methods), len(backgrounds), len(n_events))
    significant, near = np.zeros((*shape, len(DIRECTIONS)), dtype=int), np.zeros(shape, dtype=int)
    for b, background in enumerate(backgrounds.values()):
        for e, number in enumerate(n_events):
            significant[:, b, e], near[:, b, e] = _counted(
                study, heads, background, number, methods, n_simulations, rng
            )
    dims = ("form", "background", "n_events")
    return _table(
        {
            "n_significant": (
                (*dims, "direction"),
                significant,
                "significant sessions with forward replay",
            ),
            "n_near": (dims, near, f"sessions with the forward peak within {NEAR_S:g} s"),
        },
        "power",
        n_simulations,
        heads,
        methods,
        {
            "background": list(backgrounds),
            "n_events": (
                "n_events",
                list(n_events),
                {"units": "1", "long_name": "planted events in a session"},
            ),
        },
    ).assign_attrs(duration_s=study.duration_s, lag_s=study.replay.lag_s)


def _heads(
    study: ScrambledStudy, methods: Sequence[Tdlm], n_heads: int, rng: np.random.Generator
) -> list[_Head]:
    forms = [method.form for method in methods]
    if len(set(forms)) < len(forms):
        raise NeurosimError(f"methods: expected one of each form, found {', '.join(forms)}")
    if any(method.bin_s != study.sample_s for method in methods):
        raise NeurosimError(
            f"methods: expected bins of {study.sample_s} s, the sample of the study, found "
            f"{', '.join(str(method.bin_s) for method in methods)}"
        )
    return [_head(study, rng) for _ in range(n_heads)]


def _counted(
    study: ScrambledStudy,
    heads: Sequence[_Head],
    background: Background,
    n_events: int,
    methods: Sequence[Tdlm],
    n_simulations: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Significant sessions (form, direction), and those with the peak where planted (form,)."""
    transitions = {"order": chain_transitions(study.hidden_places, sum(study.lengths))}
    significant = np.zeros((len(methods), len(DIRECTIONS)), dtype=int)
    near = np.zeros(len(methods), dtype=int)
    for number in range(n_simulations):
        course = _rest(study, heads[number % len(heads)], background, n_events, rng)
        for m, method in enumerate(methods):
            tested = sequenceness_of(
                state_coefficients([course], method), transitions, method, rng
            ).isel(order=0)
            significant[m] += tested["p_value"].values <= method.alpha
            error = abs(float(tested["peak_lag"].sel(direction="forward")) - study.replay.lag_s)
            near[m] += error <= NEAR_S + 1e-9
    return significant, near


def _table(
    counts: Mapping[str, tuple],
    rate: str,
    n_simulations: int,
    heads: Sequence[_Head],
    methods: Sequence[Tdlm],
    coords: Mapping[str, object],
) -> xr.Dataset:
    """Put counts (dims, values, long name) into a Dataset, with the rate of significant ones."""
    one = {"units": "1"}
    dims, significant, long_name = counts["n_significant"]
    return xr.Dataset(
        {
            **{
                name: (over, values, one | {"long_name": words})
                for name, (over, values, words) in counts.items()
            },
            rate: (
                dims,
                significant / n_simulations,
                one | {"long_name": f"fraction of {long_name}"},
            ),
            "n_simulations": ((), n_simulations, one | {"long_name": "sessions of a kind"}),
            "accuracy": (
                "head",
                [head.accuracy for head in heads],
                one | {"long_name": "fraction of objects decoded right in a localiser"},
            ),
        },
        coords={
            "form": [method.form for method in methods],
            "direction": list(DIRECTIONS),
            **coords,
        },
        attrs={
            "alpha": methods[0].alpha,
            "n_permutations": methods[0].n_permutations,
        },
    )
