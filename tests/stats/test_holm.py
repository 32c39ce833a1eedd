"""Holm's correction beside that of statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.stats.holm import correct_holm


@settings(max_examples=15)  # statsmodels collects garbage at each call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrected_as_by_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    expected = multipletests(p_values, method="holm")[1]
    assert correct_holm(p_values) == pytest.approx(expected)


def test_tests_that_were_not_made_do_not_count():
    found = correct_holm(np.array([0.01, np.nan, 0.02]))
    assert found[[0, 2]] == pytest.approx([0.02, 0.02])
    assert np.isnan(found[1])
    assert correct_holm(np.array([])).size == 0


@pytest.mark.parametrize("p_values", [[1.2], [-0.1], [[0.5]], [np.inf]])
def test_what_is_no_p_value_is_refused(p_values):
    with pytest.raises(NeurosimError, match="from 0 to 1"):
        correct_holm(p_values)
