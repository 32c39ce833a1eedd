"""Words and marks of instructions as numbers, and back as sentences."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from neurosim import NeurosimError

NOTHING = -100  # where a text has already ended; the number that torch's losses leave out
MARKS = (",", ".", ":", ";", "?")
_TOKEN = re.compile(r"[a-z]+|[,.:;?]")
_BEFORE_MARK = re.compile(r" ([,.:;?])")
_SENTENCE_START = re.compile(r"(^|[.?] )([a-z])")


class Vocabulary:
    """The words and marks of some texts, and a token for the end of a text.

    Parameters
    ----------
    texts : iterable of str

    Attributes
    ----------
    tokens : tuple of str
        The end (an empty string), marks, and words in their alphabetical order.
    longest : int
        Tokens of the longest text, its end counted.
    """

    END = 0

    def __init__(self, texts: Iterable[str]) -> None:
        split = [_split(text) for text in texts]
        if not any(split):
            raise NeurosimError("vocabulary: expected texts with words, found none")
        words = sorted({token for tokens in split for token in tokens} - set(MARKS))
        self.tokens = ("", *MARKS, *words)
        self.longest = 1 + max(map(len, split))
        self._numbers = {token: number for number, token in enumerate(self.tokens)}

    @property
    def size(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    @property
    def is_word(self) -> np.ndarray:
        """Which tokens (token,) are words; a text starts with one."""
        return np.arange(self.size) > len(MARKS)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Give texts in numbers (text, token), each with its end, then `NOTHING`.

        Raises
        ------
        NeurosimError
            If a text has a word that no text of the vocabulary has.
        """
        split = [_split(text) for text in texts]
        unknown = sorted({t for tokens in split for t in tokens} - set(self.tokens))
        if unknown:
            raise NeurosimError(
                f"vocabulary: expected words of its {self.size}, found {unknown[0]!r}"
            )
        numbers = np.full((len(texts), 1 + max(map(len, split), default=0)), NOTHING)
        for row, tokens in zip(numbers, split, strict=True):
            row[: len(tokens) + 1] = [*(self._numbers[t] for t in tokens), self.END]
        return numbers

    def decode(self, numbers: np.ndarray) -> list[str]:
        """Give numbers (text, token) as texts, each up to its first end."""
        return [self._join(row) for row in numbers]

    def _join(self, row: np.ndarray) -> str:
        """Write tokens as sentences: no space before a mark, a capital at the start of each."""
        ends = np.flatnonzero(row == self.END)
        row = row[: ends[0]] if len(ends) else row
        text = _BEFORE_MARK.sub(r"\1", " ".join(self.tokens[number] for number in row))
        return _SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), text)


def _split(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())
