"""Simulate, decode and learn from what the sleeping brain replays.

The library knows no Snakemake, no configuration file and no plot. Importing it is cheap: torch,
xarray and statsmodels are imported by the modules that use them.
"""

from neurosim.errors import MissingData, NeurosimError

__version__ = "0.1.0"

__all__ = ["MissingData", "NeurosimError", "__version__"]
