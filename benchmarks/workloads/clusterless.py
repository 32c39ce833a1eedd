"""Log likelihood of unsorted spikes from their waveform features."""

import numpy as np

from benchmarks.workloads.common import (
    FIELD_SD,
    TRACK_LENGTH,
    Agreement,
    Arrays,
    Peer,
    Workload,
    bin_centres,
    lap_path,
    largest_difference,
)

WIDTH = 0.002  # s
POSITION_SD = 0.06  # m
MARK_SD = 1.0  # marks are in units of their kernel's SD: a peer floors absolute densities
N_FEATURES = 4
RUN = 1200.0  # s of running that the encoding marks come from
CELLS = 10  # on an electrode
EQUAL = 1e-3


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Marks of running (encoding) and of a minute to decode, on tetrodes."""
    n_electrodes, n_marks, n = sizes["electrodes"], sizes["marks"], sizes["positions"]
    centre = rng.uniform(0, TRACK_LENGTH, (n_electrodes, CELLS))
    waveform = rng.normal(0, 4.0, (n_electrodes, CELLS, N_FEATURES))

    def fire(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Electrode and mark of a spike at each place, of a cell whose field is there."""
        electrode = rng.integers(0, n_electrodes, place.size)
        drive = np.exp(-0.5 * ((place[:, None] - centre[electrode]) / FIELD_SD) ** 2) + 1e-12
        total = np.cumsum(drive, axis=1)
        cell = (total < rng.random((place.size, 1)) * total[:, -1:]).sum(axis=1)
        mark = waveform[electrode, cell] + rng.normal(0, 1.25, (place.size, N_FEATURES))
        return electrode, mark.astype(np.float32)

    learnt_at = rng.uniform(0, TRACK_LENGTH, n_marks)
    state = (learnt_at / TRACK_LENGTH * n).astype(int)
    learnt_on, learnt_mark = fire(learnt_at)
    time_bin = np.sort(rng.integers(0, sizes["bins"] - 1, n_marks))  # a peer drops the last
    electrode, mark = fire(lap_path(time_bin * WIDTH))
    position = bin_centres(n)
    kernel = np.exp(-0.5 * ((position[:, None] - position) / POSITION_SD) ** 2)
    density = kernel / (POSITION_SD * np.sqrt(2 * np.pi))
    spent = np.full(n, RUN / n)
    occupancy = spent / RUN @ density
    mean_rate = np.bincount(learnt_on, minlength=n_electrodes) / RUN
    ground = np.bincount(state, minlength=n) / RUN @ density / occupancy
    return {
        "position": position,
        "width": np.array(WIDTH),
        "n_bins": np.array(sizes["bins"]),
        "bin": time_bin,
        "electrode": electrode,
        "mark": mark,
        "encoding_electrode": learnt_on,
        "encoding_state": state,
        "encoding_position": position[state],
        "encoding_mark": learnt_mark,
        "spent": spent,
        "kernel": kernel,
        "occupancy": occupancy,
        "mean_rate": mean_rate,
        "ground_intensity": ground,
        "position_sd": np.array(POSITION_SD),
        "mark_sd": np.array(MARK_SD),
    }


def posterior(log_likelihood: np.ndarray) -> np.ndarray:
    """Turn log likelihoods (bin, position) into posteriors under a flat prior."""
    log_likelihood = np.asarray(log_likelihood, dtype=float)
    weight = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def brute_force(given: Arrays, bins: np.ndarray) -> np.ndarray:
    """Log likelihood (bin, position) from the definition, in double precision."""
    position, occupancy = given["position"], given["occupancy"]
    norm = (2 * np.pi) ** (-0.5 * (1 + N_FEATURES)) / (POSITION_SD * MARK_SD**N_FEATURES)
    values = np.tile(-given["ground_intensity"] * WIDTH, (bins.size, 1))
    for row, number in enumerate(bins):
        for spike in np.flatnonzero(given["bin"] == number):
            learnt = given["encoding_electrode"] == given["electrode"][spike]
            apart = (given["encoding_mark"][learnt].astype(float) - given["mark"][spike]) / MARK_SD
            away = (position[:, None] - given["encoding_position"][learnt]) / POSITION_SD
            joint = np.exp(-0.5 * (away**2 + (apart**2).sum(axis=1))).mean(axis=1) * norm
            rate = given["mean_rate"][given["electrode"][spike]] * WIDTH
            values[row] += np.log(np.maximum(rate * joint / occupancy, 1e-15))
    return values


def check_oracle(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare posteriors with the definition on bins with spikes."""
    heard = np.unique(given["bin"])
    bins = heard[heard % 10 == 0][:50]
    found = posterior(outputs["log_likelihood"][bins // 10])
    off = largest_difference(found, posterior(brute_force(given, bins)))
    return Agreement(off < EQUAL, f"posterior within {off:.1e} of the definition")


def check_peer(given: Arrays, ours: Arrays, theirs: Arrays) -> Agreement:
    """Compare posteriors under a flat prior."""
    off = largest_difference(posterior(ours["log_likelihood"]), posterior(theirs["log_likelihood"]))
    return Agreement(off < EQUAL, f"posterior within {off:.1e}")


WORKLOAD = Workload(
    name="clusterless",
    sizes={
        "full": {"marks": 30_000, "electrodes": 10, "bins": 30_000, "positions": 200},
        "small": {"marks": 400, "electrodes": 2, "bins": 400, "positions": 40},
    },
    inputs=inputs,
    check_reference=check_oracle,
    check_peer=check_peer,
    peers=(Peer("non_local_detector", 1.0),),
)
