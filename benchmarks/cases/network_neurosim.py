"""The CA3 network in neurosim: ``n_trials`` of it side by side."""

import _harness


def prepare(inputs):
    """Build wiring and trials; what is timed is the simulation."""
    import json

    import numpy as np

    from neurosim.network.ca3 import Wiring, simulate_network
    from neurosim.network.ca3_constants import Constants
    from neurosim.network.trial import Trial

    wiring = Wiring(*(inputs[name] for name in ("recurrent", "drive", "inhibition", "mutual")))
    trial = Trial(Constants(json.loads(str(inputs["constants"]))), float(inputs["gain"]))
    n_trials = int(inputs["n_trials"])

    def work():
        rngs = [np.random.default_rng([int(inputs["seed"]), i]) for i in range(n_trials)]
        return n_trials, simulate_network(
            wiring, [trial] * n_trials, float(inputs["duration"]), rngs, float(inputs["step_ms"])
        )

    return work


def outputs(result):
    """Spikes of both populations; units of different trials are numbered on."""
    import numpy as np

    n_trials, activity = result
    far = 1_000_000
    return {
        "time": activity.time,
        "unit": activity.unit + far * activity.trial,
        "basket_time": activity.basket_time,
        "basket_unit": activity.basket_unit + far * activity.basket_trial,
        "made": np.array(0.0),
        "n_trials": np.array(n_trials),
    }


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
