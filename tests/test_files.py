"""Files: never half-written, honest about where they come from, and clear when they are broken."""

import json
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.files import (
    LARGE_VARIABLE,
    Provenance,
    flag_names,
    flags,
    load,
    load_groups,
    read_attributes,
    save,
    save_or_explain,
    sha256,
    unless_missing,
)

NAMES = ["", "CA1", "ü β", "two words"]


@pytest.fixture
def dataset() -> xr.Dataset:
    n = 2 * LARGE_VARIABLE
    return xr.Dataset(
        {
            "name": ("unit", np.array(NAMES, dtype=object)),
            "rate": ("unit", [1.0, np.nan, 0.1, 3.0], {"units": "Hz", "long_name": "rate"}),
            "counts": ("time", np.arange(n, dtype=np.int32)),
            "speed": ("time", np.linspace(0, 1, n, dtype=np.float32)),
            "state": flags(np.array(["rem", "nrem", "rem", "rem"]), ("nrem", "rem"), "unit", "s"),
        },
        coords={"time": ("time", np.arange(n) * 0.02, {"units": "s"})},
    )


@pytest.fixture
def saved(dataset: xr.Dataset, tmp_path: Path, provenance: Provenance) -> Path:
    out = tmp_path / "saved.nc"
    save(dataset, out, provenance)
    return out


def one_line(error: pytest.ExceptionInfo, *parts: object) -> None:
    message = str(error.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message


def walk(group: netCDF4.Group) -> list[netCDF4.Group]:
    return [group, *(below for child in group.groups.values() for below in walk(child))]


def test_a_dataset_comes_back_as_it_was_saved(dataset, saved):
    loaded = load(saved)
    xr.testing.assert_identical(loaded.drop_attrs(), dataset.drop_attrs())
    assert loaded["name"].values.tolist() == NAMES
    assert loaded["rate"].attrs == {"units": "Hz", "long_name": "rate"}
    for name in dataset.variables:
        if name != "name":
            assert loaded[name].dtype == dataset[name].dtype


def test_a_tree_comes_back_group_by_group(dataset, tmp_path, provenance):
    out = tmp_path / "tree.nc"
    save(xr.DataTree.from_dict({"/a": dataset, "/b/c": dataset[["name"]]}), out, provenance)
    xr.testing.assert_identical(load(out, "a").drop_attrs(), dataset.drop_attrs())
    assert load(out, "b/c")["name"].values.tolist() == NAMES
    assert read_attributes(out)["title"] == "a test"


def test_large_variables_are_compressed_and_small_ones_are_not(saved):
    with netCDF4.Dataset(saved) as file:
        assert file["counts"].filters()["zlib"]
        assert file["speed"].filters()["zlib"]
        assert not file["rate"].filters()["zlib"]


def test_saving_does_not_change_what_is_saved(dataset, tmp_path, provenance):
    dataset.attrs["note"] = "mine"
    save(dataset, tmp_path / "out.nc", provenance)
    assert dataset.attrs == {"note": "mine"}
    assert not dataset["counts"].encoding


def test_coordinates_have_no_fill_value(saved, recording_path):
    checked = 0
    for path in (saved, recording_path):
        with netCDF4.Dataset(path) as file:
            for group in walk(file):
                for name in set(group.variables) & set(group.dimensions):
                    assert "_FillValue" not in group[name].ncattrs(), (path, group.path, name)
                    checked += 1
    assert checked > 3


def test_the_same_data_saved_twice_gives_the_same_file_content(dataset, tmp_path, provenance):
    first, second = tmp_path / "first.nc", tmp_path / "second.nc"
    save(dataset, first, provenance)
    save(dataset, second, provenance)
    xr.testing.assert_identical(load(first), load(second))
    assert read_attributes(first) == read_attributes(second)


def test_a_file_says_where_it_comes_from(dataset, saved, tmp_path):
    out, table = tmp_path / "later.nc", tmp_path / "table.csv"
    table.write_text("a,b\n")
    later = Provenance(
        title="later",
        rule="use_test",
        seed=4,
        parameters={"n": 2},
        inputs={"made": saved, "table": table},
    )
    dataset.attrs["note"] = "mine"
    save(dataset, out, later)
    attributes = read_attributes(out)
    assert attributes["Conventions"].startswith("CF-1.")
    assert attributes["title"] == "later"
    assert attributes["source"].startswith("neurosim ")
    assert attributes["seed"] == 4
    assert attributes["note"] == "mine"
    assert json.loads(attributes["configuration"]) == {
        "make_test": {"width_s": 0.1},
        "use_test": {"n": 2},
    }
    assert json.loads(attributes["inputs"]) == {"made": sha256(saved), "table": sha256(table)}


def test_configuration_accumulates_over_every_rule_upstream(dataset, tmp_path):
    path = tmp_path / "rule0.nc"
    save(dataset, path, Provenance("0", "rule0", 1, {"depth": 0}))
    for depth in (1, 2, 3):
        out = tmp_path / f"rule{depth}.nc"
        save(dataset, out, Provenance("t", f"rule{depth}", 1, {"depth": depth}, {"before": path}))
        path = out
    configuration = json.loads(read_attributes(path)["configuration"])
    assert configuration == {f"rule{depth}": {"depth": depth} for depth in range(4)}


def test_sha256_is_that_of_the_content(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(path) == expected


def test_loading_a_missing_file_names_it(tmp_path):
    with pytest.raises(NeurosimError) as error:
        load(tmp_path / "absent.nc")
    one_line(error, tmp_path / "absent.nc", "no such file")


@pytest.mark.parametrize(
    "content",
    [b"", b"id,value\n1,2\n" * 50, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)],
    ids=["empty", "text", "PNG"],
)
@pytest.mark.parametrize("read", [load, read_attributes])
def test_a_file_of_another_kind_is_refused_by_name(tmp_path, content, read):
    path = tmp_path / "foreign.nc"
    path.write_bytes(content)
    with pytest.raises(NeurosimError) as error:
        read(path)
    one_line(error, path, "netCDF4")


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused_by_name(saved, fraction):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(fraction * len(content))])
    with pytest.raises(NeurosimError) as error:
        load(saved)
    one_line(error, saved, "truncated")


