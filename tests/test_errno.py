# SPDX-License-Identifier: GPL-2.0-only
"""Every cell of the errno matrix as a test of its own, and docs/errno.md against a run.

`pytest -k errno` runs all of it, `-k "refused and nonblocking"` a part. Cells run row by row when few are asked for,
all at once otherwise; either way once, whichever worker needs them first.
"""

import contextlib
import fcntl
import functools
import json
import os
import re

import pytest

from lab import ROOT, pathlab

PAGE = ROOT / "docs" / "errno.md"

# From here on the whole matrix at once is quicker than one start of pathlab a row.
MANY_CELLS = 400


def list_cells():
    """(name, why it is skipped or None) of all cells."""
    done = pathlab("matrix", "errno", "--list")
    assert done.returncode == 0, done.stderr
    return [tuple(line.split("  # skipped: ")) if "#" in line else (line, None) for line in done.stdout.splitlines()]


CELLS = list_cells()
RUNNING = [name for name, why in CELLS if why is None]


def row_of(name):
    return name.rsplit(":", 1)[0]


def file_of(row):
    """The condition a row belongs to: rows of `each` have values behind its name."""
    parts = row.split("/")
    for end in range(len(parts), 0, -1):
        path = ROOT / "scenarios" / ("/".join(parts[:end]) + ".yaml")
        if path.exists():
            return path.relative_to(ROOT)
    raise AssertionError(row)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all workers of this session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@contextlib.contextmanager
def locked(path):
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def report(shared, name, *arguments):
    """The JSON report of a run, made by the first who asks."""
    path = shared / f"errno-{re.sub('[^a-z0-9]+', '-', name)}.json"
    with locked(f"{path}.lock"):
        if not path.exists():
            done = pathlab("matrix", "--format", "json", *arguments)
            assert done.returncode in (0, 1), done.stderr
            path.write_text(done.stdout, encoding="utf-8")
    return path


def whole(shared):
    return report(shared, "all", "errno")


@functools.cache
def read_cells(path):
    return {cell["name"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


@pytest.mark.parametrize("name", RUNNING)
def test_cell(request, shared, name):
    asked = sum(item.name.startswith("test_cell") for item in request.session.items)
    row = row_of(name)
    path = whole(shared) if asked > MANY_CELLS else report(shared, row, file_of(row), "--only", row)
    (result,) = read_cells(path)[name]["results"]
    assert result["verdict"] == "pass", result["problems"]


def test_no_cell_is_skipped_without_a_reason():
    assert len(CELLS) == len({name for name, _ in CELLS})
    for name, why in CELLS:
        assert why is None or len(why) > 15, name


def test_page_is_what_a_run_gives(shared):
    done = pathlab("matrix", "--read", whole(shared), "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert done.stdout == PAGE.read_text(encoding="utf-8"), "make it anew: pathlab matrix --format markdown > docs/errno.md"


def test_page_links_to_files():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    for link in set(links):
        assert (PAGE.parent / link).exists(), link
