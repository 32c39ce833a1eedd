"""Other people's recordings become recording files.

A reader a format (`npz`, `nwb`) gives arrays under the names that `npz` documents; what is common
to all checks them (`arrays`, `positions`, `units`, `epochs`) and writes the recording
(`assembly`). What is what in a file is guessed (`guess`) or said by a map (`mapping`).
"""

from neurosim.importing.epochs import Epoch
from neurosim.importing.mapping import ImportMap
from neurosim.importing.positions import Scale
from neurosim.importing.reading import import_file, show_file

__all__ = ["Epoch", "ImportMap", "Scale", "import_file", "show_file"]
