"""Measure reward discounts in sessions full of replay on a branching track."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.rewards import RewardDesign, calibrate_rewards
from neurosim.decode.bursts import BurstDetection
from neurosim.decode.reward_replay import RewardParameters
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, save_or_explain


def main(
    *,
    out: Path,
    seed: int,
    simulation: Mapping,
    design: Mapping,
    candidates: Mapping,
    fields: Mapping,
    fit_bin_s: float,
    rewards: Mapping,
) -> None:
    """Write ``results/replay/calibration/rewards.nc``."""
    detection = {**candidates, "states": tuple(candidates["states"])}
    used = {"design": dict(design), "rewards": dict(rewards), "simulation": dict(simulation)}
    save_or_explain(
        lambda: calibrate_rewards(
            simulation,
            RewardDesign(**design),
            BurstDetection(**detection),
            FieldParameters(**fields),
            fit_bin_s,
            RewardParameters(**rewards),
            seed,
        ),
        out,
        Provenance("Reward discounts on planted events", "calibrate_rewards", seed, used),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
