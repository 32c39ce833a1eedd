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
    found: dict[str, list] = {"held_out": [], "input_learning": [], "gallery": []}
    for name in ("simplenet", "bownet", "bownet,shuffled", "structurenet"):
        for hold_out in ("set_1", "set_10"):
            weights = train_network(name, hold_out, 0, experiment, words)
            network = network_from_dataset(weights)
            about = (network, hold_out, 0, experiment)
            found["held_out"].append(measure_held_out(*about, parameters))
            learning = LearningParameters(**CURVE)
            found["input_learning"].append(measure_input_learning(*about, learning))
            if (name, hold_out) == ("bownet", "set_10"):
                found["gallery"].append(draw_gallery(*about))
    return found
