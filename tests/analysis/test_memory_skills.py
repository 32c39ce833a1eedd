"""What is made of skills whose bits are known, and of an episode."""

import numpy as np
import pytest
from planted_forgetting import rows_of, skill, trace

from analysis import skills
from analysis.skills_figure import PICTURES, shown_skills, with_contents

BITS = {
    "memory": [0.995, 1.0, 0.998],
    "memory,reads_zero": [0.5, 0.51, 0.5],
    "lstm": [0.8, 0.82, 0.81],
}


@pytest.fixture(scope="module")
def tree():
    learned = {"copy_10": skill(BITS, n_tested=2), "recall_10": skill(BITS, "recall")}
    return skills.analyse(learned, dict.fromkeys(learned, trace()))


def test_rows_say_whether_there_was_a_memory_and_what_was_trained(tree):
    rows = rows_of(tree)
    assert rows.loc["copy_accuracy", "with,length=10", "memory"].estimate == pytest.approx(
        2.993 / 3
    )
    assert rows.loc["copy_accuracy", "without,length=10", "lstm"].estimate == pytest.approx(0.81)
    lesioned = rows.loc["recall_accuracy", "with,length=10,reads_zero", "memory"]
    assert lesioned.estimate == pytest.approx(1.51 / 3)
    longer = rows.loc["copy_accuracy", "with,length=20,trained=10", "memory"]
    assert longer.estimate == 0.5
    assert "2000 updates" in rows.loc["copy_accuracy", "without,length=10", "lstm"].test


def test_whole_sequences_are_reported_beside_bits(tree):
    rows = rows_of(tree)
    whole = rows.loc["sequence_accuracy", "copy,with,length=10", "memory"]
    assert whole.estimate == pytest.approx(np.mean(np.array(BITS["memory"]) ** 80))
    assert whole.ci_high <= 1.0


def test_the_figure_shows_an_episode_of_each_kind(tree):
    assert shown_skills(tree) == ["copy_10", "recall_10"]
    drawn = skills.draw(tree)
    titles = [axes.get_title(loc="left") for axes in drawn.axes]
    assert any("Recall, length 10" in title for title in titles)
    assert sum(len(axes.images) for axes in drawn.axes) == 2 * len(PICTURES)


def test_contents_are_lengths_of_vectors_and_reads_are_summed_over_heads():
    shown = with_contents(trace())
    assert shown["contents"].values[0].tolist() == [5.0, 0.0, 0.0, 0.0]
    assert shown["read"].values[1].tolist() == [0.0, 2.0, 0.0, 0.0]
