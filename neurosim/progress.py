"""Progress bars for people, silence for logs."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Iterate with a progress bar on standard error if that is a terminal, silently otherwise."""
    from tqdm import tqdm

    return iter(tqdm(items, desc=description, total=total, disable=None, leave=False))
