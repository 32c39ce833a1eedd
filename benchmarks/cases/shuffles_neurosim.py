"""Weighted correlation against cell-identity shuffles, every shuffle decoded anew."""

import _harness


def prepare(inputs):
    """Score and shuffle all events."""
    import numpy as np

    from neurosim.decode.shuffles import ShuffleOptions, event_p_values
    from neurosim.decode.templates import EventCounts, Templates

    n_shuffles = int(inputs["n_shuffles"])
    counts, event = inputs["counts"], inputs["event"]
    events = EventCounts(counts, event, inputs["length"].size, float(inputs["width"]))
    rate = inputs["rate"][None]
    templates = Templates(rate, np.ones(rate.shape[:2], dtype=bool), inputs["position"])
    options = ShuffleOptions(n_shuffles, ("cell_identity",), grid=None)

    def work():
        return event_p_values(events, templates, options, np.random.default_rng(1)), n_shuffles

    return work


def outputs(result):
    """Score and p value of every event."""
    tested, n_shuffles = result
    return {
        "score": tested["highest_score"].values[:, 0],
        "p_value": tested["p_value"].values[:, 0, 0],
        "n_shuffles": n_shuffles,
    }


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