def test_a_damaged_block_of_data_is_refused_by_name(saved):
    content = bytearray(saved.read_bytes())
    compressed = content.index(b"\x78\x5e")  # the header of the first zlib block
    content[compressed : compressed + 64] = bytes(64)
    saved.write_bytes(content)
    with pytest.raises(NeurosimError) as error:
        load(saved)
    one_line(error, saved)


def test_a_missing_group_is_named(saved):
    with pytest.raises(NeurosimError) as error:
        load(saved, "behaviour")
    one_line(error, saved, "'behaviour'")


@pytest.mark.parametrize("group", [None, "events"])
def test_missing_data_travels_through_the_file_to_whoever_loads_it(tmp_path, provenance, group):
    out = tmp_path / "gap.nc"

    def make() -> xr.Dataset:
        raise MissingData("rat1: expected units in CA1, found none")

    save_or_explain(make, out, provenance)
    with pytest.raises(MissingData, match=r"^rat1: expected units in CA1, found none$"):
        load(out, group)
    assert json.loads(read_attributes(out)["configuration"]) == {"make_test": {"width_s": 0.1}}


def test_what_can_be_made_is_saved_and_other_errors_are_not_swallowed(
    dataset, tmp_path, provenance
):
    out = tmp_path / "out.nc"
    save_or_explain(lambda: dataset, out, provenance)
    assert load(out).sizes == dataset.sizes

    def fail() -> xr.Dataset:
        raise NeurosimError("bin width: expected more than 0 s")

    with pytest.raises(NeurosimError, match="bin width"):
        save_or_explain(fail, tmp_path / "other.nc", provenance)
    assert not (tmp_path / "other.nc").exists()


def test_flags_round_trip_as_names_and_as_codes():
    names = np.array(["rem", "run", "rem", "nrem"])
    meanings = ("run", "nrem", "rem")
    by_name = flags(names, meanings, "epoch", "state")
    assert by_name.dtype == np.int8
    assert by_name.values.tolist() == [2, 0, 2, 1]
    by_code = flags(by_name.values, meanings, "epoch", "state")
    for variable in (by_name, by_code):
        assert flag_names(xr.DataArray(variable)).tolist() == names.tolist()


