"""What pages name is there: pages, files, rules, keys, commands."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from api_modules import modules_of, packages
from site_pages import filled_in
from workflow_tables import schema_of

from analysis.words import STUDIES

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"
PAGES = sorted(path.relative_to(SITE) for path in SITE.rglob("*.md"))
GUIDE = [page for page in PAGES if page.parts[0] != "api"]
FOLDERS = ("neurosim", "analysis", "workflow", "config", "docs", "tests", "benchmarks")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SECTIONS = set(yaml.safe_load((ROOT / "config" / "config.yaml").read_text("utf-8")))


@cache
def text_of(page: Path) -> str:
    """Give the page as it is read, without comments."""
    return re.sub(r"^%.*$", "", filled_in((SITE / page).read_text("utf-8")), flags=re.M)


@cache
def words_of_the_project() -> set[str]:
    """Every name in code, rules, configurations and tables."""
    found = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    files = [ROOT / "Snakefile", *(ROOT / "config").iterdir(), ROOT / "Makefile"]
    for folder in ("neurosim", "analysis", "workflow", "benchmarks"):
        files += [f for f in (ROOT / folder).rglob("*") if f.suffix in (".py", ".smk", ".yaml")]
    for file in files:
        found.update(re.findall(r"\w+", file.read_text("utf-8")))
    return found


@cache
def outputs() -> list[re.Pattern]:
    """Patterns of what rules write, and of the folders above it."""
    named = set()
    for file in (ROOT / "workflow" / "rules").glob("*.smk"):
        named.update(re.findall(r"results/[\w{}./-]+", file.read_text("utf-8")))
    named |= {str(parent) for name in set(named) for parent in Path(name).parents}
    return [re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(name))) for name in named]


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_links_lead_to_pages(page):
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[\w-]+)?\)", text_of(page))
    missing = [t for t in targets if not (SITE / page.parent / t).is_file()]
    assert not missing


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_files_that_a_page_names_are_there(page):
    named = re.findall(rf"(?<![\w/.])(?:{'|'.join(FOLDERS)})/[\w./-]*\w", text_of(page))
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_results_that_a_page_names_are_written_by_a_rule(page):
    named = set(re.findall(r"(?<![\w/.])results/[\w{}./-]*[\w}]", text_of(page)))
    unwritten = [name for name in named if not any(p.fullmatch(name) for p in outputs())]
    assert not unwritten


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_keys_that_a_page_names_are_in_the_schema(page):
    for key in CODE.findall(text_of(page)):
        if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", key) and key.split(".")[0] in SECTIONS:
            schema_of(key)


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_names_in_code_are_names_of_the_project(page):
    names = [n for n in CODE.findall(text_of(page)) if re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)+", n)]
    unknown = [name for name in names if name not in words_of_the_project()]
    assert not unknown


@pytest.mark.parametrize("page", GUIDE, ids=str)
def test_commands_that_a_page_names_are_there(page):
    text = text_of(page)
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    made = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)
    assert not [name for name in made if name not in targets]
    modules = re.findall(r"python -m ((?:neurosim|analysis|benchmarks)[\w.]*)", text)
    places = [ROOT.joinpath(*module.split(".")) for module in modules]
    assert not [p for p in places if not (p.is_dir() or p.with_suffix(".py").is_file())]


def test_every_study_has_a_page():
    assert set(STUDIES) == {p.stem for p in PAGES if p.parts[0] == "studies"} - {"index"}


def test_every_module_of_the_library_is_described_once():
    whole = "".join(text_of(page) for page in PAGES if page.parts[0] == "api")
    described = re.findall(r"automodule:: ([\w.]+)", whole)
    expected = [*packages(), *(module for package in packages() for module in modules_of(package))]
    assert sorted(described) == sorted(expected)


def test_every_page_is_in_a_table_of_contents():
    listed = {Path("index.md")}
    for page in PAGES:
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", text_of(page), re.S):
            names = [line for line in tree.splitlines() if line and not line.startswith(":")]
            listed |= {page.parent / f"{name}.md" for name in names}
    assert listed == set(PAGES)
