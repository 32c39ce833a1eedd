"""The API: modules of the library, described by their docstrings."""

import ast
from pathlib import Path

LIBRARY = Path(__file__).parents[3] / "neurosim"
PAGES = Path(__file__).parents[1] / "api"
DEFINITIONS = (ast.ClassDef, ast.FunctionDef)


def packages() -> list[str]:
    """Names of the library's packages, the library itself among them."""
    folders = [LIBRARY, *(file.parent for file in LIBRARY.rglob("*/__init__.py"))]
    parts = sorted({folder.relative_to(LIBRARY.parent).parts for folder in folders})
    return [".".join(part) for part in parts]


def modules_of(package: str) -> list[str]:
    """Names of the modules in a package, not in packages within it."""
    folder = LIBRARY.joinpath(*package.split(".")[1:])
    stems = sorted(path.stem for path in folder.glob("*.py"))
    return [f"{package}.{stem}" for stem in stems if not stem.startswith("__")]


def public_names(module: str) -> list[str]:
    """Names of what a module defines for others; autodoc would look at all that it imports too."""
    file = LIBRARY.joinpath(*module.split(".")[1:]).with_suffix(".py")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [node.name for node in tree.body if isinstance(node, DEFINITIONS)]
    return [name for name in found if not name.startswith("_")]


def on_page(package: str) -> list[str]:
    """Names of the packages that a page describes: its own, and those below without a page."""
    pages = {"neurosim", *(f"neurosim.{file.stem}" for file in PAGES.glob("*.md"))}

    def page_of(name: str) -> str:
        return name if name in pages else page_of(name.rpartition(".")[0])

    return [name for name in packages() if page_of(name) == package]


def api(package: str) -> str:
    """Describe a package, its modules, and the packages in it that have no page of their own."""
    parts = []
    for name in on_page(package):
        parts += [f"## {name}"] if name != package else []
        parts += [_described(name, [])]
        parts += [
            f"## {module}\n\n{_described(module, public_names(module))}"
            for module in modules_of(name)
        ]
    return "\n\n".join(parts)


def _described(module: str, members: list[str]) -> str:
    chosen = f":members: {', '.join(members)}" if members else ":no-members:"
    return f"```{{eval-rst}}\n.. automodule:: {module}\n   {chosen}\n```"
