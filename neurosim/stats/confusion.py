"""What was meant and what was understood: confusions of tasks."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices

OTHER = "other"


def count_confusions(
    meant: Sequence[str], understood: Sequence[str], tasks: Sequence[str]
) -> xr.Dataset:
    """Count which task was understood when each was meant.

    Parameters
    ----------
    meant : sequence of str (message,)
        Task that each message (an instruction that a network wrote) was written for.
    understood : sequence of str (message,)
        Task that has this instruction; `OTHER` if it is one of none, a novel instruction.
    tasks : sequence of str

    Returns
    -------
    Dataset (meant, understood)
        ``count``; ``share`` of the messages of each task, NaN of tasks without any. The last
        column is `OTHER`.

    Raises
    ------
    NeurosimError
        If sequences differ in length, or a task is unknown or stands twice.
    """
    if len(meant) != len(understood):
        raise NeurosimError(
            f"confusions: expected a task that was understood for each of {len(meant)} messages, "
            f"found {len(understood)}"
        )
    names = [*tasks, OTHER]
    number = {name: k for k, name in enumerate(names)}
    if len(number) < len(names):
        raise NeurosimError(
            f"confusions: tasks: expected different names, none of them {OTHER!r}, found "
            f"{', '.join(names[:-1])}"
        )
    for found, allowed in ((meant, names[:-1]), (understood, names)):
        unknown = sorted(set(found) - set(allowed))
        if unknown:
            raise NeurosimError(
                f"confusions: expected one of {choices(allowed)}, found {unknown[0]!r}"
            )
    count = np.zeros((len(names) - 1, len(names)), dtype=np.int64)
    np.add.at(count, ([number[m] for m in meant], [number[u] for u in understood]), 1)
    total = count.sum(axis=1, keepdims=True)
    share = np.where(total > 0, count / np.maximum(total, 1), np.nan)
    dims = ("meant", "understood")
    return xr.Dataset(
        {
            "count": (dims, count, {"units": "1", "long_name": "messages"}),
            "share": (dims, share, {"units": "1", "long_name": "share of the task's messages"}),
        },
        coords={"meant": names[:-1], "understood": names},
    )
