"""Content hash of the code behind a script, so that an edit reruns what depends on it.

Snakemake sees edits of a script, not of the modules that it imports. The hash follows imports
transitively within the project. It is taken from the compiled code: comments, docstrings and
layout do not count. What was found out about a file is kept in a cache under its size and time of
change, so that planning a run does not compile the project anew.
"""

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

PACKAGES = ("neurosim", "analysis")


class SourceHasher:
    """Hashes of the project's modules that scripts import.

    Parameters
    ----------
    root : Path
        Folder that holds the packages.
    cache : Path or None
        File to keep what is known in; made anew when it cannot be read.
    """

    def __init__(self, root: Path, cache: Path | None = None):
        self.root = Path(root)
        self.cache = cache
        self._known: dict[str, list] = self._load()
        self._fresh: set[Path] = set()  # files whose entry was checked in this process
        self._imports: dict[Path, set[Path]] = {}
        self._files: dict[str, list[Path]] = {}  # that importing a name runs
        self._learnt = False

    def of(self, script: Path) -> str:
        """Hash all that a script imports, however indirectly.

        Returns
        -------
        str
            16 hexadecimal digits. The script itself is left out: Snakemake watches it.
        """
        digest = hashlib.sha256()
        for module in sorted(self._reached(Path(script))):
            digest.update(self._facts(module)[1].encode())
        if self._learnt:
            self._save()
        return digest.hexdigest()[:16]

    def _reached(self, script: Path) -> set[Path]:
        """Files that can be reached from a script by imports within the project."""
        seen: set[Path] = set()
        waiting = [script]
        while waiting:
            file = waiting.pop()
            new = self._imported_files(file) - seen
            seen |= new
            waiting += new
        return seen

    def _imported_files(self, file: Path) -> set[Path]:
        """Files of the project that importing what a file imports runs."""
        if file not in self._imports:
            names = self._facts(file)[0]
            self._imports[file] = {f for name in names for f in self._files_of(name, file)}
        return self._imports[file]

    def _facts(self, file: Path) -> tuple[list[str], str]:
        """Names that a file imports, and the digest of its code."""
        key = os.path.relpath(file, self.root)
        if file not in self._fresh:
            state = file.stat()
            stamp = [state.st_mtime_ns, state.st_size, sys.version]
            if self._known.get(key, [None])[0] != stamp:
                tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
                self._learnt = True
                self._known[key] = [stamp, sorted(set(_imported_names(tree))), _digest(tree, key)]
            self._fresh.add(file)
        _, names, digest = self._known[key]
        return names, digest

    def _files_of(self, name: str, importer: Path) -> list[Path]:
        """The files that importing a dotted name runs: packages on the way and the module."""
        if name.partition(".")[0] in PACKAGES:
            return self._files_within(name)
        if not name.startswith("_") or "." in name:
            return []
        beside = importer.with_name(f"{name}.py")
        return [beside] if beside.exists() else []

    def _files_within(self, name: str) -> list[Path]:
        """The same for a name within the project; looked for once, since many modules import it."""
        if name not in self._files:
            package = name.rpartition(".")[0]
            base = self.root.joinpath(*name.split("."))
            own = (base / "__init__.py", base.with_suffix(".py"))
            before = self._files_within(package) if package else []
            self._files[name] = before + [file for file in own if file.exists()]
        return self._files[name]

    def _load(self) -> dict[str, list]:
        try:
            known = json.loads(self.cache.read_text(encoding="utf-8")) if self.cache else {}
        except (OSError, ValueError):
            return {}
        entries = known.items() if isinstance(known, dict) else ()
        return {key: entry for key, entry in entries if isinstance(entry, list) and len(entry) == 3}

    def _save(self) -> None:
        self._learnt = False
        if self.cache is None:
            return
        aside = self.cache.with_name(f"{self.cache.name}.{os.getpid()}")
        try:
            self.cache.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps(self._known), encoding="utf-8")
            os.replace(aside, self.cache)
        except OSError:
            aside.unlink(missing_ok=True)  # a cache that cannot be written costs time only


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """Dotted names that may be modules; ``from a import b`` may mean a.b."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements within one; expressions, which are most of a tree, hold none."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            yield child
            yield from _statements(child)


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _digest(tree: ast.Module, name: str) -> str:
    """Digest of a file's code; docstrings are cut out, since they leave a trace in it."""
    for node in (tree, *_statements(tree)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass(lineno=1, col_offset=0)]
    digest = hashlib.sha256(name.encode())
    _feed(digest, compile(tree, name, "exec", optimize=2))
    return digest.hexdigest()


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
