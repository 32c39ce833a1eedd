"""Content hash of the code behind a script, so that an edit reruns what depends on it.

Snakemake sees edits of a script, not of the modules that it imports. The hash follows imports
transitively within the project. It is taken from the compiled code: comments, docstrings and
layout do not count.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType

PACKAGES = ("neurosim", "analysis")


def source_hash(script: Path, root: Path) -> str:
    """Hash the project's modules that a script imports, however indirectly.

    Parameters
    ----------
    script : Path
        A Python file.
    root : Path
        Folder that holds the packages.

    Returns
    -------
    str
        16 hexadecimal digits. The script itself is left out: Snakemake watches it.
    """
    digest = hashlib.sha256()
    for module in sorted(_reached(Path(script), Path(root))):
        digest.update(_code_digest(module))
    return digest.hexdigest()[:16]


def _reached(script: Path, root: Path) -> set[Path]:
    """Files that can be reached from a script by imports within the project."""
    seen: set[Path] = set()
    waiting = list(_imported_files(script, root))
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += _imported_files(file, root)
    return seen


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


@cache
def _imported_files(file: Path, root: Path) -> tuple[Path, ...]:
    names = set(_imported_names(_tree(file)))
    candidates = [found for name in names for found in _files_of(name, file, root)]
    return tuple(sorted(set(candidates)))


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """Dotted names that may be modules; ``from a import b`` may mean a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files_of(name: str, importer: Path, root: Path) -> Iterator[Path]:
    """The files that importing a dotted name runs: packages on the way and the module."""
    parts = name.split(".")
    if parts[0] not in PACKAGES:
        beside = importer.with_name(f"{parts[0]}.py")
        if len(parts) == 1 and parts[0].startswith("_") and beside.exists():
            yield beside
        return
    for depth in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:depth])
        for file in (base / "__init__.py", base.with_suffix(".py")):
            if file.exists():
                yield file


@cache
def _code_digest(file: Path) -> bytes:
    code = compile(file.read_text(encoding="utf-8"), file.name, "exec", optimize=2)
    digest = hashlib.sha256(file.name.encode())
    _feed(digest, code)
    return digest.digest()


def _feed(digest: "hashlib._Hash", code: CodeType) -> None:
    """Add everything of a code object but its line numbers."""
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    digest.update(code.co_code)
    digest.update(code.co_exceptiontable)
    digest.update(repr((code.co_name, code.co_argcount, code.co_kwonlyargcount, names)).encode())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _feed(digest, constant)
        else:
            value = sorted(constant, key=repr) if isinstance(constant, frozenset) else constant
            digest.update(repr((type(constant).__name__, value)).encode())
