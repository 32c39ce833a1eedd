"""Place-cell spikes from elephant: a rate signal a cell at the path's samples, then a draw."""

import _harness


def prepare(inputs):
    """Make every cell's rate signal and draw an inhomogeneous Poisson train from it."""
    import neo
    import numpy as np
    import quantities as pq
    from elephant.spike_train_generation import NonStationaryPoissonProcess

    path, step = inputs["path"], float(inputs["step_s"])

    def work():
        np.random.seed(1)  # noqa: NPY002 - elephant draws from the global generator
        trains = []
        for centre, peak in zip(inputs["centre"], inputs["peak"], strict=True):
            offset = (path - centre) / float(inputs["width"])
            rate = float(inputs["background"]) + peak * np.exp(-0.5 * offset**2)
            signal = neo.AnalogSignal(rate[:, None], units=pq.Hz, sampling_period=step * pq.s)
            trains.append(NonStationaryPoissonProcess(signal).generate_spiketrain(as_array=True))
        return trains

    return work


def outputs(result):
    """Count the spikes of each cell."""
    import numpy as np

    return {"n_spikes": np.array([train.size for train in result])}


def version():
    """Version of elephant."""
    import elephant

    return elephant.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
