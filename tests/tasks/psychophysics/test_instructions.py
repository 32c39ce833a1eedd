"""The instructions: complete, all different, and true to what each task demands."""

import csv
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import (
    DICHOTOMIES,
    HOLD_OUTS,
    TASKS,
    dichotomy,
)
from neurosim.tasks.psychophysics.instructions import (
    COLUMNS,
    PUBLISHED_VOCABULARY,
    find_vocabulary,
    read_instructions,
    tokenise,
)

TABLE = Path(__file__).parents[3] / "config" / "instructions.csv"

MODALITY = (
    r"\b(?:first (?:modality|channel)|(?:modality|channel) one)\b",
    r"\b(?:second (?:modality|channel)|(?:modality|channel) two)\b",
)
OPPOSITE = r"\b(?:opposite|directly away)\b"
AT_ONCE = (
    r"\b(?:as soon as|the moment|the instant|at once|immediate(?:ly)?|right away|without waiting"
    r"|do not wait)\b"
)
STRENGTH = (
    r"\b(?:strong(?:er|est)|higher|highest|greater|more|most)\b",
    r"\b(?:weak(?:er|est)|lower|lowest|smaller|less|least)\b",
)
LENGTH = (r"\b(?:long(?:er|est)|greater|more)\b", r"\b(?:short(?:er|est)|smaller|less)\b")
OF_STRENGTH = r"\b(?:strong(?:er|est)|weak(?:er|est)|strength|intense|intensity)\b"
OF_TIME = r"\b(?:long(?:er|est)|short(?:er|est)|time|duration)\b"
ORDER = (r"\b(?:first|earlier|initial)\b", r"\b(?:second|later|final)\b")
MATCHES = (
    r"\b(?:same|match|matches|equal)\b",
    r"\b(?:different|differs?|mismatch|unequal|another)\b",
)
CATEGORY = r"\b(?:category|categories|half|halves)\b"
OF_BOTH = r"\b(?:modalities|channels)\b"
SURE = r"\b(?:sure|certain|confident|confidence|doubt)\b"
CONDITION = r"\b(?:if|unless|provided)\b"
WITHHOLDS = r"\b(?:otherwise|only if|unless|withhold|nothing|still|no response|do not respond)\b"


@pytest.fixture(scope="module")
def instructions():
    return read_instructions(TABLE)


@pytest.fixture(scope="module")
def spoken(instructions):
    """All wordings as (task, words joined by spaces)."""
    return [
        (TASKS[name], " ".join(tokenise(text)))
        for split in ("train", "validation")
        for name, texts in instructions.of(split).items()
        for text in texts
    ]


def without_modality(text):
    return re.sub("|".join(MODALITY), "", text)


def require(texts, pattern, *, present):
    wrong = [text for text in texts if bool(re.search(pattern, text)) != present]
    assert not wrong, wrong[:3]
    assert texts


def require_poles(spoken, poles, of_second):
    """Tasks at a pole name it and not the other one; others are left out by ``of_second``."""
    for second in (False, True):
        texts = [text for task, text in spoken if of_second(task) is second]
        require(texts, poles[second], present=True)
        require(texts, poles[not second], present=False)


def test_every_task_has_fifteen_and_five(instructions):
    for split, n in (("train", 15), ("validation", 5)):
        assert list(instructions.of(split)) == list(TASKS)
        assert {len(texts) for texts in instructions.of(split).values()} == {n}
    assert len(list(instructions)) == 1000


def test_no_two_are_the_same_words_or_even_the_same_bag_of_words(spoken):
    assert len({text for _, text in spoken}) == len(spoken)
    tasks_of = {}
    for task, text in spoken:
        tasks_of.setdefault(frozenset(text.split()), set()).add(task.name)
    assert {len(tasks) for tasks in tasks_of.values()} == {1}


def test_each_is_one_or_two_whole_sentences(instructions):
    for text in instructions:
        assert re.fullmatch(r"[A-Z][^.?]*(\? [A-Z][^.?]*)?\.", text), text
        assert not re.search(r"\s\s|\s[,.;:?]|[,;:](?! )", text), text
        assert 3 < len(tokenise(text)) < 36


