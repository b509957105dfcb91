"""The house: imports go downward only, siblings don't know each other, and each thing has one place."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "songwright"
FILES = sorted(SRC.rglob("*.py"))

FLOORS = {
    "text": 0,
    "errors": 0,
    "catalog": 0,
    "models": 0,
    "lyrics": 1,
    "settings": 1,
    "logs": 2,
    "providers": 2,
    "sandbox": 2,
    "library": 2,
    "archive": 2,
    "service": 3,
    "watcher": 3,
    "mcp": 4,
    "web": 4,
    "app": 5,
    "commands": 5,
    "cli": 5,
    "__main__": 5,
    "__init__": 0,
}
SEPARATE = {2, 4}

HTTPX = {"providers", "sandbox", "archive", "web", "app"}
SQL = {"library", "sandbox"}
MOST_LINES = 400


def part(path: Path) -> str:
    """The part of the house that a file belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(path: Path) -> set[str]:
    """The parts of the house that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("songwright.")} & FLOORS.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_imports_go_downward_and_siblings_do_not_know_each_other(path: Path) -> None:
    here = part(path)
    for there in own(path) - {here}:
        assert FLOORS[there] <= FLOORS[here], f"{here} must not import {there}"
        separate = FLOORS[here] in SEPARATE and FLOORS[there] == FLOORS[here]
        assert not separate, f"{here} and {there} are siblings that don't know each other"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_each_outside_world_has_its_place(path: Path) -> None:
    here, names = part(path), {name.split(".")[0] for name in imports(path)}
    assert "mcp" not in names or FLOORS[here] >= 4
    assert not names & {"httpx", "httpcore"} or here in HTTPX
    assert "sqlite3" not in names or here in SQL
    source = path.read_text("utf-8")
    assert "os.environ" not in source or here == "cli"
    assert "getenv" not in source


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))
