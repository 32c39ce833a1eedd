"""What was decoded of networks whose replay nobody planted: their events, and numbers of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.errors import choices
from neurosim.files import flag_names, load
from neurosim.network.neuromodulation import STATES

END = 1 / 3  # of the track: its rewarded end
OF_EVENTS = (  # variables of events that are taken as they are
    *("route", "route_length", "path_start", "path_stop", "span", "velocity"),
    *("compression", "crossing_speed", "crossing_compression", "ripple_frequency", "ripple_ratio"),
)
NAMES = ("network", "design", "state", "condition")
NUMBERS = {  # column of `network_table`: unit, long name
    "seconds": ("s", "time in the state"),
    "n_events": ("1", "candidate events"),
    "n_replays": ("1", "events that are significant and span enough of the track"),
    "n_forward": ("1", "forward replays"),
    "n_reverse": ("1", "reverse replays"),
    "n_forward_at_end": ("1", "forward replays from the end of the track at position zero"),
    "n_reverse_at_end": ("1", "reverse replays from the end of the track at position zero"),
    "n_checked": ("1", "replays whose direction is resolved, decoded and in CA3 itself"),
    "event_rate": ("s-1", "candidate events a second"),
    "occupancy": ("1", "part of the time in candidate events"),
    "network_occupancy": ("1", "part of the time in events of CA3 itself"),
    "candidate_duration": ("s", "duration of candidate events, median"),
    "replay_duration": ("s", "duration of replays, median"),
    "compression_likelihood": ("1", "compression of replays, median"),
    "compression_crossing": ("1", "compression of replays between 20 and 80 % of it, median"),
    "forward_share": ("1", "share of forward among forward and reverse replays"),
    "significant_share": ("1", "share of candidate events that pass the shuffles"),
    "replay_share": ("1", "share of candidate events that are replays"),
    "span": ("m", "net displacement of candidate events, median"),
    "ripple_frequency": ("Hz", "peak of the field potential's spectrum in events, median"),
    "ripple_ratio": ("1", "ripple power in events over that outside, median"),
    "speed_ratio_crossing": ("1", "decoded over direct speed of replays, median"),
    "speed_ratio_likelihood": ("1", "speed by likelihood over direct speed, median"),
    "speed_error": ("1", "size of the relative error of the decoded speed, median"),
    "direction_agreement": ("1", "share of replays decoded in their packet's direction"),
}


@dataclass(frozen=True)
class Networks:
    """All networks, and what stands in the rows of each.

    Attributes
    ----------
    table : DataFrame
        A row a network and state: ``number``, `NAMES` and `NUMBERS`.
    missing : dict of network name to str
        Why a network cannot answer.
    designs : dict of name to mapping
        Track, rule and control of each design.
    min_span : float
        Of a replay, m.
    """

    table: pd.DataFrame
    missing: dict[str, str]
    designs: dict[str, Mapping]
    min_span: float

    def of(self, design: str, state: str) -> pd.DataFrame:
        """Rows of a design in a state, by number of the network."""
        here = (self.table.design == design) & (self.table.state == state)
        return self.table[here].set_index("number")

    def reason(self, design: str, nothing: str) -> str:
        """Why a design has no number: a file that says so, or that there was nothing to count."""
        gaps = (gap for name, gap in self.missing.items() if design_of(name)[0] == design)
        return next(gaps, nothing)


def design_of(network: str) -> tuple[str, int]:
    """Design and number of a network by its name."""
    design, _, number = network.rpartition("-")
    if not (design and number.isdigit()):
        raise NeurosimError(f"network {network!r}: expected a design and a number, like w_all-1")
    return design, int(number)


def condition_of(design: Mapping, *parts: str) -> str:
    """Condition of a row: `parts`, track, rule, and in what the design differs from others."""
    marks = [design["control"]] if design.get("control", "none") != "none" else []
    marks += ["rewarded"] if design.get("is_rewarded") else []
    marks += ["own_gain"] if design.get("own_gain") else []
    return ",".join([*parts, design["track"], design["rule"], *marks])


def network_events(events: xr.Dataset, packets: xr.Dataset, min_span: float) -> pd.DataFrame:
    """Put the events of a network, decoded and as its packets are, into one table.

    Parameters
    ----------
    events : Dataset (event)
        From the rule decode_network_events.
    packets : Dataset (event)
        From the rule measure_packets, of the same events.
    min_span : float
        Net displacement of a replay, m.

    Raises
    ------
    NeurosimError
        If the two hold different numbers of events.
    """
    if events.sizes["event"] != packets.sizes["event"]:
        raise NeurosimError(
            f"packets: expected {events.sizes['event']} events, as were decoded, found "
            f"{packets.sizes['event']}; measure them again"
        )
    table = pd.DataFrame({name: events[name].values for name in OF_EVENTS})
    table["state"] = flag_names(events["state"])
    table["direction"] = flag_names(events["direction"])
    table["duration"] = events["stop"].values - events["start"].values
    table["significant"] = events["significant"].values == 1
    table["replay"] = table.significant & (table["span"] >= min_span)
    table["packet_direction"] = flag_names(packets["packet_direction"])
    table["packet_speed"] = packets["packet_speed"].values
    return table


def seconds_of(events: xr.Dataset) -> dict[str, float]:
    """Time in s that a network spent in each state."""
    seconds = events["seconds"]
    found = dict(zip(seconds["searched"].values.astype(str), seconds.values.tolist(), strict=True))
    missing = [state for state in STATES if state not in found]
    if missing:
        raise NeurosimError(
            f"seconds: expected a time for each of {choices(STATES)}, found none for {missing[0]}"
        )
    return {state: float(found[state]) for state in STATES}


def state_numbers(table: pd.DataFrame, seconds: float) -> dict[str, float]:
    """Numbers of a network in one state, by the names in `NUMBERS`.

    Parameters
    ----------
    table : DataFrame
        Its events in that state, from `network_events`.
    seconds : float
        Time in the state.

    Returns
    -------
    dict of str to float
        NaN where there is nothing to count: a network without events has a rate and no more.
    """
    replays = table[table.replay]
    way = replays.direction.isin(["forward", "reverse"])
    checked = replays[way & replays.packet_direction.isin(["forward", "reverse"])]
    at_end = replays[replays.path_start < END * replays.route_length]
    n_forward, n_reverse = ((replays.direction == d).sum() for d in ("forward", "reverse"))
    direct = replays.packet_speed.where(replays.packet_speed > 0)
    numbers = {
        "seconds": seconds,
        "n_events": len(table),
        "n_replays": len(replays),
        "n_forward": n_forward,
        "n_reverse": n_reverse,
        "n_forward_at_end": (at_end.direction == "forward").sum(),
        "n_reverse_at_end": (at_end.direction == "reverse").sum(),
        "n_checked": len(checked),
        "event_rate": len(table) / seconds if seconds else np.nan,
        "occupancy": table.duration.sum() / seconds if seconds else np.nan,
        "candidate_duration": table.duration.median(),
        "replay_duration": replays.duration.median(),
        "compression_likelihood": replays.compression.median(),
        "compression_crossing": replays.crossing_compression.median(),
        "forward_share": n_forward / (n_forward + n_reverse) if way.any() else np.nan,
        "significant_share": table.significant.mean(),
        "replay_share": table.replay.mean(),
        "span": table["span"].median(),
        "ripple_frequency": table.ripple_frequency.median(),
        "ripple_ratio": table.ripple_ratio.median(),
        "speed_ratio_crossing": (replays.crossing_speed / direct).median(),
        "speed_ratio_likelihood": (replays.velocity.abs() / direct).median(),
        "speed_error": (replays.crossing_speed / direct - 1).abs().median(),
        "direction_agreement": (checked.direction == checked.packet_direction).mean(),
    }
    return {name: float(value) for name, value in numbers.items()}


def read_networks(
    events: Sequence[Path],
    packets: Sequence[Path],
    designs: Mapping[str, Mapping],
    min_span: float,
) -> Networks:
    """Read the events of all networks and count.

    Parameters
    ----------
    events, packets : sequence of Path
        Outputs of the rules decode_network_events and measure_packets, in the same order.
    designs : Mapping of name to Mapping
        ``track``, ``rule`` and, where they are not usual, ``control``, ``is_rewarded`` and
        ``own_gain``.
    min_span : float
        Net displacement of a replay, m.

    Raises
    ------
    NeurosimError
        If a network is of a design that is not there.
    """
    rows, missing = [], {}
    for event_file, packet_file in zip(events, packets, strict=True):
        name = event_file.stem
        design, number = design_of(name)
        if design not in designs:
            raise NeurosimError(f"{event_file}: design: expected one of {choices(designs)}")
        try:
            decoded, direct = load(event_file), load(packet_file)
            table = network_events(decoded, direct, min_span)
        except MissingData as gap:
            missing[name] = str(gap)
            continue
        seconds = seconds_of(decoded)
        for state in STATES:
            numbers = state_numbers(table[table.state == state], seconds[state])
            numbers["network_occupancy"] = _own_occupancy(direct, designs[design], state)
            names = {"network": name, "design": design, "number": number, "state": state}
            names["condition"] = condition_of(designs[design], state)
            rows.append(names | numbers)
    columns = [*NAMES, "number", *NUMBERS]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(NUMBERS, float))
    return Networks(table, missing, dict(designs), min_span)


def _own_occupancy(packets: xr.Dataset, design: Mapping, state: str) -> float:
    """Part of the time that CA3 is in events, where its threshold means something.

    The threshold is a multiple of what noise alone does in NREM; the noise of REM exceeds it.
    """
    known = state != "rem" or design.get("own_gain", False)
    if not known or "network_occupancy" not in packets:
        return np.nan
    return float(packets["network_occupancy"].sel(searched=state))


def networks_dataset(table: pd.DataFrame) -> xr.Dataset:
    """Put the numbers of all networks into a Dataset (row), a row a network and state."""
    variables = {name: ("row", table[name].to_numpy(object), {"long_name": name}) for name in NAMES}
    for name, (unit, long_name) in NUMBERS.items():
        attributes = {"units": unit, "long_name": long_name}
        variables[name] = ("row", table[name].to_numpy(float), attributes)
    return xr.Dataset(variables)