def test_vocabulary_is_near_the_published_size(instructions):
    assert abs(len(find_vocabulary(instructions)) / PUBLISHED_VOCABULARY - 1) < 0.15


def test_validation_is_other_sentences_in_known_words(instructions):
    trained = {text for texts in instructions.train.values() for text in texts}
    held = {text for texts in instructions.validation.values() for text in texts}
    assert set(find_vocabulary(held)) <= set(find_vocabulary(trained))
    for name in TASKS:
        for text in instructions.validation[name]:
            for other in instructions.train[name]:
                alike = SequenceMatcher(None, tokenise(text), tokenise(other), autojunk=False)
                assert alike.ratio() < 0.7, (text, other)


@pytest.mark.parametrize("names", HOLD_OUTS, ids=" ".join)
def test_held_out_tasks_are_told_in_words_of_the_others(instructions, names):
    heard = [t for name, texts in instructions.train.items() if name not in names for t in texts]
    new = [t for name in names for t in instructions.train[name] + instructions.validation[name]]
    assert set(find_vocabulary(new)) <= set(find_vocabulary(heard))


@pytest.mark.parametrize("axis", DICHOTOMIES)
def test_tasks_that_differ_on_one_axis_are_worded_in_parallel(instructions, axis):
    for pair in dichotomy(axis):
        texts = zip(*(instructions.train[name] for name in pair), strict=True)
        differ = [len(set(tokenise(one)) ^ set(tokenise(other))) for one, other in texts]
        assert min(differ) > 0
        assert sum(differ) / len(differ) < 6


def test_go_tasks_say_whether_to_go_opposite_and_at_once(spoken):
    go = [(task, text) for task, text in spoken if task.family == "go"]
    for pattern, value in ((OPPOSITE, "anti"), (AT_ONCE, "reaction")):
        for pole in (False, True):
            texts = [text for task, text in go if getattr(task, value) is pole]
            require(texts, pattern, present=pole)
    others = [text for task, text in spoken if task.family != "go"]
    require(others, OPPOSITE, present=False)
    require(others, AT_ONCE, present=False)


def test_modality_is_named_where_one_counts_and_only_there(spoken):
    require_poles(spoken, MODALITY, lambda t: None if t.modality is None else bool(t.modality))
    unnamed = [text for task, text in spoken if task.modality is None]
    require(unnamed, "|".join(MODALITY), present=False)


@pytest.mark.parametrize(("pattern", "key"), [(OF_BOTH, "multi"), (SURE, "confidence")])
def test_sums_over_modalities_and_confidence_are_named_there_only(spoken, pattern, key):
    for value in (False, True):
        texts = [text for task, text in spoken if getattr(task, key) is value]
        require(texts, pattern, present=value)


@pytest.mark.parametrize(
    ("families", "poles", "about", "never"),
    [
        (("decision", "comparison"), STRENGTH, OF_STRENGTH, OF_TIME.replace("|time", "")),
        (("duration",), LENGTH, OF_TIME, OF_STRENGTH),
        (("matching",), MATCHES, MATCHES[0] + "|" + MATCHES[1], OF_STRENGTH + "|" + OF_TIME),
    ],
    ids=["strength", "duration", "match"],
)
def test_families_name_their_pole_and_what_it_is_of(spoken, families, poles, about, never):
    require_poles(spoken, poles, lambda t: t.anti if t.family in families else None)
    texts = [text for task, text in spoken if task.family in families]
    require(texts, about, present=True)
    require(texts, never, present=False)


def test_successive_stimuli_are_named_by_their_order(spoken):
    plain = [(task, without_modality(text)) for task, text in spoken]
    require_poles(plain, ORDER, lambda t: t.second)
    at_once = [text for task, text in plain if task.family in ("go", "decision")]
    require(at_once, "|".join(ORDER), present=False)


def test_matching_tasks_name_the_stimulus_that_is_right_and_the_category(spoken):
    for task, text in spoken:
        assert bool(re.search(CATEGORY, text)) == bool(task.category), text
        if task.family == "matching":
            # Where two directions are the same, to respond "to it" is to respond to the first.
            answers = re.findall(r"\b(first|second)\b", text)
            assert set(answers) <= {"second" if task.anti else "first"}, text
            assert answers or re.search(r"respond to it|go there|go to the (?:earlier|later)", text)