def test_an_unknown_flag_name_is_refused_with_the_allowed_ones():
    with pytest.raises(NeurosimError) as error:
        flags(np.array(["rem", "awake"]), ("nrem", "rem"), "epoch", "state")
    one_line(error, "'awake'", "nrem, rem", "state")


@pytest.mark.parametrize("code", [-1, 2, 256])
def test_an_unknown_flag_code_is_refused_when_made(code):
    with pytest.raises(NeurosimError) as error:
        flags(np.array([0, code]), ("nrem", "rem"), "epoch", "state")
    one_line(error, code, "state")


@pytest.mark.parametrize("code", [-1, 2])
def test_an_unknown_flag_code_is_refused_when_read(code):
    variable = xr.DataArray(flags(np.array([0, 1]), ("nrem", "rem"), "epoch", "s"), name="state")
    variable[0] = code
    with pytest.raises(NeurosimError) as error:
        flag_names(variable)
    one_line(error, code, "state")


def test_flags_of_nothing_are_empty():
    empty = flags(np.array([]), ("nrem", "rem"), "epoch", "state")
    assert flag_names(xr.DataArray(empty)).size == 0


def test_a_rule_that_ran_with_several_parameters_has_a_list_of_them(tmp_path):
    for name, value in (("a", 1), ("b", 2), ("c", 1)):
        dataset = xr.Dataset({"x": ("n", [1.0])})
        save(dataset, tmp_path / f"{name}.nc", Provenance("T", "import", 1, {"value": value}))
    inputs = {name: tmp_path / f"{name}.nc" for name in "abc"}
    attributes = Provenance("T", "join", 1, {}, inputs).attributes()
    configuration = json.loads(attributes["configuration"])
    assert configuration == {"import": [{"value": 1}, {"value": 2}], "join": {}}


def test_several_groups_are_read_as_one_by_one(tmp_path, provenance):
    out = tmp_path / "a.nc"
    groups = {
        "/first": xr.Dataset({"x": ("row", [1.0, 2.0]), "name": ("row", ["a", "bc"])}),
        "/inner/second": xr.Dataset({"y": 3.0}),
        "/none": xr.Dataset(attrs={"missing": "nothing was recorded"}),
    }
    save(xr.DataTree.from_dict(groups), out, provenance)
    found = load_groups(out, ["first", "inner/second", "none"])
    for name in ("first", "inner/second"):
        xr.testing.assert_identical(found[name], load(out, name))
    with pytest.raises(MissingData, match="nothing was recorded"):
        unless_missing(found["none"])


def test_errors_of_several_groups_are_those_of_one(tmp_path, provenance):
    with pytest.raises(NeurosimError, match="no such file"):
        load_groups(tmp_path / "absent.nc", ["x"])
    out = tmp_path / "a.nc"
    save(xr.DataTree.from_dict({"/first": xr.Dataset({"x": 1.0})}), out, provenance)
    with pytest.raises(NeurosimError, match="expected a group 'second'"):
        load_groups(out, ["first", "second"])
    save(xr.Dataset(attrs={"missing": "no units"}), out, provenance)
    with pytest.raises(MissingData, match="no units"):
        load_groups(out, ["first"])


def test_files_made_from_two_versions_of_a_recording_are_not_mixed(dataset, tmp_path):
    recording, fields, out = (tmp_path / f"{name}.nc" for name in ("own", "fields", "events"))
    save(dataset, recording, Provenance("a recording", "import", 0))
    save(dataset, fields, Provenance("fields", "fit", 0, {}, {"recording": recording}))
    both = Provenance("events", "decode", 0, {}, {"recording": recording, "fields": fields})
    save(dataset, out, both)
    alone = Provenance("a map", "draw", 0, {}, {"fields": fields})
    save(dataset.isel(unit=[0]), recording, Provenance("a recording", "import", 0))
    out.unlink()
    with pytest.raises(NeurosimError) as raised:
        save(dataset, out, both)
    one_line(raised, fields, "another", "run again")
    assert not out.exists()
    save(dataset, out, alone)
