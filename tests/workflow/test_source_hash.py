"""The content hash behind a script: what changes it and what does not."""

from pathlib import Path

import pytest

from workflow.source_hash import SourceHasher

FILES = {
    "neurosim/__init__.py": '"""Doc."""\n',
    "neurosim/deep/__init__.py": "",
    "neurosim/deep/far.py": "X = 1\n",
    "neurosim/near.py": "from neurosim.deep import far\n\n\ndef f(a):\n    return a + far.X\n",
    "neurosim/other.py": "Y = 2\n",
    "scripts/_job.py": "Z = 3\n",
    "scripts/use.py": "import _job\n\nfrom neurosim.near import f\n\nprint(f(_job.Z))\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def hash_of(project, cache=None):
    return SourceHasher(project, cache).of(project / "scripts" / "use.py")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("neurosim/deep/far.py", "X = 1", "X = 2"),
        ("neurosim/near.py", "a + far.X", "a - far.X"),
        ("neurosim/near.py", "def f(a)", "def f(a, b=1)"),
        ("scripts/_job.py", "Z = 3", "Z = 4"),
        ("neurosim/__init__.py", '"""Doc."""', "V = 1"),
    ],
)
def test_code_that_is_reached_changes_the_hash(project, name, old, new):
    before = hash_of(project)
    (project / name).write_text(FILES[name].replace(old, new))
    assert hash_of(project) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("neurosim/near.py", "def f(a):", "# why\n\n\ndef f(a):  # here"),
        ("neurosim/near.py", "def f(a):", 'def f(a):\n    """Document."""'),
        ("neurosim/other.py", "Y = 2", "Y = 3"),
        ("scripts/use.py", "print", "repr"),
    ],
)
def test_comments_docstrings_and_unreached_code_do_not(project, name, old, new):
    before = hash_of(project)
    (project / name).write_text(FILES[name].replace(old, new))
    assert hash_of(project) == before


def test_cache_gives_the_same_hash_and_sees_edits(project, tmp_path):
    cache = tmp_path / "cache" / "known.json"
    before = hash_of(project, cache)
    assert before == hash_of(project) == hash_of(project, cache)
    (project / "neurosim" / "deep" / "far.py").write_text("X = 12345\n")
    assert hash_of(project, cache) == hash_of(project) != before


def test_broken_cache_is_made_anew(project, tmp_path):
    cache = tmp_path / "known.json"
    cache.write_text("{")
    assert hash_of(project, cache) == hash_of(project)


def test_circular_imports_end(project):
    (project / "neurosim" / "deep" / "far.py").write_text("import neurosim.near\nX = 1\n")
    assert len(hash_of(project)) == 16


def test_a_name_that_many_modules_import_is_looked_for_once(project, monkeypatch):
    for number in range(20):
        (project / f"neurosim/user{number}.py").write_text("from neurosim.near import f\n")
    imports = "".join(f"import neurosim.user{number}\n" for number in range(20))
    (project / "scripts" / "use.py").write_text(imports)
    looked, exists = [], Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: looked.append(path) or exists(path))
    hash_of(project)
    assert project / "neurosim/deep/far.py" in looked
    assert len(looked) == len(set(looked))


@pytest.mark.parametrize(
    "block",
    [
        "def f():\n    {}",
        "class C:\n    def f(self):\n        {}",
        "if True:\n    pass\nelse:\n    {}",
        "for i in ():\n    pass\nelse:\n    {}",
        "while False:\n    {}",
        "with open('x'):\n    {}",
        "try:\n    pass\nexcept ImportError:\n    {}",
        "try:\n    pass\nexcept* ValueError:\n    pass\nelse:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "match 1:\n    case 1:\n        {}",
        "async def f():\n    async with x:\n        {}",
    ],
)
def test_an_import_counts_wherever_it_stands(project, block):
    script = project / "scripts" / "use.py"
    script.write_text(block.format("import neurosim.other") + "\n")
    before = hash_of(project)
    (project / "neurosim" / "other.py").write_text("Y = 22\n")
    assert hash_of(project) != before
