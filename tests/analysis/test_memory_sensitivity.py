"""What is made of outcomes under other constants, and of counted operations."""

import numpy as np
import pytest
import xarray as xr
from planted_forgetting import rows_of

from analysis import memory_sensitivity
from analysis.memory_sensitivity import growth

CONTROLLER = 1e5  # operations that do not depend on the memory
ABOUT = {"units": "1", "long_name": "made"}


def varied(values, chosen, errors, bits=None):
    noise = 0.01 * np.random.default_rng(3).standard_normal((len(values), 5))
    errors = np.array(errors)[:, None] + noise - noise.mean(axis=1, keepdims=True)
    bits = np.full_like(errors, np.nan) if bits is None else np.array(bits)[:, None] + 0 * noise
    dims = ("value", "seed")
    data = {"average_error": errors, "forgetting": errors / 10, "bits": bits}
    return xr.Dataset(
        {name: (dims, each, ABOUT) for name, each in data.items()},
        {"value": np.array(values, float)},
        {"varied": "made", "chosen": chosen, "sequence": "made_mazes", "skill": "recall_5"},
    )


def cost():
    slots, lengths = np.array([8, 16, 32]), np.array([5, 10])
    linear = np.broadcast_to(100.0 * slots[:, None], (3, 2))
    counted = np.stack([linear, linear**2])[None]
    dims = ("controller", "order", "n_slots", "length")
    coords = {"controller": ["lstm"], "order": ["steps", "links"]}
    data = {"operations": (dims, CONTROLLER + counted, ABOUT)}
    data["memory_operations"] = (dims, counted, ABOUT)
    return xr.Dataset(data, coords | {"n_slots": slots, "length": lengths})


@pytest.fixture(scope="module")
def tree():
    constants = {
        "n_slots": varied([8, 32], 32, [0.5, 0.3], [0.9, 1.0]),
        "alpha": varied([0.0, 0.6], 0.6, [0.3, 0.3]),
    }
    return memory_sensitivity.analyse(constants, cost())


def test_each_value_is_tested_against_the_chosen_one(tree):
    rows = rows_of(tree)
    row = rows.loc["memory_sensitivity", "n_slots=8", "average_error"]
    assert row.estimate == pytest.approx(0.5)
    assert "against n_slots=32" in row.test
    assert np.isnan(rows.loc["memory_sensitivity", "n_slots=32", "average_error"].p_value)
    assert rows.loc["memory_sensitivity", "n_slots=8", "bits"].estimate == pytest.approx(0.9)


def test_what_was_not_measured_has_no_row(tree):
    assert ("memory_sensitivity", "alpha=0", "bits") not in rows_of(tree).index
    assert ("memory_sensitivity", "alpha=0", "forgetting") in rows_of(tree).index


def test_operations_and_how_they_grow_with_the_slots(tree):
    rows = rows_of(tree)
    counted = rows.loc["memory_operations", "lstm,n_slots=16,length=5", "steps"]
    assert (counted.estimate, counted.n) == (CONTROLLER + 1600.0, 1)
    for order, exponent in (("steps", 1.0), ("links", 2.0)):
        row = rows.loc["memory_operations_exponent", "lstm,length=10", order]
        assert row.estimate == pytest.approx(exponent)


def test_one_size_of_memory_shows_no_growth():
    one = cost()["memory_operations"].isel(controller=0, order=0, length=0, n_slots=[0])
    assert np.isnan(growth(one))


def test_the_figure_has_a_panel_a_constant_and_one_of_cost(tree):
    drawn = memory_sensitivity.draw(tree)
    assert [axes.get_xlabel() for axes in drawn.axes] == [
        "slots (1)", "power of priorities (1)", "slots",
    ]  # fmt: skip
    labels = [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]
    assert labels == [
        "error after all of made mazes",
        "forgetting of made mazes",
        "bits of recall 5",
    ]
