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
    largest_difference,
)

WIDTH = 0.002  # s
POSITION_SD = 0.06  # m
MARK_SD = 24.0  # uV
N_FEATURES = 4
RUN = 1200.0  # s of running that the encoding marks come from
CELLS = 10  # on an electrode
EQUAL = 1e-3


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Marks of running (encoding) and of a minute to decode, on tetrodes."""
    n_electrodes, n_marks = sizes["electrodes"], sizes["marks"]
    centre = rng.uniform(0, TRACK_LENGTH, (n_electrodes, CELLS))
    waveform = rng.normal(0, 100.0, (n_electrodes, CELLS, N_FEATURES))

    def draw() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        electrode = rng.integers(0, n_electrodes, n_marks)
        cell = rng.integers(0, CELLS, n_marks)
        place = centre[electrode, cell] + rng.normal(0, FIELD_SD, n_marks)
        mark = waveform[electrode, cell] + rng.normal(0, 30.0, (n_marks, N_FEATURES))
        return electrode, np.clip(place, 0, TRACK_LENGTH), mark.astype(np.float32)

    learnt_on, learnt_at, learnt_mark = draw()
    electrode, _, mark = draw()
    position = bin_centres(sizes["positions"])
    occupancy = np.full(position.size, 1 / TRACK_LENGTH)
    mean_rate = np.bincount(learnt_on, minlength=n_electrodes) / RUN
    ground = np.zeros(position.size)
    for number in range(n_electrodes):
        distance = (position[:, None] - learnt_at[learnt_on == number]) / POSITION_SD
        density = np.exp(-0.5 * distance**2).mean(axis=1) / (POSITION_SD * np.sqrt(2 * np.pi))
        ground += mean_rate[number] * density / occupancy
    return {
        "position": position,
        "width": np.array(WIDTH),
        "n_bins": np.array(sizes["bins"]),
        "bin": np.sort(rng.integers(0, sizes["bins"] - 1, n_marks)),  # a peer drops the last
        "electrode": electrode,
        "mark": mark,
        "encoding_electrode": learnt_on,
        "encoding_position": learnt_at,
        "encoding_mark": learnt_mark,
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
