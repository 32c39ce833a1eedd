"""When events happen offline, of which kind they are, and how long they last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.paths import KINDS, MOVING, draw_stretches
from neurosim.cells.planted import EVENT_DIRECTIONS, Events
from neurosim.cells.sleep import RemParameters, UpStates, draw_sequences, sequence_table, up_states
from neurosim.cells.virtual import (
    PathParameters,
    Repertoire,
    Stretches,
    VirtualEnvironment,
    run_speed,
)
from neurosim.files import flag_names

NOTHING, FORWARD, REVERSE = (EVENT_DIRECTIONS.index(d) for d in ("none", "forward", "reverse"))


@dataclass(frozen=True)
class EventParameters:
    """What is planted in rest or NREM.

    Attributes
    ----------
    rate_hz : float
        Bursts a second.
    kinds : Mapping of kind to float
        Probability of each of `neurosim.cells.paths.KINDS` after running; they sum to one.
        Before running all bursts are empty.
    compression_median, compression_log_sd : float
        Log-normal ratio of the laps' time over the stretch to the event's time.
    repertoire : Repertoire, optional
        Where the paths of ``forward`` and ``reverse`` events come from, and which of the two they
        are; by default they are drawn.
    """

    rate_hz: float
    kinds: Mapping[str, float]
    compression_median: float
    compression_log_sd: float
    repertoire: Repertoire | None = None

    def probabilities(self) -> np.ndarray:
        """Probability of each kind (kind,) in the order of `KINDS`.

        Raises
        ------
        NeurosimError
            If a kind is not known or the probabilities do not sum to one.
        """
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise NeurosimError(
                f"simulation.events: kinds: expected kinds out of {', '.join(KINDS)}, "
                f"found {unknown[0]!r}"
            )
        values = np.array([float(self.kinds.get(kind, 0.0)) for kind in KINDS])
        if abs(values.sum() - 1) > 1e-6 or values.min() < 0:
            raise NeurosimError(
                "simulation.events: kinds: expected probabilities that sum to 1, found a sum of "
                f"{values.sum():g}; change `empty` to make up for it"
            )
        return values / values.sum()


@dataclass(frozen=True)
class BurstParameters:
    """What bursts in rest and NREM share.

    Attributes
    ----------
    gain : float
        Rate within a burst over the rate while running.
    home_fraction : float
        Fraction of events other than remote ones that represent the first track; the other
        environments share the rest.
    min_gap_s : float
        Shortest time between bursts.
    duration_s, duration_log_sd : float
        Log-normal duration of bursts that do not run along a stretch.
    """

    gain: float
    home_fraction: float
    min_gap_s: float
    duration_s: float
    duration_log_sd: float


@dataclass(frozen=True)
class OfflineParameters:
    """Everything that is planted offline.

    Attributes
    ----------
    bursts : BurstParameters
    paths : PathParameters
    up : UpStates
    events : Mapping of state to EventParameters
        For rest and NREM; states that are not named have no bursts.
    rem : RemParameters or None
    """

    bursts: BurstParameters
    paths: PathParameters
    up: UpStates
    events: Mapping[str, EventParameters]
    rem: RemParameters | None = None


def plant_events(
    epochs: xr.Dataset,
    environments: Sequence[VirtualEnvironment],
    offline: OfflineParameters,
    rng: np.random.Generator,
) -> tuple[Events, np.ndarray]:
    """Draw the events of a session and what each represents.

    The compression of an event that moves along a stretch is drawn; its duration follows as the
    median time of the laps over the stretch (or the stretch over the running speed) divided by
    the compression. In NREM bursts begin in UP states, which last at least as long as the burst.

    Parameters
    ----------
    epochs : Dataset (epoch)
    environments : sequence of VirtualEnvironment
        The first is home: ``remote`` events represent one of the others. The other kinds are
        spread by the environments' weights, ``forward`` and ``reverse`` over tracks only.
    offline : OfflineParameters
    rng : numpy.random.Generator

    Returns
    -------
    events : Events
    up : array (up, 2)
        UP states of all NREM epochs, s.

    Raises
    ------
    NeurosimError
        If the animal ran no lap in one direction, so that there is nothing to replay; if a mix
        needs an environment that is not there; if bursts leave no room for gaps.
    """
    for environment in environments:
        _check_laps(environment)
    parts, up = [], [np.zeros((0, 2))]
    for state, phase, start, stop in zip(
        flag_names(epochs["state"]),
        flag_names(epochs["phase"]),
        epochs["start"].values.tolist(),
        epochs["stop"].values.tolist(),
        strict=True,
    ):
        active = np.array([[start, stop]])
        if state == "nrem":
            active = up_states(start, stop, offline.up, rng)
        if state in offline.events:
            drawn = _draw_bursts(offline.events[state], phase, environments, offline, active, rng)
            placed, active = _place_bursts(drawn, active, offline.bursts.min_gap_s)
            parts.append(_labelled(placed, state, phase))
        elif state == "rem" and phase == "post" and offline.rem is not None:
            laps = draw_sequences(offline.rem, environments, start, stop, rng)
            parts.append(_labelled(laps, state, phase))
        if state == "nrem":
            up.append(active)
    return _joined(parts), np.concatenate(up)


def _check_laps(environment: VirtualEnvironment) -> None:
    laps = environment.laps
    if laps is not None and (laps.outbound.all() or not laps.outbound.any()):
        raise NeurosimError(
            f"simulation.environments.{environment.grid.name}: expected at least one lap each way "
            f"to replay, found {int(laps.outbound.sum())} outbound and "
            f"{int((~laps.outbound).sum())} inbound; lengthen duration_s"
        )


def _draw_kinds(
    parameters: EventParameters,
    environments: Sequence[VirtualEnvironment],
    n: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw kind, environment and direction of events (event,)."""
    kind = rng.choice(len(KINDS), n, p=parameters.probabilities())
    weights = np.array([environment.weight for environment in environments])
    tracks = np.array([environment.grid.graph is not None for environment in environments])
    others = np.arange(len(environments)) > 0
    environment = np.full(n, -1)
    for index, name in enumerate(KINDS[:-1]):
        rows = np.flatnonzero(kind == index)
        allowed = {"forward": weights * tracks, "reverse": weights * tracks, "remote": 1.0 * others}
        share = allowed.get(name, weights)
        if rows.size and share.sum() == 0:
            raise NeurosimError(
                f"simulation.events: kinds: {name}: expected 0 where no other environment is "
                f"there to represent, found {parameters.kinds[name]}"
            )
        if rows.size:
            environment[rows] = rng.choice(len(weights), rows.size, p=share / share.sum())
    backwards = rng.random(n) < 0.5
    backwards[kind == KINDS.index("forward")] = False
    backwards[kind == KINDS.index("reverse")] = True
    directed = np.isin(kind, [KINDS.index(name) for name in MOVING]) & tracks[environment]
    return kind, environment, np.where(directed, np.where(backwards, REVERSE, FORWARD), NOTHING)


