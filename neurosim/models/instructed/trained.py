"""Trained networks as datasets: every weight is a variable."""

from pathlib import Path

import numpy as np
import torch
import xarray as xr

from neurosim import NeurosimError
from neurosim.files import load
from neurosim.models.instructed.information import Wordings
from neurosim.models.instructed.network import InstructedNetwork, build_network


def load_network(path: Path) -> InstructedNetwork:
    """Read a trained network.

    Raises
    ------
    MissingData
        If it was not trained; the file says why.
    NeurosimError
        If the file holds none.
    """
    return network_from_dataset(load(path))


def network_to_dataset(network: InstructedNetwork) -> xr.Dataset:
    """Give all weights of a network, and the features of its tellings, as variables."""
    variables = {
        key: (
            tuple(f"{key}.{axis}" for axis in range(value.ndim)),
            value.numpy(),
            {"units": "1", "long_name": _about(key)},
        )
        for key, value in network.state_dict().items()
    }
    attributes = {
        "network": network.name,
        "n_units": network.sensorimotor.n_units,
        "wordings": list(network.information.wordings),
    }
    return xr.Dataset(variables, attrs=attributes)


def network_from_dataset(dataset: xr.Dataset) -> InstructedNetwork:
    """Build a network from what `network_to_dataset` gave.

    Raises
    ------
    NeurosimError
        If variables are missing.
    """
    try:
        features = dataset["information.features"].values
        network = build_network(
            dataset.attrs["network"],
            features,
            Wordings(*map(int, dataset.attrs["wordings"])),
            int(dataset.attrs["n_units"]),
            np.random.default_rng(0),  # overwritten
        )
        state = {
            key: torch.from_numpy(np.array(dataset[key].values)) for key in network.state_dict()
        }
    except KeyError as error:
        raise NeurosimError(
            f"trained network: expected the weights of an instructed network, found no {error}"
        ) from error
    network.load_state_dict(state)
    return network.eval()


def _about(key: str) -> str:
    """Say what a weight is, by its name in the network."""
    if key == "information.features":
        return "what the network is told, by telling"
    part, kind = key.rsplit(".", 1)
    return f"{kind} of {part.replace('.', ', ')}"
