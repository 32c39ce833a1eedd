"""Nothing that is read is run: no pickles, no YAML that builds objects, no text as code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from workflow.config_files import _Strict

PROJECT = Path(__file__).parents[1]
PACKAGES = ("neurosim", "analysis", "workflow", "benchmarks")
NEEDED = {  # calls that read plain data only if they are told to
    "np.load": ("allow_pickle", False),
    "numpy.load": ("allow_pickle", False),
    "torch.load": ("weights_only", True),
}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"),
    *("pd.read_pickle", "pandas.read_pickle", "torch.jit.load", "torch.package.PackageImporter"),
}
# In workflow/configuration.py, workflow/config_files.py and neurosim/importing/map_file.py.
OWN_LOADERS = {"loader", "_Strict", "_Texts"}


def problems(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = []
        yield from (name for name in names if name.split(".")[0] in FORBIDDEN_MODULES)
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = {word.arg: word.value for word in node.keywords}
            if name in FORBIDDEN_CALLS:
                yield name
            keyword, value = NEEDED.get(name, (None, None))
            if keyword and not (
                isinstance(given.get(keyword), ast.Constant) and given[keyword].value is value
            ):
                yield f"{name} without {keyword}={value}"
            if name in ("yaml.load", "yaml.load_all"):
                loader = given.get("Loader")
                if loader is None or ast.unparse(loader) not in OWN_LOADERS:
                    yield f"{name} with another loader"


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_unpickled_or_run(package):
    files = sorted((PROJECT / package).rglob("*.py"))
    assert files
    found = {
        str(path.relative_to(PROJECT)): said
        for path in files
        if (said := list(problems(path.read_text(encoding="utf-8"))))
    }
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.FullLoader)",
        "yaml.unsafe_load(text)",
    ],
)
def test_the_check_sees_what_it_is_for(source):
    assert list(problems(source))


def test_own_loaders_build_plain_values_only():
    safe = (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert issubclass(_Strict, safe)
    with pytest.raises(yaml.YAMLError, match="python/object"):
        yaml.load("!!python/object/apply:os.getpid []", Loader=_Strict)  # noqa: S506
