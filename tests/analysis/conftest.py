"""What tests of the analysis share: small runs of the instruction study."""

from pathlib import Path

import pytest

TASKS = (
    *("Go", "AntiGo", "RTGo", "AntiRTGo", "GoMod1", "AntiGoMod1"),
    *("DM", "AntiDM", "DMMod1", "AntiDMMod1", "DMMod2", "AntiDMMod2"),
)
CURVE = {"n_batches": 6, "n_trials": 16}


@pytest.fixture(scope="session")
def instructed() -> dict[str, list]:
    """Results of networks of 16 units after a few updates, by attribute of `Measurements`."""
    from neurosim.models.instructed.gallery import draw_gallery
    from neurosim.models.instructed.learning import LearningParameters
    from neurosim.models.instructed.representation import (
        RepresentationParameters,
        measure_representation,
    )
    from neurosim.models.instructed.study import (
        Experiment,
        HeldOutParameters,
        measure_held_out,
        measure_input_learning,
        train_network,
    )
    from neurosim.models.instructed.trained import network_from_dataset
    from neurosim.tasks.psychophysics.instructions import read_instructions

    words = read_instructions(Path(__file__).parents[2] / "config" / "instructions.csv")
    training = {"n_updates": 5, "n_tasks": 4, "n_each": 4}
    given = {"tasks": list(TASKS), "n_units": 16, "n_steps": 30, "training": training}
    experiment = Experiment.from_mapping(given, 1)
    measure = {"n_trials": 32, "n_repeats": 1, "learning": CURVE}
    parameters = HeldOutParameters.from_mapping(measure)
    few = RepresentationParameters(n_trials=30, n_clusters=4, n_shuffles=2)
    found: dict[str, list] = {}

    def keep(kind: str, data) -> None:
        found.setdefault(kind, []).append(data)

    for name in ("simplenet", "bownet", "structurenet"):
        for hold_out in ("set_1", "set_10"):
            weights = train_network(name, hold_out, 0, experiment, words)
            about = (network_from_dataset(weights), hold_out, 0, experiment)
            keep("held_out", measure_held_out(*about, parameters))
            keep("input_learning", measure_input_learning(*about, LearningParameters(**CURVE)))
            if (name, hold_out) in (("simplenet", "set_10"), ("structurenet", "set_10")):
                keep("representation", measure_representation(*about, few))
            if (name, hold_out) == ("bownet", "set_10"):
                keep("gallery", draw_gallery(*about))
    return found
