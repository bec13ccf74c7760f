"""What the docs show is run: Python blocks, command lines, examples of docstrings."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path
from typing import Any

import pytest
import typer

import twin
from tests.docs.pages import MARK, PAGES, ROOT, Block, blocks, name_of
from twin.cli import main
from twin.cli.app import app, with_worst_metric
from twin.cli.reference import commands, reference

COMMANDS = dict(commands(typer.main.get_command(app)))


def command_of(arguments: list[str]) -> tuple[str, Any, list[str]]:
    """Return the words of the command that is called, the command, and what stands behind."""
    for depth in (2, 1):
        words = " ".join(["ridethrough", *arguments[:depth]])
        if words in COMMANDS:
            return words, COMMANDS[words], arguments[depth:]
    raise AssertionError(f"ridethrough {' '.join(arguments)}: there is no such command")


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def with_options(arguments: list[str], options: list[str]) -> list[str]:
    """Give further options to a command that has them."""
    _, command, _ = command_of(arguments)
    known = {name for p in command.params for name in p.opts}
    return [*arguments, *options] if {o for o in options if o[0] == "-"} <= known else arguments


def run_block(block: Block, namespace: dict[str, Any], page: str) -> None:
    """Do what the comment above a block says."""
    if block.order == "file":
        Path(block.words).write_text(block.text, encoding="utf-8")
    elif block.order == "run" and block.language == "python":
        text = re.sub(r"\bn=\d+", block.words, block.text) if block.words else block.text
        exec(compile(text, page, "exec"), namespace)
    elif block.order == "run":
        assert block.commands, "nothing to run in this block"
        for arguments in block.commands:
            line = with_options(arguments, block.words.split())
            if line[0] == "run":  # what goes beyond a run is tested elsewhere, and takes a minute
                line.append("--brief")
            assert main(line) == 0, f"ridethrough {' '.join(line)}"


RUN = [p for p in PAGES if any(b.order == "run" for b in blocks(p))]


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_pages_run(page: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        run_block(block, namespace, name_of(page))


def test_the_quick_start_and_the_how_tos_are_among_them() -> None:
    names = {name_of(p) for p in RUN}
    assert {"docs/quickstart.md", "docs/scenario.md", "docs/reference/python.md"} <= names
    assert {name_of(p) for p in PAGES if p.parent.name == "howto"} <= names


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_line_is_understood(page: Path) -> None:
    """Commands, options and required arguments are known; nothing is run."""
    for block in blocks(page):
        for arguments in block.commands:
            if arguments != ["--version"]:
                words, command, rest = command_of(with_worst_metric(arguments))
                command.make_context(words, rest)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_python_block_is_python(page: Path) -> None:
    for block in blocks(page):
        if block.language == "python":
            ast.parse(block.text, name_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_mark_stands_above_a_block(page: Path) -> None:
    marks = len(MARK.findall(page.read_text(encoding="utf-8")))
    assert marks == sum(bool(b.order) for b in blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """In the checkout; the docs site checks its own, anchors included."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    made = {"reference/scenario-keys.md", "reference/command-line.md", "reference/checks.md",
            "metrics.md"}  # fmt: skip
    made_paths = {(ROOT / "docs" / name).resolve() for name in made}
    targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text)]
    wanted = {(page.parent / t).resolve() for t in targets if t and "://" not in t}
    assert [str(w) for w in wanted if not w.exists() and w not in made_paths] == []


@pytest.mark.parametrize("thing", ["run", "trace", "check", "Scenario", "Results"])
def test_public_names_have_examples_that_hold(thing: str) -> None:
    found = doctest.DocTestFinder(recurse=False).find(getattr(twin, thing), thing, globs={})
    assert found, thing
    assert found[0].examples, thing
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(found[0], out=report.append)
    assert result.failed == 0, "".join(report)


def test_the_command_line_reference_has_every_command_and_option() -> None:
    text = reference()
    assert len(re.findall(r"^## ridethrough ", text, re.MULTILINE)) == len(COMMANDS)
    for words, command in COMMANDS.items():
        section = text.partition(f"## {words}\n")[2].partition("\n## ")[0]
        for parameter in command.params:
            shown = getattr(parameter, "hidden", False) is False
            for name in parameter.opts if parameter.param_type_name == "option" else []:
                assert (f"`{name}" in section or f", {name}" in section) == shown, (words, name)
