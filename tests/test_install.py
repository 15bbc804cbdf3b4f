# SPDX-License-Identifier: GPL-2.0-only
"""make install: what is installed is whole, and goes again."""

import os
import subprocess

import pytest

import lab
import test_kernel_build


def make(target, folder):
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", "-s", "-C", lab.ROOT, target, f"DESTDIR={folder}"]
    subprocess.run(command, env=env, capture_output=True, check=True, timeout=lab.PATIENCE_S)


@pytest.fixture(name="installed", scope="module")
def install(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    make("install", folder)
    return folder


def test_an_installed_laboratory_builds_kernels(installed, tmp_path):
    """Of a tarball and of a tree: between them they need every script."""
    tree = test_kernel_build.Tree(tmp_path)
    subprocess.run(["tar", "-C", tmp_path, "-cf", tmp_path / "source.tar", "tree"], check=True)
    build = installed / "usr/local/lib/pathlab/kernel/build"
    env = dict(os.environ, PATHLAB_CACHE=str(tree.cache))
    for name, source in ("packed", tmp_path / "source.tar"), ("mine", tree.tree):
        command = [build, name, "--source", source, "--link", tree.guests]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=lab.PATIENCE_S)
        assert done.returncode == 0, done.stderr
        assert (tree.guests / name / "linux").is_file()


def test_installed_programs_say_their_version(installed):
    for program in "pathlab", "cclient":
        command = [installed / "usr/local/bin" / program, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=lab.PATIENCE_S)
        assert (done.returncode, done.stdout.split()[0]) == (0, program)


def test_nothing_stays_after_make_uninstall(tmp_path):
    make("install", tmp_path)
    assert any(path.is_file() for path in tmp_path.rglob("*"))
    make("uninstall", tmp_path)
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
