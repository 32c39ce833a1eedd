"""Compare the decoded virtual heading with the planted one: a comparison with truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.bins import group_name
from neurosim.decode.planted_heading import compare_heading
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_truth


def main(
    *,
    recording: Path,
    decoded: Path,
    out: Path,
    seed: int,
    bins_s: Sequence[float],
    turns: Mapping,
) -> None:
    """Write ``results/heading/planted/{subject}.nc``, a group a bin width."""

    def compare() -> xr.DataTree:
        truth = open_truth(recording, "heading")
        limits = turns["min_speed_deg_s"], turns["min_angle_deg"]
        names = [group_name(width) for width in bins_s]
        compared = {f"/{n}": compare_heading(load(decoded, n), truth, *limits) for n in names}
        return xr.DataTree.from_dict(compared)

    provenance = Provenance(
        "Planted heading beside the decoded one",
        "match_planted_heading",
        seed,
        {"bins_s": list(bins_s), "turns": dict(turns)},
        {"recording": recording, "decoded": decoded},
    )
    save_or_explain(compare, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
