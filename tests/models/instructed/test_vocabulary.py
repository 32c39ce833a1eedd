"""Texts become numbers and the same texts again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_talk import instructions, texts

from neurosim import NeurosimError
from neurosim.models.instructed.vocabulary import MARKS, NOTHING, Vocabulary
from neurosim.tasks.psychophysics.instructions import find_vocabulary, tokenise

WORDS = ("go", "there", "back", "now")


def test_all_instructions_come_back_letter_by_letter():
    vocabulary = Vocabulary(texts())
    assert vocabulary.decode(vocabulary.encode(texts())) == texts()


def test_tokens_are_the_end_marks_and_all_words():
    vocabulary = Vocabulary(texts())
    assert vocabulary.tokens == ("", *MARKS, *find_vocabulary(instructions()))
    assert vocabulary.size == len(vocabulary.tokens)
    assert [t for t, word in zip(vocabulary.tokens, vocabulary.is_word, strict=True) if word] == [
        *find_vocabulary(instructions())
    ]


def test_longest_counts_words_marks_and_end():
    assert Vocabulary(["Go.", "Now, go back."]).longest == 6


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.integers(0, 3))
def test_words_survive_and_all_after_the_end_is_left_out(words, n_after):
    vocabulary = Vocabulary([" ".join(WORDS)])
    (numbers,) = vocabulary.encode([" ".join(words)])
    assert len(numbers) == len(words) + 1
    after = [*numbers, *[vocabulary.size - 1] * n_after]
    assert tokenise(vocabulary.decode(np.array([after]))[0]) == tuple(words)


def test_shorter_texts_end_in_nothing():
    numbers = Vocabulary(["go there now"]).encode(["go", "go there now"])
    assert (numbers[0, 2:] == NOTHING).all()
    assert (numbers[1] != NOTHING).all()
    assert numbers[0, 1] == numbers[1, 3] == Vocabulary.END


def test_no_end_is_needed():
    vocabulary = Vocabulary(["go there"])
    assert vocabulary.decode(vocabulary.encode(["go there"])[:, :2]) == ["Go there"]


def test_unknown_words_are_refused():
    with pytest.raises(NeurosimError, match="'fly'"):
        Vocabulary(["go there"]).encode(["go fly"])


@pytest.mark.parametrize("empty", [[], [""]])
def test_no_words_make_no_vocabulary(empty):
    with pytest.raises(NeurosimError, match="found none"):
        Vocabulary(empty)