def read_task(text):
    """Tell the task from the words alone."""

    def says(pattern, where=text):
        return re.search(pattern, where) is not None

    def pole(pair, where=text):
        return bool(says(pair[1], where)) if says("|".join(pair), where) else None

    about = {"duration": OF_TIME.replace("|time", r"|(?<!same )time"), "strength": OF_STRENGTH}
    asked = next((family for family, words in about.items() if says(words)), "")
    modality = pole(MODALITY)
    second = pole(ORDER, without_modality(text))
    found = {"modality": None if modality is None else int(modality), "multi": says(OF_BOTH)}
    if asked == "duration":
        return {"family": asked, "anti": pole(LENGTH), "second": second, **found}
    if asked == "strength":
        family = "decision" if second is None else "comparison"
        found |= {"anti": pole(STRENGTH), "second": second, "confidence": says(SURE)}
        return {"family": family, **found}
    if second is not None or says(CONDITION):
        return {"family": "matching", "anti": pole(MATCHES), "category": says(CATEGORY)}
    return {"family": "go", "anti": says(OPPOSITE), "reaction": says(AT_ONCE), **found}


def test_each_task_can_be_told_from_any_of_its_instructions(spoken):
    for task, text in spoken:
        told = read_task(text)
        alike = [t for t in TASKS.values() if all(getattr(t, k) == v for k, v in told.items())]
        assert alike == [task], (text, told)


def test_conditions_are_told_and_what_to_do_if_they_fail(spoken):
    for conditional in (False, True):
        texts = [text for task, text in spoken if task.conditional is conditional]
        require(texts, CONDITION, present=conditional)
        if conditional:
            require(texts, WITHHOLDS, present=True)


@given(st.text())
def test_words_are_lower_case_letters_and_splitting_them_again_changes_nothing(text):
    words = tokenise(text)
    assert all(re.fullmatch("[a-z]+", word) for word in words)
    assert tokenise(" ".join(words)) == words
    assert find_vocabulary([text, text]) == tuple(sorted(set(words)))


def test_case_and_punctuation_do_not_make_words():
    assert tokenise("Go, THERE;  go there?") == ("go", "there") * 2


def table(path, change):
    """Copy of the table after ``change`` of its rows (lists in the order of the columns)."""
    with open(TABLE, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    change(rows)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def put(line, column, value):
    return lambda rows: rows[line - 1].__setitem__(COLUMNS.index(column), value)


def repeat(rows):
    rows[30][3] = rows[1][3].upper().replace(".", "?")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(1, "number", "n"), "expected columns task, split, number, .*found no 'number'"),
        (put(3, "task", "Stay"), "line 3: task: expected one of 'AntiCOMP1'.*found 'Stay'"),
        (put(4, "split", "test"), "line 4: split: expected one of 'train', .*found 'test'"),
        (put(3, "number", "1"), "line 3: number: expected 2, the next of Go in train, found '1'"),
        (put(2, "instruction", "Go 2 it."), "line 2: instruction: .*'Go 2 it.'; spell out"),
        (put(2, "instruction", "..."), "line 2: instruction: expected words .*found '...'"),
        (repeat, "line 31: instruction: expected words that differ .*found those of line 2"),
        (lambda rows: rows.pop(), "DNMC: expected 5 instructions in validation.*found 4"),
        (lambda rows: rows.__delitem__(slice(1, None)), "Go: expected 1 instructions.*found 0"),
        (lambda rows: rows[5].pop(), "line 6: instruction: expected words .*found ''"),
    ],
)
def test_faults_in_the_table_are_told(tmp_path, change, message):
    with pytest.raises(NeurosimError, match=message):
        read_instructions(table(tmp_path / "instructions.csv", change))


def test_missing_file_and_unknown_split_are_told(tmp_path, instructions):
    with pytest.raises(NeurosimError, match=r"none\.csv: no such file"):
        read_instructions(tmp_path / "none.csv")
    with pytest.raises(NeurosimError, match=r"split: expected one of 'train'.*found 'test'"):
        instructions.of("test")
