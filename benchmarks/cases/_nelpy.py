"""Import nelpy, from PyPI or from a checkout, and stand in for its binned spike trains.

The newest release on PyPI, 0.2.1, imports on Python 3.11 with old pins and one alias: its
plotting asks for ``mpl_toolkits.axes_grid``, which is called ``axes_grid1`` today. A checkout is
taken from the folder that ``NELPY_PATH`` names.
"""

import os
import sys

import numpy as np


def load():
    """Import nelpy with what it needs.

    Returns
    -------
    tuple
        ``decode1D``, the module of shuffles, the version.
    """
    if os.environ.get("NELPY_PATH"):
        sys.path.insert(0, os.environ["NELPY_PATH"])
    import mpl_toolkits.axes_grid1
    import mpl_toolkits.axes_grid1.inset_locator as inset

    sys.modules.setdefault("mpl_toolkits.axes_grid", mpl_toolkits.axes_grid1)
    sys.modules.setdefault("mpl_toolkits.axes_grid.inset_locator", inset)
    import nelpy
    from nelpy.analysis import replay
    from nelpy.decoding import decode1D

    return decode1D, replay, nelpy.__version__


class BinnedSpikes:
    """Counts (unit, bin) with the attributes that nelpy's decoder and shuffles read.

    Binning is not part of the work; a stand-in keeps it out, and is cheaper to copy.
    """

    def __init__(self, data: np.ndarray, width: float, lengths: np.ndarray):
        self._data = data
        self.ds = width
        self.lengths = lengths

    @property
    def data(self) -> np.ndarray:
        """Counts (unit, bin)."""
        return self._data

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self._data.shape[0]

    @property
    def n_epochs(self) -> int:
        """Number of events."""
        return len(self.lengths)
