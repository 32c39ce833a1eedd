"""What the pages of the site show is what comes out."""

from pathlib import Path

import pytest
import site_examples as examples

SITE = Path(__file__).parents[2] / "docs" / "site"
RUN = sorted(
    path.relative_to(SITE)
    for path in SITE.rglob("*.md")
    if {"python", "console"} & {block.kind for block in examples.blocks_of(path.read_text("utf-8"))}
)


def test_pages_with_examples_are_found():
    assert {Path("tutorial_simulated.md"), Path("tutorial_own.md")} <= set(RUN)


@pytest.mark.parametrize("page", RUN, ids=str)
def test_examples_give_what_the_page_shows(page, tmp_path):
    with examples.project(tmp_path):
        for example in examples.run_page((SITE / page).read_text("utf-8")):
            assert example.holds, (
                f"{page}, line {example.block.line}: expected\n{example.shown}\nfound\n"
                f"{example.found}\nIf that is right, run `python docs/site/_ext/site_examples.py "
                f"docs/site/{page}` and read what it changed."
            )


PAGE = """Text.

```python
x = 6
print("six")
x * 7
```

```text
six
{answer}
```

```console
$ echo one \\
    two
{echo}
```
"""


def run(tmp_path, **shown) -> list[examples.Example]:
    with examples.project(tmp_path):
        return list(examples.run_page(PAGE.format(**shown)))


def test_cells_print_and_give_the_value_of_their_last_line(tmp_path):
    assert [e.holds for e in run(tmp_path, answer="42", echo="one two")] == [True, True]


def test_other_output_than_shown_is_an_error(tmp_path):
    assert [e.holds for e in run(tmp_path, answer="43", echo="one")] == [False, False]


def test_output_that_the_page_does_not_show_is_an_error(tmp_path):
    with examples.project(tmp_path):
        (example,) = examples.run_page("```python\nprint(1)\n```\n")
    assert not example.holds


def test_dots_stand_for_any_lines(tmp_path):
    assert run(tmp_path, answer="...", echo="...")[1].holds


def test_what_came_out_can_be_written_into_the_page(tmp_path):
    with examples.project(tmp_path):
        changed = examples.rewrite(PAGE.format(answer="43", echo="one"))
    assert changed == PAGE.format(answer="42", echo="one two")


@pytest.mark.parametrize(
    ("shown", "found", "expected"),
    [
        ("bias 0.83\n", "bias 0.84\n", True),
        ("bias 0.83\n", "bias 0.85\n", False),
        ("bias 0.83\n", "bias 0.832\n", False),
        ("100 events, 1.0 m\n", "101 events, 1.0 m\n", False),
        ("neurosim 0.1.0\n", "neurosim 0.1.1\n", False),
        ("a 1.0\n...\nb 2.0\n", "a 1.0\nc 9.0\nb 2.0\n", True),
    ],
)
def test_decimals_may_be_rounded_otherwise(shown, found, expected):
    block = examples.Block("text", shown, 1, 0, len(shown), follows=True)
    assert examples.Example(block, shown, found).holds is expected
