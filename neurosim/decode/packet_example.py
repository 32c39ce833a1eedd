"""One emergent event to look at, from the spikes of CA3 to the decoded path.

It shows what CA3 did beside what was decoded from CA1: for comparisons with truth only.
"""

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.files import flag_names, flags
from neurosim.recording import Recording

MARGIN = 0.1  # s shown before and after the event
MAPS = ("outbound", "inbound", "both")


def example_of(
    recording: Recording,
    cells: xr.Dataset,
    spikes: xr.Dataset,
    events: xr.Dataset,
    packets: xr.Dataset,
    min_span: float,
    state: str = "nrem",
) -> xr.Dataset:
    """Take the first replay of median duration, with everything that is to be seen of it.

    Parameters
    ----------
    recording : Recording
        Of a network on a track with one route.
    cells : Dataset (field)
        Its ``truth/cells/CA3``.
    spikes : Dataset (spike)
        Its ``truth/ca3_spikes``.
    events, packets : Dataset (event)
        What was decoded, and measured in CA3.
    min_span : float
        Net displacement of a replay, m.
    state : str

    Returns
    -------
    Dataset (spike, bin, position, sample)
        Times in s from the event's start: ``spike_time``, ``spike_centre`` m and the flag
        ``spike_map`` of CA3 cells with a field (its largest); ``bin_time``, ``posterior``,
        ``decoded_position`` and ``packet_position`` m; ``sample_time`` and ``field_potential`` pA.
        Its attributes word the event.

    Raises
    ------
    MissingData
        If there is no replay in that state.
    """
    chosen = median_replay(events, min_span, state)
    start, stop = (float(events[name].values[chosen]) for name in ("start", "stop"))
    rows = np.flatnonzero(events["bin_event"].values == chosen)
    bins = {
        name: source[name].isel(bin=rows).rename(None)
        for source, names in (
            (events, ("posterior", "decoded_position")),
            (packets, ("packet_position",)),
        )
        for name in names
    }
    seconds = {"units": "s", "long_name": "time from the event's start"}
    shared = {
        "bin_time": ("bin", events["bin_time"].values[rows] - start, seconds),
        **_raster(cells, spikes, start, stop),
        **_field_potential(recording, start, stop),
    }
    n, length = events.sizes["position"], float(events["route_length"].values[chosen])
    along = (np.arange(n) + 0.5) * length / n
    event, packet = events.isel(event=[chosen]), packets.isel(event=[chosen])
    words = {
        "network": recording.name,
        "state": state,
        "start_s": start,
        "duration_s": stop - start,
        "direction": flag_names(event["direction"])[0],
        "packet_direction": flag_names(packet["packet_direction"])[0],
        "packet_map": flag_names(packet["packet_map"])[0],
        "speed_m_s": float(event["crossing_speed"].values[0]),
        "packet_speed_m_s": float(packet["packet_speed"].values[0]),
        "compression": float(event["compression"].values[0]),
        "route_length_m": length,
    }
    place = ("position", along, {"units": "m", "long_name": "place along the route"})
    return xr.Dataset({**bins, **shared}, {"position": place}, attrs=words)


def median_replay(events: xr.Dataset, min_span: float, state: str) -> int:
    """Index of the first replay whose duration is nearest to the median of all in a state.

    Raises
    ------
    MissingData
        If there is none.
    """
    here = (flag_names(events["state"]) == state) & (events["significant"].values == 1)
    replays = np.flatnonzero(here & (events["span"].values >= min_span))
    if not replays.size:
        raise MissingData(
            f"an example: expected a replay of {min_span:g} m or more in {state}, found none; "
            "simulate for longer"
        )
    duration = (events["stop"].values - events["start"].values)[replays]
    return int(replays[np.argmin(np.abs(duration - np.median(duration)))])


def main_fields(cells: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Centre in m (cell,) of each cell's largest field, and its map (index in `MAPS`)."""
    owner, peak = cells["field_cell"].values, cells["field_peak_rate"].values
    order = np.argsort(-peak.max(axis=0), kind="stable")
    _, first = np.unique(owner[order], return_index=True)
    largest = order[first]  # (cell that has a field)
    centre = np.full(int(owner.max()) + 1, np.nan)
    maps = np.zeros(centre.size, dtype=int)
    centre[owner[largest]] = cells["field_centre"].values[largest]
    outbound, inbound = peak[:, largest] > 0
    maps[owner[largest]] = np.where(outbound & inbound, 2, np.where(outbound, 0, 1))
    return centre, maps


def _raster(cells: xr.Dataset, spikes: xr.Dataset, start: float, stop: float) -> dict:
    """Spikes about the event of the cells that have a field."""
    centre, maps = main_fields(cells)
    time, cell = spikes["time"].values, spikes["cell"].values
    rows = (time >= start - MARGIN) & (time <= stop + MARGIN) & (cell < centre.size)
    time, cell = time[rows], cell[rows]
    known = np.isfinite(centre[cell])
    time, cell = time[known], cell[known]
    return {
        "spike_time": ("spike", time - start, {"units": "s", "long_name": "time of CA3 spikes"}),
        "spike_centre": (
            "spike",
            centre[cell],
            {"units": "m", "long_name": "centre of the cell's largest field"},
        ),
        "spike_map": flags(maps[cell], MAPS, "spike", "running direction in which the cell fires"),
    }


def _field_potential(recording: Recording, start: float, stop: float) -> dict:
    """Field potential about the event; nothing where the recording has none."""
    oscillations = recording.oscillations
    if oscillations is None or "field_potential" not in oscillations:
        return {}
    time = oscillations["time"].values
    rows = slice(*np.searchsorted(time, [start - MARGIN, stop + MARGIN]))
    source = oscillations["field_potential"]
    return {
        "sample_time": ("sample", time[rows] - start, {"units": "s", "long_name": "time"}),
        "field_potential": ("sample", source.values[rows], dict(source.attrs)),
    }
