"""What a frozen language model makes of all instructions, layer by layer."""

from collections.abc import Mapping

import xarray as xr

from neurosim.models.instructed.information import in_order
from neurosim.models.instructed.language_sources import language_model_of
from neurosim.tasks.psychophysics.instructions import Instructions


def embed_instructions(
    network: str, instructions: Instructions, own: Mapping[str, Mapping[str, str]] | None = None
) -> xr.Dataset:
    """Let the language model of a network read all instructions.

    Parameters
    ----------
    network : str
    instructions : Instructions
    own : Mapping, optional
        See `neurosim.models.instructed.language_sources.language_model_of`.

    Returns
    -------
    Dataset
        ``hidden`` (layer, telling, feature): pooled over the tokens; layer 0 is the embedding of
        words, the last one is what networks are told. Its attributes name model and pooling.

    Raises
    ------
    MissingModel
        If the model, or the package that reads it, is not on this machine.
    """
    model = language_model_of(network, own)
    about = {"units": "1", "long_name": "hidden state, pooled over tokens"}
    hidden = model.hidden(in_order(instructions))
    return xr.Dataset(
        {"hidden": (("layer", "telling", "feature"), hidden, about)},
        attrs={"language_model": model.name, "pooling": model.pooling},
    )
