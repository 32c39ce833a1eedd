"""Instructions in words for the 50 tasks: read from a table, checked, and split into words.

The wording in ``config/instructions.csv`` is the project's own. Tasks that differ on one axis are
worded in parallel (first against second, stronger against weaker), so that words carry the
structure; the validation wordings of a task are other sentences than those it is trained with.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.psychophysics.catalogue import TASKS

COLUMNS = ("task", "split", "number", "instruction")
SPLITS = ("train", "validation")
PUBLISHED_VOCABULARY = 181  # words, Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5
_SENTENCES = re.compile(r"[A-Za-z ,.;:?]+")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Instructions:
    """Instructions of every task.

    Attributes
    ----------
    train, validation : dict of str to tuple of str
        Wordings by task, in the order of the catalogue; as many for each task.
    """

    train: dict[str, tuple[str, ...]]
    validation: dict[str, tuple[str, ...]]

    def of(self, split: str) -> dict[str, tuple[str, ...]]:
        """Give the wordings of one split by task.

        Raises
        ------
        NeurosimError
            If there is no such split.
        """
        if split not in SPLITS:
            raise NeurosimError(
                f"instructions: split: expected one of {choices(SPLITS)}, found {split!r}"
            )
        return self.train if split == "train" else self.validation

    def __iter__(self) -> Iterator[str]:
        """Go through all wordings, those for training first."""
        for by_task in (self.train, self.validation):
            for texts in by_task.values():
                yield from texts


def tokenise(instruction: str) -> tuple[str, ...]:
    """Split an instruction into its words, in lower case and without punctuation.

    Examples
    --------
    >>> tokenise("Go at once, toward the stimulus.")
    ('go', 'at', 'once', 'toward', 'the', 'stimulus')
    """
    return tuple(_WORD.findall(instruction.lower()))


def find_vocabulary(instructions: Iterable[str]) -> tuple[str, ...]:
    """Give the different words of instructions, sorted.

    Examples
    --------
    >>> find_vocabulary(["Go there.", "Then go back."])
    ('back', 'go', 'then', 'there')
    """
    return tuple(sorted({word for text in instructions for word in tokenise(text)}))


def read_instructions(path: Path) -> Instructions:
    """Read and check the table of instructions.

    Parameters
    ----------
    path : Path
        A table with a row an instruction: task, split, number (from 1, within task and split) and
        wording.

    Returns
    -------
    Instructions

    Raises
    ------
    NeurosimError
        If the file or a column is missing, a task or split is unknown, numbers do not run from 1,
        a wording has other signs than letters and common punctuation, two are the same words, or
        tasks have unequally many.
    """
    path = Path(path)
    if not path.exists():
        raise NeurosimError(f"{path}: no such file; expected the table of instructions")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise NeurosimError(
                f"{path}: expected columns {', '.join(COLUMNS)}, found no {missing[0]!r}"
            )
        texts = _collect(reader, path)
    _require_equal_numbers(texts, path)
    return Instructions(*({name: tuple(texts[split, name]) for name in TASKS} for split in SPLITS))


def _collect(reader: csv.DictReader, path: Path) -> dict[tuple[str, str], list[str]]:
    """Wordings by split and task, each row checked on its own and against those above it."""
    texts = {(split, name): [] for split in SPLITS for name in TASKS}
    lines: dict[tuple[str, ...], int] = {}
    for row in reader:
        where = f"{path}: line {reader.line_num}"
        name, split, number, text = (row[column] or "" for column in COLUMNS)
        for column, value, allowed in (("task", name, TASKS), ("split", split, SPLITS)):
            if value not in allowed:
                raise NeurosimError(
                    f"{where}: {column}: expected one of {choices(allowed)}, found {value!r}"
                )
        known = texts[split, name]
        if number != str(len(known) + 1):
            raise NeurosimError(
                f"{where}: number: expected {len(known) + 1}, the next of {name} in {split}, "
                f"found {number!r}"
            )
        words = tokenise(text)
        if not words or not _SENTENCES.fullmatch(text):
            raise NeurosimError(
                f"{where}: instruction: expected words of plain letters with spaces and , . ; : ? "
                f"alone, found {text!r}; spell out numbers and shortened words"
            )
        if words in lines:
            raise NeurosimError(
                f"{where}: instruction: expected words that differ from all others, found those "
                f"of line {lines[words]}: {text!r}"
            )
        lines[words] = reader.line_num
        known.append(text)
    return texts


def _require_equal_numbers(texts: dict[tuple[str, str], list[str]], path: Path) -> None:
    """Hold every task to as many wordings as the first one has in that split, at least one."""
    for split in SPLITS:
        expected = max(1, len(texts[split, next(iter(TASKS))]))
        for name in TASKS:
            found = len(texts[split, name])
            if found != expected:
                raise NeurosimError(
                    f"{path}: task {name}: expected {expected} instructions in {split}, as of the "
                    f"other tasks, found {found}; add or remove some"
                )
