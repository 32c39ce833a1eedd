"""The table of constants: read, checked, cited."""

from pathlib import Path

import pytest

from neurosim import NeurosimError
from neurosim.network.ca3_constants import COLUMNS, Constants, constants_of, read_constants

TABLE = Path(__file__).parents[2] / "config" / "ca3_constants.csv"
HEADER = ",".join(COLUMNS)
ROW = "pc_leak_ns,4.3,nS,pyramidal cell,Somebody 2020,10.1/x,"


def written(folder, *lines):
    path = folder / "constants.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_table_cites_every_row_and_none_is_a_number_of_replay():
    table = read_constants(TABLE)
    assert len(table) > 60
    assert all(row.source and row.unit and row.group for row in table)
    words = ("replay", "event", "compression", "virtual")
    assert not [row.name for row in table if any(word in row.name for word in words)]
    assert all(row.doi or "no published number" in row.source or "A085" in row.source
               for row in table)  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("name,value", "a,1"), "expected the columns"),
        ((HEADER, ROW.replace("4.3", "much")), "line 2: value: expected a number, found 'much'"),
        ((HEADER, ROW.replace("4.3", "nan")), "expected a number"),
        ((HEADER, ROW, ROW), "expected one row a constant, found 'pc_leak_ns' twice"),
        ((HEADER, ROW.replace("Somebody 2020", "")), "expected a name and a source"),
    ],
)
def test_a_bad_table_is_one_clear_line(tmp_path, lines, words):
    with pytest.raises(NeurosimError, match=words) as caught:
        read_constants(written(tmp_path, *lines))
    assert "\n" not in str(caught.value)


def test_constants_are_replaced_and_scaled_but_must_be_there():
    constants = constants_of(read_constants(TABLE))
    assert constants.scaled("mossy_rate_hz", 2)["mossy_rate_hz"] == 30
    assert constants["mossy_rate_hz"] == 15
    with pytest.raises(NeurosimError, match="expected a row 'speed', found none"):
        constants.replaced(speed=1.0)
    with pytest.raises(NeurosimError, match="expected a row 'b'"):
        Constants({"a": 1.0})["b"]
