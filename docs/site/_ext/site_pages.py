"""Pages are filled in from the repository while the site is built."""

from api_modules import api
from jinja2 import Environment, StrictUndefined
from recording_tables import columns, groups, names, words
from site_figures import drawn, figure, question, rows_drawn, title
from sphinx.application import Sphinx
from verdict_tables import mutations, published, tally, verdicts
from workflow_tables import keys, rules

FUNCTIONS = {
    function.__name__: function
    for function in (
        *(api, drawn, rows_drawn, figure, question, title, columns, groups, names, words),
        *(mutations, published, tally, verdicts, keys, rules),
    )
}


def filled_in(page: str) -> str:
    """Replace ``{{ function(...) }}`` in a page by what the function gives."""
    environment = Environment(
        undefined=StrictUndefined,
        comment_start_string="{##",
        comment_end_string="##}",
        trim_blocks=True,
    )
    return environment.from_string(page, globals=FUNCTIONS).render()


def fill_in(app: Sphinx, name: str, source: list[str]) -> None:
    """Fill in a page as Sphinx reads it."""
    source[0] = filled_in(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Fill in every page."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