def _draw_bursts(
    parameters: EventParameters,
    phase: str,
    environments: Sequence[VirtualEnvironment],
    offline: OfflineParameters,
    active: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw more bursts than fit into an epoch, with the gap before each (in active time)."""
    bursts = offline.bursts
    length = active[-1, 1] - active[0, 0]
    n = int(2 * parameters.rate_hz * length) + 10
    kind, environment, direction = _draw_kinds(parameters, environments, n, rng)
    if phase == "pre":
        kind[:], environment[:], direction[:] = KINDS.index("empty"), -1, NOTHING
    compression = parameters.compression_median * np.exp(
        rng.normal(0, parameters.compression_log_sd, n)
    )
    moving = np.isin(kind, [KINDS.index(name) for name in MOVING])
    given = None
    if parameters.repertoire is not None:
        given = _draw_given(parameters.repertoire, kind, direction, rng)
    table = _along_stretches(
        environment, direction, moving, compression, environments, offline, rng, given
    )
    spread = np.exp(rng.normal(0, bursts.duration_log_sd, n))
    table["duration"] = np.where(moving, table["duration"], bursts.duration_s * spread)
    share = np.ptp(active, axis=1).sum() / length
    mean_gap = share / parameters.rate_hz - bursts.min_gap_s - np.mean(table["duration"])
    if mean_gap <= 0:
        fastest = share / (bursts.min_gap_s + np.mean(table["duration"]))
        raise NeurosimError(
            f"simulation.events: rate_hz: expected less than {fastest:.2f} Hz, which bursts and "
            f"the gaps between them leave room for, found {parameters.rate_hz}; lower it or "
            "bursts.min_gap_s"
        )
    table["gap"] = bursts.min_gap_s + rng.exponential(mean_gap, n)
    table["gain"] = np.full(n, bursts.gain)
    return table | {"kind": kind, "environment": environment, "direction": direction}


def _along_stretches(
    environment: np.ndarray,
    direction: np.ndarray,
    moving: np.ndarray,
    compression: np.ndarray,
    environments: Sequence[VirtualEnvironment],
    offline: OfflineParameters,
    rng: np.random.Generator,
    given: Stretches | None = None,
) -> dict[str, np.ndarray]:
    """Draw the stretches of events that move along one; their speed and duration follow.

    Home's stretches (event,) may be given.
    """
    n = environment.size
    table = {name: np.full(n, np.nan) for name in ("speed", "compression", "duration")}
    table |= {name: np.zeros(n) for name in ("from", "to", "heading")}
    table |= {"route": np.full(n, -1), "origin": np.zeros((n, 2))}
    for index, place in enumerate(environments):
        rows = np.flatnonzero(moving & (environment == index))
        if rows.size == 0:
            continue
        if given is not None and index == 0:
            drawn = _taken(given, rows)
        else:
            drawn = draw_stretches(place, direction[rows] == REVERSE, offline.paths, rng)
        speed = compression[rows] * run_speed(place, drawn)
        table["speed"][rows], table["compression"][rows] = speed, compression[rows]
        table["duration"][rows] = np.abs(drawn.stop - drawn.start) / speed
        table["route"][rows], table["origin"][rows] = drawn.route, drawn.origin
        table["from"][rows], table["to"][rows] = drawn.start, drawn.stop
        table["heading"][rows] = drawn.heading
    return table


def _draw_given(
    repertoire: Repertoire, kind: np.ndarray, direction: np.ndarray, rng: np.random.Generator
) -> Stretches:
    """Take a path of the repertoire for each event; make kind and direction (event,) theirs."""
    replayed = np.isin(kind, [KINDS.index("forward"), KINDS.index("reverse")])
    path = np.zeros(kind.size, dtype=int)
    path[replayed] = repertoire.even_draws(int(replayed.sum()), rng)
    reverse = repertoire.reverse[path]
    kind[replayed] = np.where(reverse, KINDS.index("reverse"), KINDS.index("forward"))[replayed]
    direction[replayed] = np.where(reverse, REVERSE, FORWARD)[replayed]
    return repertoire.stretches(path)


def _taken(stretches: Stretches, rows: np.ndarray) -> Stretches:
    """Some of the stretches."""
    return Stretches(*(getattr(stretches, field.name)[rows] for field in fields(Stretches)))


def _place_bursts(
    table: dict[str, np.ndarray], active: np.ndarray, margin: float
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Lay bursts one after another into the active intervals of an epoch.

    Gaps and bursts are laid out in active time; a burst then lasts as long as it lasts, and the
    interval in which it begins with it. Bursts that no longer fit are dropped.
    """
    lengths = np.ptp(active, axis=1)
    before = np.cumsum(lengths) - lengths
    begins = np.cumsum(table["gap"] + table["duration"]) - table["duration"]
    interval = np.clip(np.searchsorted(before, begins, side="right") - 1, 0, lengths.size - 1)
    start = active[interval, 0] + begins - before[interval]
    stop = start + table["duration"]
    keep = stop < active[-1, 1] - margin
    placed = {name: values[keep] for name, values in table.items()}
    placed["start"], placed["stop"] = start[keep], stop[keep]
    longer = active.copy()
    np.maximum.at(longer[:, 1], interval[keep], stop[keep])
    return placed, _merged(longer)


def _merged(intervals: np.ndarray) -> np.ndarray:
    """Join intervals (interval, 2) that overlap; sorted by their start."""
    ends = np.maximum.accumulate(intervals[:, 1])
    first = np.concatenate([[True], intervals[1:, 0] > ends[:-1]])
    starts = np.flatnonzero(first)
    return np.column_stack([intervals[starts, 0], np.maximum.reduceat(intervals[:, 1], starts)])


def _labelled(table: dict[str, np.ndarray], state: str, phase: str) -> dict[str, np.ndarray]:
    n = table["start"].size
    labels = {"state": np.full(n, state, dtype=object), "phase": np.full(n, phase, dtype=object)}
    return table | labels


def _joined(parts: Sequence[dict[str, np.ndarray]]) -> Events:
    """Put the events of all epochs together."""
    empty = _labelled(sequence_table([], RemParameters(0.0, 1.0, 0.0, 1.0)), "", "")
    parts = [empty, *parts]

    def column(name: str) -> np.ndarray:
        return np.concatenate([part[name] for part in parts])

    plain = ("start", "stop", "kind", "direction", "environment", "speed", "compression", "gain")
    return Events(
        **{name: column(name) for name in (*plain, "state", "phase")},
        stretches=Stretches(
            column("route"), column("from"), column("to"), column("origin"), column("heading")
        ),
    )
