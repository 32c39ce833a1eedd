"""Which detected event is which planted one."""

import numpy as np


def match_intervals(found: np.ndarray, planted: np.ndarray, min_overlap: float) -> np.ndarray:
    """Match detected intervals to planted ones by overlap, one to one.

    Parameters
    ----------
    found, planted : array (event, 2)
        Start and stop times, s; planted ones sorted and disjoint.
    min_overlap : float
        Smallest overlap as a fraction of the shorter of the two.

    Returns
    -------
    array (event,) of int
        For each detected event the index of the planted one, or -1. Pairs with the largest
        overlap are matched first.
    """
    match = np.full(len(found), -1)
    first = np.searchsorted(planted[:, 1], found[:, 0], side="right")
    last = np.searchsorted(planted[:, 0], found[:, 1], side="left")
    pairs = [(row, column) for row in range(len(found)) for column in range(first[row], last[row])]
    if not pairs:
        return match
    rows, columns = np.array(pairs).T
    overlap = np.minimum(found[rows, 1], planted[columns, 1])
    overlap -= np.maximum(found[rows, 0], planted[columns, 0])
    shorter = np.minimum(np.ptp(found[rows], axis=1), np.ptp(planted[columns], axis=1))
    taken: set[int] = set()
    for pair in np.argsort(-overlap, kind="stable"):
        row, column = int(rows[pair]), int(columns[pair])
        if overlap[pair] < min_overlap * shorter[pair]:
            continue
        if match[row] < 0 and column not in taken:
            match[row] = column
            taken.add(column)
    return match
