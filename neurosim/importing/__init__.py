"""Other people's recordings become recording files.

A reader a format (`npz`) gives arrays under the names that are documented there; what is common to
all checks them (`arrays`), scales and orders them, and writes the recording (`assembly`).
"""

from neurosim.importing.epochs import Epoch
from neurosim.importing.npz import import_npz
from neurosim.importing.positions import Scale

__all__ = ["Epoch", "Scale", "import_npz"]
