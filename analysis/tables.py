"""Write the rows of a question as a small table to commit, with what they came from.

``python -m analysis.tables results/replay/estimators.nc docs/results/estimators.csv`` writes the
csv and, beside it, ``estimators.json``: seed, configuration and versions. A question that has a
table of its own, estimator by condition, has it written too: ``estimators_table.csv``.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import xarray as xr

from analysis.results import rows_of
from neurosim import NeurosimError, __version__
from neurosim.files import configuration_of, read_attributes, written_aside
from neurosim.stats.summary import write_csv

PACKAGES = ("numpy", "scipy", "xarray", "statsmodels", "snakemake")


def write_table(question: Path, out: Path) -> None:
    """Write the rows of a question and what they came from.

    Parameters
    ----------
    question : Path
        A file with ``/summary``.
    out : Path
        The csv; the json has its name.
    """
    attributes = read_attributes(question)
    write_csv(rows_of(question), out)
    with xr.open_datatree(question, engine="netcdf4", decode_times=False) as tree:
        if "table" in tree.children:
            table = tree["table"].to_dataset().to_dataframe()
            with written_aside(out.with_name(f"{out.stem}_table.csv")) as aside:
                table.to_csv(aside, index=False, float_format="%.6g", lineterminator="\n")
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    source = {
        "title": attributes["title"],
        "seed": int(attributes["seed"]),
        "versions": {"neurosim": __version__, "python": sys.version.split()[0], **versions},
        "configuration": configuration_of(attributes),
    }
    with written_aside(out.with_suffix(".json")) as aside:
        aside.write_text(json.dumps(source, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run from the command line; an error is one line."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        write_table(*map(Path, arguments))
    except NeurosimError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
