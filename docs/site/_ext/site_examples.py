"""Examples in pages: run, and held to the output that the page shows.

A block of ``python`` is a cell: what it prints, and the value of its last line, stand in the block
of ``text`` right after it. A block of ``console`` holds commands after ``$`` and what they print;
a line ``...`` stands for any lines. All blocks of a page run in one folder, in their order.

``python docs/site/_ext/site_examples.py PAGE`` writes what came out into a page, to be read and
committed.
"""

import ast
import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PARTS = ("Snakefile", "workflow", "config", "neurosim", "analysis", "docs", "environment.yml")
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.(\d+)(?![\w.])")
ANY_LINES = re.compile(r"^\.\.\.$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes
    ----------
    kind : str
        ``python``, ``console``, ``text``, ``yaml``, ...
    body : str
    line : int
        Of the page, from 1.
    start, stop : int
        Of the body, in characters of the page.
    follows : bool
        Whether nothing but space stands between it and the block before.
    """

    kind: str
    body: str
    line: int
    start: int
    stop: int
    follows: bool


@dataclass(frozen=True)
class Example:
    """What a page shows of a command or cell, and what came out.

    Attributes
    ----------
    block : Block
        The block with the expected output, or the cell where nothing is expected.
    shown, found : str
    """

    block: Block
    shown: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether the page shows what came out.

        ``...`` alone on a line stands for any lines. Another processor may round otherwise: a
        number with decimals may differ by one in the last of them.
        """
        shown, found = ANY_LINES.sub("...", self.shown), rounded_as(self.shown, self.found)
        return doctest.OutputChecker().check_output(shown, found, doctest.ELLIPSIS)


def rounded_as(shown: str, found: str) -> str:
    """Put the numbers shown in place of those found that differ by one in the last decimal."""
    numbers = list(NUMBER.finditer(shown))
    if len(numbers) != len(NUMBER.findall(found)):
        return found
    waiting = iter(numbers)

    def put(match: re.Match) -> str:
        other = next(waiting)
        near = abs(float(match[0]) - float(other[0])) < 1.5 * 10.0 ** -len(other[1])
        return other[0] if near and len(match[1]) == len(other[1]) else match[0]

    return NUMBER.sub(put, found)


def blocks_of(page: str) -> list[Block]:
    """Find the fenced blocks of a page that name their language."""
    found, end = [], -1
    for match in FENCE.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        follows = end >= 0 and not page[end : match.start()].strip()
        found.append(
            Block(match["kind"], match["body"], line, *match.span("body"), follows=follows)
        )
        end = match.end()
    return found


@contextlib.contextmanager
def project(folder: Path) -> Iterator[Path]:
    """Stand in a folder from which the project can be run, and whose results are its own."""
    for part in PARTS:
        (folder / part).symlink_to(ROOT / part)
    before, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, str(ROOT))
    try:
        yield folder
    finally:
        os.chdir(before)
        sys.path[:] = path


def run_page(page: str) -> Iterator[Example]:
    """Run the examples of a page in the folder where one stands."""
    names: dict[str, object] = {"__name__": "__page__"}
    blocks = blocks_of(page)
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block.kind == "python":
            expected = after if after and after.kind == "text" and after.follows else None
            found = run_cell(block.body, names)
            yield Example(expected or block, expected.body if expected else "", found)
        elif block.kind == "console":
            yield Example(block, block.body, run_console(block.body))


def run_cell(source: str, names: dict[str, object]) -> str:
    """Run Python source; gives what it prints and the value of its last line, if that has one."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    statements = tree.body[:-1] if last else tree.body
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        # The pages are the project's own.
        exec(compile(ast.Module(statements, []), "<page>", "exec"), names)  # noqa: S102
        if last:
            value = eval(compile(ast.Expression(last.value), "<page>", "eval"), names)  # noqa: S307
            if value is not None:
                print(repr(value))
    return printed.getvalue()


def run_console(body: str) -> str:
    """Run the commands of a console block; gives the block with what they printed."""
    joined = re.sub(r"\\\n\s*", "", body)
    commands = re.findall(r"^\$ (.*)$", joined, re.MULTILINE)
    shown = re.findall(r"^\$ (?:.*\\\n)*.*$", body, re.MULTILINE)
    parts = [f"{text}\n{run_command(c)}" for text, c in zip(shown, commands, strict=True)]
    return "".join(parts)


def run_command(command: str) -> str:
    """Run a shell command with this Python and this project; gives what it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    done = subprocess.run(
        command,
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode not in (0, 2):  # 2: an error in one line, which a page may want to show
        raise RuntimeError(f"{shlex.quote(command)}: {done.stderr[-2000:]}")
    return done.stdout + "".join(
        f"{line}\n" for line in done.stderr.splitlines() if line.startswith(("error:", "WARNING:"))
    )


def rewrite(page: str, run: Callable[[str], Iterator[Example]] = run_page) -> str:
    """Put what came out into a page, wherever it shows something else."""
    for example in reversed(list(run(page))):
        block = example.block
        if not example.holds and block.kind != "python":
            page = page[: block.start] + example.found + page[block.stop :]
    return page


if __name__ == "__main__":
    for name in sys.argv[1:]:
        given = Path(name).resolve()
        text = given.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as scratch, project(Path(scratch)):
            changed = rewrite(text)
        given.write_text(changed, encoding="utf-8")
