"""Command line: ``python -m neurosim`` with ``import``, ``export`` or ``inspect``."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim import NeurosimError, __version__

if TYPE_CHECKING:
    from neurosim.importing import ImportMap


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m neurosim")
    parser.add_argument("--version", action="version", version=f"neurosim {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    importer = commands.add_parser(
        "import",
        help="turn somebody's NWB file, or arrays (.npz), into a recording file",
        description="Names of the arrays are documented in neurosim/importing/npz.py.",
    )
    importer.add_argument("file", type=Path, help="the .nwb or .npz")
    importer.add_argument("out", type=Path, nargs="?", help="the recording to write (.nc)")
    importer.add_argument(
        "--show",
        action="store_true",
        help="print what is in the file, what is missing, and a map to edit; write nothing",
    )
    importer.add_argument("--map", type=Path, help="a map (.yaml) that says what is what")
    importer.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="an array that has another name in the file (repeatable)",
    )
    importer.add_argument(
        "--epoch",
        action="append",
        default=[],
        metavar="START:STOP:STATE:PHASE:ENVIRONMENT[:INACTIVATION]",
        help="an epoch, such as 10:600:run:run:linear or 900:990:rem:post:none:ttx_right; "
        "repeatable",
    )
    importer.add_argument("--region", help="region of all units: CA1, ADN or SC")
    scale = importer.add_mutually_exclusive_group()
    scale.add_argument("--metres-per-unit", type=float, help="size of the unit of x and y")
    scale.add_argument("--track-length", type=float, help="length of the track in m")
    scale.add_argument(
        "--unknown-scale",
        action="store_true",
        help="lengths become parts of the track; thresholds in m are read as such parts",
    )

    exporter = commands.add_parser("export", help="write a recording as an NWB file")
    exporter.add_argument("recording", type=Path, help="the recording (.nc)")
    exporter.add_argument("out", type=Path, help="the NWB file to write (.nwb)")
    exporter.add_argument(
        "--no-truth", action="store_true", help="leave out what was planted in a simulated one"
    )

    inspector = commands.add_parser("inspect", help="show what is in a netCDF file")
    inspector.add_argument("file", type=Path)
    return parser


def _run_import(arguments: argparse.Namespace) -> None:
    from neurosim.importing import import_file, show_file

    if arguments.show:
        print(show_file(arguments.file))
        return
    if arguments.out is None:
        raise NeurosimError("import: expected the recording to write (OUT.nc), or --show")
    import_file(arguments.file, arguments.out, _given_map(arguments))
    print(f"wrote {arguments.out}; add it to `recordings:` in a config file")


def _given_map(arguments: argparse.Namespace) -> "ImportMap | None":
    """Put a map and what the command line says besides together; None where nothing is said."""
    from neurosim.importing import Epoch, ImportMap
    from neurosim.importing.map_file import read_map

    given = read_map(arguments.map) if arguments.map else ImportMap()
    arrays = dict(given.arrays)
    for pair in arguments.rename:
        theirs, separator, ours = pair.partition("=")
        if not (theirs and separator and ours):
            raise NeurosimError(f"--rename {pair!r}: expected THEIRS=OURS, such as t=spike_time_s")
        arrays[ours] = theirs
    said = replace(given, arrays=arrays)
    if arguments.epoch:
        said = replace(said, epochs=tuple(Epoch.parse(text) for text in arguments.epoch))
    if arguments.region:
        said = replace(said, units=replace(said.units, region=arguments.region))
    scale = (arguments.metres_per_unit, arguments.track_length, arguments.unknown_scale)
    if any(each is not None and each is not False for each in scale):
        names = ("metres_per_unit", "track_length_m", "unknown_scale")
        position = replace(said.position, **dict(zip(names, scale, strict=True)))
        said = replace(said, position=position)
    return None if said == ImportMap() and not arguments.map else said


def _run_export(arguments: argparse.Namespace) -> None:
    from neurosim.nwb.export import export_nwb

    export_nwb(arguments.recording, arguments.out, truth=not arguments.no_truth)
    print(f"wrote {arguments.out}")


def _run_inspect(arguments: argparse.Namespace) -> None:
    from neurosim.inspection import describe

    print(describe(arguments.file))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    commands = {"import": _run_import, "export": _run_export, "inspect": _run_inspect}
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        commands[parsed.command](parsed)
    except NeurosimError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
