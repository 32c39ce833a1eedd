"""What decides the emergent outcomes: each constant of the network varied, one at a time.

Every variant is a network of its own: where a constant acts on learning its laps and weights are
made anew, and its gain is set anew to the same occupancy. Outcomes are measured directly in CA3
(`neurosim.network.packets`), which decoding was held against.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.decode.rhythm import spectral_peak
from neurosim.emergent import Laps, NetworkParameters, learn_from_laps, run_laps
from neurosim.network.ca3 import Activity, Wiring, simulate_network
from neurosim.network.ca3_constants import Constant, Constants, constants_of, without_adaptation
from neurosim.network.neuromodulation import trial_in
from neurosim.network.occupancy import (
    BATCH,
    SETTLING,
    GainSetting,
    population_rates,
    set_gains,
)
from neurosim.network.packets import (
    RouteCells,
    cells_on_route,
    events_above,
    measure_packet,
)
from neurosim.network.trial import Trial
from neurosim.progress import progress
from neurosim.seeds import generator

OUTCOMES = {
    "event_rate": "s-1",
    "event_duration": "s",
    "packet_speed": "m s-1",
    "compression": "1",
    "forward_share": "1",
    "sequence_share": "1",
    "ripple_frequency": "Hz",
}
MIN_EVENT = 0.04  # s: row A032 of references.csv
MIN_SPAN = 0.5  # m, of a sequence
BIN = 0.005  # s, of a packet's course
UNITS_OF = {"base": "see constant_unit"}
RATE_BIN = 0.001  # s
REWARD = "reward_plasticity"
MIN_RUNNING = 0.08  # m s-1; as in replay.fields.min_speed_m_s


@dataclass(frozen=True)
class Context:
    """In what network and state a constant is varied.

    Attributes
    ----------
    rule, state : str
    depression : bool
        Short-term depression stands in for adaptation.
    """

    rule: str = "symmetric"
    state: str = "nrem"
    depression: bool = False


@dataclass(frozen=True)
class Variant:
    """One constant at one value."""

    constant: str
    factor: float
    constants: Constants
    context: Context


def context_of(constant: Constant) -> Context:
    """Choose the network and state in which a constant does something."""
    if constant.name.startswith("asymmetric"):
        return Context(rule="asymmetric")
    if constant.group == "short-term depression":
        return Context(depression=True)
    if constant.group == "neuromodulation":
        return Context(state="rest")
    return Context()


def vary_constants(
    parameters: NetworkParameters,
    table: Sequence[Constant],
    names: Sequence[str],
    factors: Sequence[float],
    seed: int,
    number: int,
) -> xr.Dataset:
    """Measure all outcomes of a network while each constant varies.

    Parameters
    ----------
    parameters : NetworkParameters
        Of a network on a linear track.
    table : sequence of Constant
    names : sequence of str
        Constants that are varied; none for all but that of reward, which a network without one
        does not use.
    factors : sequence of float
        On each constant; 1 is added.
    seed : int
    number : int
        Of the network.

    Returns
    -------
    Dataset (constant, factor, outcome)
        ``value``, NaN where nothing was found; ``gain``, ``occupancy`` (constant, factor);
        ``base``, ``constant_unit``, ``group``, ``context`` (constant).

    Raises
    ------
    NeurosimError
        If the table has no constant of some name.
    """
    base = constants_of(tuple(table))
    for name in names:
        base[name]
    chosen = set(names) or {row.name for row in table} - {REWARD}
    rows = [row for row in table if row.name in chosen]
    columns = sorted({*factors, 1.0})
    contexts = [context_of(row) for row in rows]
    unchanged = {context: Variant("", 1.0, base, context) for context in contexts}
    variants = [
        unchanged[context]
        if factor == 1.0
        else Variant(row.name, factor, base.scaled(row.name, factor), context)
        for row, context in zip(rows, contexts, strict=True)
        for factor in columns
    ]
    unique = {(v.constant, v.factor, v.context): v for v in variants}
    found = _Sweep(parameters, base, seed, number).run(list(unique.values()))
    shape = len(rows), len(columns)
    results = [found[v.constant, v.factor, v.context] for v in variants]
    values = np.array([result[0] for result in results])
    settings = np.array([result[1:] for result in results], dtype=float)
    return xr.Dataset(
        {
            "value": (
                ("constant", "factor", "outcome"),
                values.reshape(*shape, len(OUTCOMES)),
                {"long_name": "outcome", "units": "see outcome_unit"},
            ),
            "gain": (
                ("constant", "factor"),
                settings[:, 0].reshape(shape),
                {"units": "1", "long_name": "gain of the recurrent weights"},
            ),
            "occupancy": (
                ("constant", "factor"),
                settings[:, 1].reshape(shape),
                {"units": "1", "long_name": "part of the time in events that it was set to"},
            ),
            **_described(rows, contexts),
        },
        coords={
            "constant": [row.name for row in rows],
            "factor": ("factor", columns, {"units": "1", "long_name": "factor on the constant"}),
            "outcome": list(OUTCOMES),
        },
    )


def _described(
    rows: Sequence[Constant], contexts: Sequence[Context]
) -> dict[str, tuple[str, list, dict[str, str]]]:
    """What stands beside the numbers of each constant and outcome, as variables."""
    columns = {
        "base": ([row.value for row in rows], "value of the constant"),
        "constant_unit": ([row.unit for row in rows], "unit of the constant"),
        "group": ([row.group for row in rows], "group of the constant"),
        "context": ([_word(context) for context in contexts], "state, track and rule"),
    }
    described = {
        name: ("constant", values, {"long_name": words, "units": UNITS_OF.get(name, "1")})
        for name, (values, words) in columns.items()
    }
    units = list(OUTCOMES.values())
    return described | {"outcome_unit": ("outcome", units, {"long_name": "unit of the outcome"})}


def _word(context: Context) -> str:
    extra = ",short_term_depression" if context.depression else ""
    return f"{context.state},linear,{context.rule}{extra}"


class _Sweep:
    """Runs variants: those that share weights and delays side by side."""

    def __init__(
        self, parameters: NetworkParameters, base: Constants, seed: int, number: int
    ) -> None:
        self._parameters, self._base, self._seed, self._number = parameters, base, seed, number
        self._learned: dict[tuple, tuple[Wiring, Laps]] = {}

    def _rng(self, purpose: str) -> np.random.Generator:
        return generator(self._seed, "vary_network_constants", str(self._number), purpose)

    def run(self, variants: Sequence[Variant]) -> dict[tuple[str, float, Context], tuple]:
        """Outcomes, gain and occupancy of every variant by constant, factor and context."""
        groups: dict[tuple, list[Variant]] = {}
        for variant in variants:
            groups.setdefault(self._key(variant), []).append(variant)
        found = {}
        for key, group in progress(list(groups.items()), "constants", len(groups)):
            for variant, result in zip(group, self._run_group(group), strict=True):
                found[variant.constant, variant.factor, variant.context] = result
            if key[0] != _frozen({}):
                self._learned.pop(key[:2], None)  # made for these variants alone
        return found

    def _key(self, variant: Variant) -> tuple:
        """What variants must share to run side by side."""
        changed = {
            name: value for name, value in variant.constants.items() if value != self._base[name]
        }
        learned = {k: v for k, v in changed.items() if _acts_on_learning(k)}
        delays = {k: v for k, v in changed.items() if k.endswith("_delay_ms")}
        return _frozen(learned), variant.context.rule, _frozen(delays)

    def _run_group(self, group: Sequence[Variant]) -> list[tuple]:
        wiring, laps = self._learn(group[0])
        makers = [_maker(variant) for variant in group]
        settings = set_gains(wiring, makers, self._parameters.search, self._rng)
        outcomes = self._measure(wiring, laps, makers, settings)
        return [
            (row, setting.gain, setting.occupancy)
            for row, setting in zip(outcomes, settings, strict=True)
        ]

    def _learn(self, variant: Variant) -> tuple[Wiring, Laps]:
        key = self._key(variant)[:2]
        if key not in self._learned:
            design = replace(self._parameters.design, rule=variant.context.rule)
            parameters = replace(self._parameters, design=design)
            laps = run_laps(parameters, variant.constants, self._rng)
            learned = learn_from_laps(parameters, variant.constants, laps, self._rng)
            self._learned[key] = learned.wiring, laps
        return self._learned[key]

    def _measure(
        self,
        wiring: Wiring,
        laps: Laps,
        makers: Sequence[Callable[[float], Trial]],
        settings: Sequence[GainSetting],
    ) -> np.ndarray:
        """Outcomes (variant, outcome)."""
        n_each, duration = self._parameters.n_trials("nrem"), self._parameters.trial_s
        cells = _route_cells(self._parameters, laps, wiring.n_pyramidal)
        speed = laps.walk.speed
        running = float(np.median(speed[speed > MIN_RUNNING]))
        per_batch = max(1, BATCH // wiring.n_pyramidal // n_each)
        rows = []
        for first in range(0, len(makers), per_batch):
            chosen = range(first, min(first + per_batch, len(makers)))
            trials = [makers[i](settings[i].gain) for i in chosen for _ in range(n_each)]
            rngs = [self._rng(f"noise {t % n_each}") for t in range(len(trials))]
            activity = simulate_network(wiring, trials, duration + SETTLING, rngs)
            rates = population_rates(activity, wiring.n_pyramidal)
            for index, variant in enumerate(chosen):
                own = range(index * n_each, (index + 1) * n_each)
                threshold = settings[variant].threshold_hz
                rows.append(_outcomes(activity, rates, own, threshold, cells, running))
        return np.array(rows)


def _frozen(values: dict[str, float]) -> tuple:
    return tuple(sorted(values.items()))


def _acts_on_learning(name: str) -> bool:
    """Whether a constant changes laps, weights or connections."""
    learning = ("symmetric_", "asymmetric_", "field_", "background_", "plasticity_")
    others = (
        "initial_weight_ns",
        "place_cell_fraction",
        "bidirectional_fraction",
        "recurrent_inputs",
        "n_basket",
    )
    return name.startswith(learning) or name in others or name.endswith("_probability")


def _maker(variant: Variant) -> Callable[[float], Trial]:
    context, constants = variant.context, variant.constants
    if context.depression:
        constants = without_adaptation(constants)
    return lambda gain: trial_in(context.state, gain, constants, context.depression)


def _route_cells(parameters: NetworkParameters, laps: Laps, n_cells: int) -> RouteCells:
    graph, fields = parameters.track.graph, laps.ca3.fields
    route = graph.route(graph.wells[0], graph.wells[1])
    return cells_on_route(graph, route, fields.cell, fields.place[:, 0], fields.peak, n_cells)


def _outcomes(
    activity: Activity,
    rates: np.ndarray,
    trials: Sequence[int],
    threshold: float,
    cells: RouteCells,
    running: float,
) -> list[float]:
    """Outcomes of the trials of one variant, in the order of `OUTCOMES`."""
    durations, packets, frequencies = [], [], []
    settled = round(SETTLING / RATE_BIN)
    for trial in trials:
        times, units = activity.of_trial(trial)
        events = events_above(rates[trial, settled:], threshold, round(MIN_EVENT / RATE_BIN))
        for first, last in (events + settled).tolist():
            durations.append((last - first) * RATE_BIN)
            edges = np.arange(first * RATE_BIN, last * RATE_BIN + BIN / 2, BIN)
            inside = slice(*np.searchsorted(times, [edges[0], edges[-1]]))
            packets.append(measure_packet(times[inside], units[inside], cells, edges))
            frequencies.append(
                spectral_peak(activity.field[trial], first, last, 1 / activity.field_step)
            )
    seconds = len(trials) * (activity.duration - SETTLING)
    span = np.array([abs(packet.net) for packet in packets])
    moves = span >= MIN_SPAN
    speeds = np.array([packet.speed for packet in packets])[moves]
    ways = np.array([packet.direction for packet in packets])[moves]
    forward, reverse = (ways == "forward").sum(), (ways == "reverse").sum()
    speed = _median(speeds)
    return [
        len(packets) / seconds,
        _median(np.array(durations)),
        speed,
        speed / running,
        forward / (forward + reverse) if forward + reverse else np.nan,
        float(moves.mean()) if span.size else np.nan,
        _median(np.array(frequencies)),
    ]


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else np.nan
