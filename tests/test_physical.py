"""Units, types and magnitudes of a recording: wrong ones are refused by name."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from neurosim import NeurosimError
from neurosim.contract import OPTIONAL, OPTIONAL_GROUPS, REQUIRED, validate, validate_oscillations
from neurosim.physical import LONGEST_S, QUANTITIES

Groups = dict[str, xr.Dataset]
VARIABLES = [(group, name) for group, of in QUANTITIES.items() for name in of]
BOUNDED = [
    (group, name)
    for group, of in QUANTITIES.items()
    for name, quantity in of.items()
    if np.isfinite(quantity.largest)
]


@pytest.fixture
def groups(simulated: Groups) -> Groups:
    potential = ("sample", np.zeros(simulated["oscillations"].sizes["sample"]), {"units": "mV"})
    found = {n: simulated[n].copy() for n in (*REQUIRED, *OPTIONAL_GROUPS) if n in simulated}
    found["oscillations"] = found["oscillations"].assign(field_potential=potential)
    return found


def with_units(groups: Groups, group: str, name: str, units: object) -> Groups:
    attributes = groups[group][name].attrs | {"units": units}
    if units is None:
        del attributes["units"]
    changed = groups[group].copy()
    changed[name].attrs = attributes
    return groups | {group: changed}


def hold_to_contract(groups: Groups) -> None:
    validate(groups, "mine.nc")
    validate_oscillations(groups["oscillations"], "mine.nc")


def refusal(groups: Groups) -> str:
    with pytest.raises(NeurosimError) as raised:
        hold_to_contract(groups)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_every_physical_variable_of_the_contract_is_held_to_a_unit():
    contract = {
        (group, name)
        for part in (REQUIRED, OPTIONAL, OPTIONAL_GROUPS)
        for group, names in part.items()
        for name in names
    }
    without = {"environment", "state", "phase", "inactivation", "region", "hemisphere", "name"}
    without |= {"unit_index", "edge", "lap", "well", "edge_node", "edge_environment"}
    without |= {"node_environment"}
    assert {pair for pair in contract if pair[1] not in without} == set(VARIABLES)


@pytest.mark.parametrize(("group", "name"), VARIABLES)
@pytest.mark.parametrize("units", ["ms", "cm", "deg", "cm s-1", "", 3])
def test_a_wrong_unit_is_refused_by_name(groups, group, name, units):
    message = refusal(with_units(groups, group, name, units))
    assert f"mine.nc: '/{group}/{name}': expected the units " in message
    assert repr(units) in message


@pytest.mark.parametrize(("group", "name"), VARIABLES)
def test_a_unit_that_is_not_given_is_the_one_of_the_contract(groups, group, name):
    validate(with_units(groups, group, name, None), "mine.nc")


def test_lengths_share_one_unit(groups):
    for group, name in VARIABLES:
        if "{length}" in QUANTITIES[group][name].units[0] and name != "speed":
            groups = with_units(groups, group, name, "track")
    assert "'/behaviour/speed': expected the units 'track s-1', found 'm s-1'" in refusal(groups)
    validate(with_units(groups, "behaviour", "speed", "track s-1"), "mine.nc")


def with_value(group: str, name: str, index: int, value: float) -> Callable[[Groups], Groups]:
    def change(groups: Groups) -> Groups:
        values = groups[group][name].values.astype(float)
        values.flat[index] = value
        variable = groups[group][name].variable.copy(data=values)
        return groups | {group: groups[group].assign({name: variable})}

    return change


@pytest.mark.parametrize(("group", "name"), BOUNDED)
def test_values_that_cannot_be_are_refused_by_name(groups, group, name):
    largest = QUANTITIES[group][name].largest
    known = np.flatnonzero(np.isfinite(groups[group][name].values))
    message = refusal(with_value(group, name, known[-1], 2 * largest)(groups))
    assert f"'/{group}/{name if group != 'epochs' else ''}" in message
    assert str(2 * largest) in message


def test_clocks_in_milliseconds_are_taken_for_what_they_are(groups):
    hour = 3600.0 * 1000
    assert hour > LONGEST_S
    message = refusal(with_value("behaviour", "time", -1, hour)(groups))
    assert "'/behaviour/time'" in message
    assert "ms" in message
    message = refusal(with_value("epochs", "stop", -1, hour)(groups))
    assert "'/epochs'" in message
    assert "ms" in message


def with_spikes(groups: Groups, times: list[float], units: list[int]) -> Groups:
    spikes = xr.Dataset(
        {
            "time": ("spike", np.array(times), {"units": "s"}),
            "unit_index": ("spike", np.array(units, dtype=np.int32)),
        }
    )
    return groups | {"spikes": spikes}


def test_a_unit_fires_once_at_a_time_and_two_units_may_together(groups):
    validate(with_spikes(groups, [1.0, 1.0, 1.0, 2.0], [0, 1, 2, 1]), "mine.nc")
    message = refusal(with_spikes(groups, [1.0, 1.0, 1.0, 2.0, 2.0], [4, 1, 4, 4, 1]))
    assert "'/spikes/time'" in message
    assert "unit 4 twice at 1.0 s (index 2; 1 in all); remove the copies" in message


@pytest.mark.parametrize("name", ["region", "hemisphere", "name"])
def test_names_of_units_are_texts(groups, name):
    numbers = ("unit", np.arange(groups["units"].sizes["unit"]))
    message = refusal(groups | {"units": groups["units"].assign({name: numbers})})
    assert f"'/units/{name}': expected texts, found int64" in message


@pytest.mark.parametrize(("group", "name"), [("track", "edge_node"), ("behaviour", "edge")])
def test_indices_are_whole_numbers(groups, group, name):
    floats = groups[group][name].astype(float)
    message = refusal(groups | {group: groups[group].assign({name: floats})})
    assert f"'/{group}/{name}': expected integers, found float64" in message
