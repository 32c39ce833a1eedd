"""Events and packets of networks as the rules of the emergent study leave them, made by hand."""

import numpy as np
import xarray as xr

from neurosim.files import flags
from neurosim.network.neuromodulation import STATES

WAYS = ("forward", "reverse", "unresolved")
SECONDS = {"rest": 20.0, "nrem": 60.0, "rem": 20.0}
N_BINS, BIN, LENGTH = 8, 0.02, 3.0


def events_dataset(
    directions: list[str], state: str = "nrem", *, spans: list[float] | None = None, **given
) -> xr.Dataset:
    """Events of one network, all in one state, one after the other, each of eight bins.

    Parameters
    ----------
    directions : list of str
        One an event.
    state : str
    spans : list of float, optional
        m; 2 m where not given.
    **given
        Variables (event,) that replace those made here.
    """
    n = len(directions)
    start = 300.0 + np.arange(n)
    spans = np.full(n, 2.0) if spans is None else np.array(spans, dtype=float)
    columns = {
        "start": start,
        "stop": start + N_BINS * BIN,
        "route": np.zeros(n, dtype=int),
        "route_length": np.full(n, LENGTH),
        "velocity": np.full(n, 10.0),
        "path_start": np.full(n, 0.5),
        "path_stop": 0.5 + spans,
        "span": spans,
        "compression": np.full(n, 20.0),
        "crossing_speed": np.full(n, 12.0),
        "crossing_compression": np.full(n, 24.0),
        "significant": np.ones(n, dtype=np.int8),
        "ripple_frequency": np.full(n, 150.0),
        "ripple_ratio": np.full(n, 1.5),
    } | given
    position = (np.arange(30) + 0.5) * LENGTH / 30
    centre = np.linspace(0.5, 2.5, N_BINS)
    posterior = np.exp(-((position - centre[:, None]) ** 2) / 0.02)
    posterior /= posterior.sum(axis=1, keepdims=True)
    steps = BIN * (np.arange(N_BINS) + 0.5)
    return xr.Dataset(
        {name: ("event", np.asarray(values)) for name, values in columns.items()}
        | {
            "state": flags(np.full(n, state), STATES, "event", "state"),
            "direction": flags(np.array(directions, dtype=object), WAYS, "event", "direction"),
            "bin_event": ("bin", np.repeat(np.arange(n), N_BINS)),
            "bin_time": ("bin", (start[:, None] + steps).ravel()),
            "decoded_position": ("bin", np.tile(centre, n)),
            "posterior": (("bin", "position"), np.tile(posterior, (n, 1)).astype(np.float32)),
            "seconds": ("searched", [SECONDS[name] for name in STATES]),
        },
        coords={"searched": list(STATES)},
        attrs={"run_speed": 0.5, "track": "linear"},
    )


def packets_dataset(
    events: xr.Dataset, directions: list[str], speeds: list[float] | float = 12.0, **occupancy
) -> xr.Dataset:
    """Packets of the same events; `occupancy` of the network in each state where it is known."""
    n = events.sizes["event"]
    variables = {
        "packet_speed": ("event", np.broadcast_to(np.asarray(speeds, dtype=float), n)),
        "packet_direction": flags(np.array(directions, dtype=object), WAYS, "event", "direction"),
        "packet_map": flags(
            np.full(n, "outbound"), ("outbound", "inbound", "both"), "event", "map"
        ),
        "packet_position": ("bin", events["decoded_position"].values + 0.05),
    }
    if occupancy:
        variables["network_occupancy"] = ("searched", [occupancy.get(s, 0.0) for s in STATES])
    return xr.Dataset(variables, coords={"searched": list(STATES)})


def sensitivity_dataset(
    effects: dict[str, dict[str, float]], outcomes: tuple[str, ...], noise: np.ndarray
) -> xr.Dataset:
    """Outcomes that are powers of constants: ``outcome = 2 * factor ** exponent``.

    Parameters
    ----------
    effects : dict of constant to dict of outcome to float
        Exponents; NaN: nothing is found below the constant's own value. Shares grow by the
        exponent times the change of the factor, from one half.
    outcomes : tuple of str
    noise : array (constant, outcome)
        Natural logarithm by which all values of this network differ.
    """
    factors = np.array([0.5, 1.0, 1.5])
    values = np.zeros((len(effects), 3, len(outcomes)))
    for i, of_constant in enumerate(effects.values()):
        for j, outcome in enumerate(outcomes):
            power = of_constant.get(outcome, 0.0)
            if outcome.endswith("share"):
                values[i, :, j] = 0.5 + np.nan_to_num(power) * (factors - 1)
            else:
                values[i, :, j] = 2 * factors ** (np.nan_to_num(power) + noise[i, j])
            if np.isnan(power):
                values[i, 0, j] = 0.0 if outcome == "event_rate" else np.nan
    n = len(effects)
    words = {"constant_unit": "mV", "group": "pyramidal cell", "context": "nrem,linear,symmetric"}
    return xr.Dataset(
        {
            "value": (("constant", "factor", "outcome"), values),
            "gain": (("constant", "factor"), np.ones((n, 3))),
            "occupancy": (("constant", "factor"), np.full((n, 3), 0.275)),
            "base": ("constant", np.ones(n)),
            **{name: ("constant", np.full(n, word, dtype=object)) for name, word in words.items()},
        },
        coords={
            "constant": np.array(list(effects), dtype=object),
            "factor": factors,
            "outcome": np.array(outcomes, dtype=object),
        },
    )
