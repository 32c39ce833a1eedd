"""Communication between networks that files hold."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr

from neurosim.models.instructed.communication import (
    CommunicationParameters,
    measure_communication,
)
from neurosim.models.instructed.communication_table import join_communication
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.readers import reader_of
from neurosim.models.instructed.trained import load_network
from neurosim.progress import progress
from neurosim.tasks.psychophysics.instructions import read_instructions


def communicate_from_files(
    instructors: Mapping[str, Path],
    partners: Mapping[str, Sequence[Path]],
    number: int,
    experiment: Experiment,
    files: Mapping[str, Path],
    parameters: CommunicationParameters,
    own: Mapping[str, Mapping[str, str]] | None = None,
) -> xr.Dataset:
    """Let the trainings of one instructor, each with its hold-out, teach partners.

    Parameters
    ----------
    instructors : mapping of str to Path
        Networks of one name and number by their hold-out; ``none`` makes the regime ``all``.
    partners : mapping of str to sequence of Path
        Networks of the same name by their hold-out, with other numbers than the instructor's:
        those of one number share their first weights, so that copied embeddings would fit better.
    number : int
        Of the instructor.
    experiment : Experiment
    files : mapping of str to Path
        ``instructions``, and ``thresholds`` of confidence tasks where there are such.
    parameters : CommunicationParameters
    own : Mapping, optional
        See `neurosim.models.instructed.language_sources.language_model_of`.

    Returns
    -------
    Dataset
        See `neurosim.models.instructed.communication_table`; all hold-outs joined.

    Raises
    ------
    MissingData
        If a network was not trained, or its language model is not there.
    NeurosimError
        As `measure_communication`.
    """
    instructions = read_instructions(files["instructions"])
    experiment = experiment.with_file(files.get("thresholds"))
    told = {key: [load_network(path) for path in paths] for key, paths in partners.items()}
    found = []
    for hold_out, path in progress(instructors.items(), "communicate", len(instructors)):
        network = load_network(path)
        features = reader_of(network.name, instructions, own)
        found.append(
            measure_communication(
                network, told, hold_out, number, experiment, instructions, features, parameters
            )
        )
    return join_communication(found)
