"""ARCHITECTURE.md's tree is that of the files, and what import-linter and ruff cannot see holds."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("federation", "node")
LONGEST_FUNCTION = 50
LONGEST_FILE = 400
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)", re.IGNORECASE)
REASONED = re.compile(
    r"# (?:noqa: (?:[A-Z]+\d+)(?:, [A-Z]+\d+)*|type: ignore\[[a-z-]+(?:, [a-z-]+)*\]) (?: ?# |- )\S.*\Z"
)
MACHINE = re.compile(r"(?<![\w.$}/-])/(?:work\b|(?:home|Users)/\w)")
REGISTRY = re.compile(
    r"\b(?:pypi[.]org|pythonhosted[.]org|registry[.](?:npmjs[.]org|yarnpkg[.]com)|proxy[.]golang[.]org|crates[.]io)\b"
)


def drawn(text: str) -> set[str]:
    """The paths in the tree: two spaces for each level, then a name; what ends in / is a folder."""
    tree = text.partition("## The tree")[2].partition("```\n")[2].partition("```")[0]
    found: set[str] = set()
    above: list[str] = []
    for line in tree.splitlines():
        level, name = (len(line) - len(line.lstrip(" "))) // 2, line.split()[0]
        above = [*above[:level], name.rstrip("/")]
        found.add("/".join(above) + ("/" if name.endswith("/") else ""))
    return found


def filed(root: Path) -> set[str]:
    """Modules and folders of both packages, two levels deep."""
    found = set()
    for package in PACKAGES:
        found.add(f"{package}/")
        for pattern in ("*", "*/*"):
            for path in (root / package).glob(pattern):
                if "__pycache__" in path.parts or path.name == "__init__.py":
                    continue
                if path.is_dir():
                    found.add(f"{path.relative_to(root)}/")
                elif path.suffix == ".py":
                    found.add(str(path.relative_to(root)))
    return found


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def unreasoned(source: str) -> list[int]:
    """Lines where a check is switched off without a code, or without a reason."""
    return [line for line, text in comments(source) if EXCEPTION.match(text) and not REASONED.match(text)]


def too_long(source: str) -> list[str]:
    """What is longer than anybody reads at once."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = [one.name for one in functions if (one.end_lineno or 0) - one.lineno + 1 > LONGEST_FUNCTION]
    return found + ["the file"] * (len(source.splitlines()) > LONGEST_FILE)


def tracked() -> list[Path]:
    """Every text file of the project."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nobody knows which files are the project's: git clone it")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_tree_is_that_of_the_files():
    described, there = drawn((ROOT / "ARCHITECTURE.md").read_text()), filed(ROOT)
    assert there - described == set(), "not in ARCHITECTURE.md"
    assert described - there == set(), "only in ARCHITECTURE.md"


def test_a_tree_is_read_as_it_is_drawn(tmp_path):
    text = "## The tree\n```\nnode/\n  app.py   the root\n  web/     pages\n    tags.py  tags\n  errors.py\n```\n"
    assert drawn(text) == {"node/", "node/app.py", "node/web/", "node/web/tags.py", "node/errors.py"}
    (tmp_path / "node" / "web" / "deep").mkdir(parents=True)
    for name in ("app.py", "__init__.py", "web/tags.py", "web/deep/x.py"):
        (tmp_path / "node" / name).write_text("")
    assert filed(tmp_path) == {"federation/", "node/", "node/app.py", "node/web/", "node/web/tags.py", "node/web/deep/"}


def test_what_switches_a_check_off_says_which_and_why():
    found = {
        str(path): lines for path in sources(*PACKAGES, "schemas", "tests") if (lines := unreasoned(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("comment", "fine"),
    [
        ("# noqa: S101  # written above", True),
        ("# noqa: ARG002 - the library's signature", True),
        ("# type: ignore[assignment]  # as above", True),
        ("# noqa: S101, S102  # both", True),
        ("# noqa", False),
        ("# noqa: S101", False),
        ("#noqa", False),
        ("# type: ignore", False),
        ("# type: ignore  # it is so", False),
        ("# type: ignore[assignment]", False),
        ("# noqa is what this explains", False),
    ],
)
def test_a_reason_is_told_from_none(comment, fine):
    assert (unreasoned(f"x = 1  {comment}\n") == []) is fine


def test_functions_and_files_are_short():
    written = [path for path in sources(*PACKAGES) if "versions" not in path.parts]  # a revision is one long list
    assert {str(path): names for path in written if (names := too_long(path.read_text()))} == {}


def test_length_is_measured():
    body = "    x = 1\n" * LONGEST_FUNCTION
    assert too_long(f"def f():\n{body}") == ["f"]
    assert too_long(f"def f():\n{body[:-10]}") == []
    assert too_long("x = 1\n" * (LONGEST_FILE + 1)) == ["the file"]


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [str(path)] if MACHINE.search(text) or REGISTRY.search(text) else []
    assert found == []


@pytest.mark.parametrize(
    "text", ["cd /wo-rk/main", "'/wo-rk'", "/ho-me/anna/x", "https://py-pi.org/simple", "crates-.io"]
)
def test_machines_and_registries_are_recognised(text):
    text = text.replace("-", "")  # so that this file does not hold what it looks for
    assert MACHINE.search(text) or REGISTRY.search(text)


@pytest.mark.parametrize(
    "text", ["node/workers", "x/work/y", "$SERVER/home/current", "/workshop", "docs.rs/crates.iota"]
)
def test_others_are_let_be(text):
    assert not MACHINE.search(text)
    assert not REGISTRY.search(text)
