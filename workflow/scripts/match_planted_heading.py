"""Compare the decoded heading and its turns with the planted ones: a comparison with truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr
from _job import job
from _turns import found_events

from neurosim.decode.bins import group_name
from neurosim.decode.heading_states import STATES
from neurosim.decode.planted_heading import compare_headings, planted_in_bins, planted_relations
from neurosim.decode.turn_relations import RelationParameters
from neurosim.files import Provenance, explained, load_groups, save_or_explain, unless_missing
from neurosim.recording import open_recording, open_truth


def main(
    *,
    recording: Path,
    decoded: Path,
    turns: Path | list[Path],
    out: Path,
    seed: int,
    bins_s: Sequence[float],
    bin_s: float,
    limits: Mapping,
    relation: Mapping,
) -> None:
    """Write ``results/heading/planted/{subject}.nc``, a group a comparison."""
    how = RelationParameters.from_mapping(relation)

    def compare() -> xr.DataTree:
        data, truth = open_recording(recording), open_truth(recording, "heading")
        names = [f"{state}/{group_name(width)}" for state in STATES for width in bins_s]
        bins = load_groups(decoded, names)

        def decoded_in(state: str, width: float) -> xr.Dataset:
            return unless_missing(bins[f"{state}/{group_name(width)}"])

        speed, angle = limits["min_speed_deg_s"], limits["min_angle_deg"]
        groups = {
            "decoded": compare_headings(decoded_in, truth, bins_s, speed, angle),
            "rem": explained(lambda: planted_in_bins(decoded_in("rem", bin_s), truth)),
            **planted_relations(
                data, truth, lambda: found_events(turns, recording), how.turns, how.anticipation
            ),
        }
        return xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})

    used = {"bins_s": list(bins_s), "bin_s": bin_s, "turns": dict(limits)}
    inputs = {"recording": recording, "decoded": decoded}
    inputs |= {"turns": turns} if isinstance(turns, Path) else {}
    provenance = Provenance(
        "Planted heading beside the decoded one",
        "match_planted_heading",
        seed,
        used | {"relation": dict(relation)},
        inputs,
    )
    save_or_explain(compare, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
