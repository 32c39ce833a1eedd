"""The API: modules of the library, described by their docstrings."""

from pathlib import Path

LIBRARY = Path(__file__).parents[3] / "neurosim"


def modules_of(package: str) -> list[str]:
    """Names of the modules in a package, not in packages within it."""
    folder = LIBRARY.joinpath(*package.split(".")[1:])
    stems = sorted(path.stem for path in folder.glob("*.py"))
    return [f"{package}.{stem}" for stem in stems if not stem.startswith("__")]


def api(package: str) -> str:
    """Describe a package and its modules."""
    parts = [f"```{{eval-rst}}\n.. automodule:: {package}\n   :no-members:\n```"]
    parts += [
        f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n```"
        for module in modules_of(package)
    ]
    return "\n\n".join(parts)
