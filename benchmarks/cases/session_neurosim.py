"""Simulate a whole session of three regions."""

import _harness


def prepare(inputs):
    """Build the parameters; what is timed is the recording, truth included."""
    import json

    from neurosim.simulation import SimulationParameters, simulate_recording

    parameters = SimulationParameters.from_mapping(json.loads(str(inputs["simulation"])))
    return lambda: simulate_recording(parameters, int(inputs["seed"]), "rat1")


def outputs(groups):
    """How long it is, and the spikes of each region."""
    import numpy as np

    region = groups["units"]["region"].values.astype(str)[groups["spikes"]["unit_index"].values]
    counted = {f"n_{name}": np.array(np.sum(region == name)) for name in ("CA1", "ADN", "SC")}
    return counted | {"duration": groups["epochs"]["stop"].values[-1]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
