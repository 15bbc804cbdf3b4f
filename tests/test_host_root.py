# SPDX-License-Identifier: GPL-2.0-only
"""What a guest under QEMU sees of this machine: the answers to its kernel's requests, asked for without a guest."""

import ctypes
import errno
import os
import stat
import struct
import subprocess

import pytest

import lab

# include/uapi/linux/fuse.h
LOOKUP, GETATTR, SETATTR, READLINK, MKNOD, MKDIR, UNLINK, OPEN, READ, WRITE, STATFS, INIT, READDIR = 1, 3, 4, 5, 8, 9, 10, 14, 15, 16, 17, 26, 28
ROOT = 1
ROOM = 1 << 18


@pytest.fixture(name="library", scope="module")
def fixture_library(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuse") / "fuse.so"
    command = ["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-I", lab.ROOT, "-o", path, lab.ROOT / "lab/launch/fuse.c"]
    subprocess.run(command, check=True)
    library = ctypes.CDLL(str(path))
    library.fuse_tree_new.restype = ctypes.c_void_p
    library.fuse_answer.restype = ctypes.c_size_t
    return library


class Tree:
    """Requests to a tree of its own, and their answers taken apart."""

    def __init__(self, library):
        self.library, self.tree = library, ctypes.c_void_p(library.fuse_tree_new())

    def raw(self, request):
        answer = ctypes.create_string_buffer(ROOM)
        n = self.library.fuse_answer(self.tree, request, ctypes.c_size_t(len(request)), answer, ctypes.c_size_t(ROOM))
        return answer.raw[:n]

    def ask(self, opcode, node, body=b""):
        """(errno, data)"""
        answer = self.raw(struct.pack("<IIQQIIIHH", 40 + len(body), opcode, 77, node, 0, 0, 1, 0, 0) + body)
        length, error, unique = struct.unpack_from("<IiQ", answer)
        assert length == len(answer) and unique == 77
        return -error, answer[16:]

    def lookup(self, path):
        """(errno, number, mode) of the last part."""
        node, mode = ROOT, 0
        for name in str(path).strip("/").split("/"):
            error, data = self.ask(LOOKUP, node, os.fsencode(name) + b"\0")
            if error:
                return error, 0, 0
            node, mode = struct.unpack_from("<Q", data)[0], struct.unpack_from("<I", data, 40 + 60)[0]
        return 0, node, mode

    def read(self, node, offset=0, size=1 << 17, opcode=READ):
        return self.ask(opcode, node, struct.pack("<QQIIQII", 0, offset, size, 0, 0, 0, 0))

    def names(self, node, size=4096):
        names, offset = [], 0
        while True:
            error, data = self.read(node, offset, size, READDIR)
            assert error == 0 and len(data) <= size
            if not data:
                return names
            while data:
                _, offset, length, _ = struct.unpack_from("<QQII", data)
                names.append(os.fsdecode(data[24 : 24 + length]))
                data = data[(24 + length + 7) // 8 * 8 :]


@pytest.fixture(name="tree")
def fixture_tree(library):
    tree = Tree(library)
    yield tree
    library.fuse_tree_free(tree.tree)


def test_files_are_as_they_are(tree, tmp_path):
    content = os.urandom(300_000)
    (tmp_path / "file").write_bytes(content)
    (tmp_path / "link").symlink_to("file")
    error, node, mode = tree.lookup(tmp_path / "file")
    assert (error, mode) == (0, (tmp_path / "file").stat().st_mode)
    assert tree.ask(OPEN, node, bytes(8))[0] == 0
    pieces = [tree.read(node, at) for at in range(0, 400_000, 1 << 17)]
    assert b"".join(data for _, data in pieces) == content
    _, node, mode = tree.lookup(tmp_path / "link")
    assert stat.S_ISLNK(mode) and tree.ask(READLINK, node) == (0, b"file")
    assert tree.lookup(tmp_path / "link") == tree.lookup(tmp_path / "link")


def test_what_is_not_there_is_known_not_to_be(tree):
    """An answer that the kernel keeps; an error it would ask for again."""
    error, data = tree.ask(LOOKUP, ROOT, b"no such file\0")
    number, _, valid_s = struct.unpack_from("<QQQ", data)
    assert (error, number) == (0, 0) and valid_s > 365 * 24 * 3600


def test_folders_are_in_the_order_of_names(tree, tmp_path):
    names = [f"{i * 7919 % 1000:03}-{'x' * (i % 40)}" for i in range(1000)]
    for name in names:
        (tmp_path / name).touch()
    _, node, _ = tree.lookup(tmp_path)
    assert tree.names(node) == [".", "..", *sorted(names)]


def test_two_folders_are_listed_in_turn_and_each_again(tree, tmp_path):
    """As two programs do: each goes on where it was, and one that begins anew sees what has come."""
    nodes = []
    for letter in "ab":
        (tmp_path / letter).mkdir()
        for i in range(20):
            (tmp_path / letter / f"{letter}{i:02}").touch()
        nodes.append(tree.lookup(tmp_path / letter)[1])
    offsets, seen = [0, 0], [[], []]
    for turn in range(60):
        _, data = tree.read(nodes[turn % 2], offsets[turn % 2], 40, READDIR)
        if data:
            _, offsets[turn % 2], length, _ = struct.unpack_from("<QQII", data)
            seen[turn % 2].append(os.fsdecode(data[24 : 24 + length]))
    assert seen == [[".", "..", *(f"{letter}{i:02}" for i in range(20))] for letter in "ab"]
    (tmp_path / "b" / "new").touch()
    assert tree.names(nodes[1])[-1] == "new"


def test_two_files_are_read_in_turn(tree, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).write_text(name * 10)
    one, other = (tree.lookup(tmp_path / name)[1] for name in ("one", "other"))
    for _ in range(2):
        assert tree.read(one) == (0, b"one" * 10)
        assert tree.read(other) == (0, b"other" * 10)


def test_files_that_change_meanwhile(tree, tmp_path):
    """What is read is there, or less, or an error: nothing waits and nothing ends."""
    file = tmp_path / "file"
    file.write_bytes(b"a" * 5000)
    _, node, _ = tree.lookup(file)
    assert tree.read(node, size=4096) == (0, b"a" * 4096)
    os.truncate(file, 100)
    assert tree.read(node, 4096, 4096) == (0, b"")
    file.unlink()
    tree.read(tree.lookup(__file__)[1])
    assert tree.read(node) == (errno.ENOENT, b"")
    file.mkdir()
    assert tree.read(node) == (errno.EINVAL, b"")
    file.rmdir()
    os.mkfifo(file)
    assert tree.read(node) == (errno.EINVAL, b"")


def test_how_full_the_disk_is_is_not_told(tree):
    error, data = tree.ask(STATFS, ROOT)
    blocks, free, available, files, free_files = struct.unpack_from("<5Q", data)
    assert error == 0 and blocks > 0 and (free, available, free_files) == (0, 0, 0), files


@pytest.mark.parametrize("offered", [0, 1, 0xFFFFFFFF])
def test_only_what_the_kernel_offers_is_taken(tree, offered):
    error, data = tree.ask(INIT, ROOT, struct.pack("<IIII", 7, 40, 1 << 17, offered))
    flags = struct.unpack_from("<IIII", data)[3]
    assert error == 0 and flags & ~offered == 0 and bool(flags) == bool(offered)


def test_when_a_file_was_read_is_not_told(tree, tmp_path):
    (tmp_path / "file").touch()
    _, node, _ = tree.lookup(tmp_path / "file")
    before = tree.ask(GETATTR, node, bytes(16))
    os.utime(tmp_path / "file", ns=(10**18, (tmp_path / "file").stat().st_mtime_ns))
    after = tree.ask(GETATTR, node, bytes(16))
    atime, mtime = (struct.unpack_from("<Q", after[1], 16 + 24 + 8 * i)[0] for i in range(2))
    assert atime == mtime and len(before[1]) == len(after[1])


@pytest.mark.parametrize("opcode", [SETATTR, MKNOD, MKDIR, UNLINK, WRITE])
def test_nothing_is_changed(tree, tmp_path, opcode):
    _, node, _ = tree.lookup(tmp_path)
    before = tmp_path.stat()
    error, _ = tree.ask(opcode, node, bytes(8) + b"name\0" + bytes(100))
    assert error == errno.ENOSYS
    assert list(tmp_path.iterdir()) == [] and tmp_path.stat().st_mtime_ns == before.st_mtime_ns


def test_only_regular_files_are_opened(tree, tmp_path):
    """Opening a pipe would wait for its other end, and with it the whole laboratory."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/null"):
        _, node, mode = tree.lookup(path)
        assert mode and tree.ask(OPEN, node, bytes(8)) == (errno.EINVAL, b"")
        assert tree.read(node) == (errno.EINVAL, b"")


@pytest.mark.parametrize("name", [b"..\0", b".\0", b"etc/passwd\0", b"\0", b"", b"etc", b"a\0b\0" * 2000])
def test_names_that_no_kernel_asks_for(tree, name):
    error, data = tree.ask(LOOKUP, ROOT, name)
    assert error == errno.EINVAL or struct.unpack_from("<Q", data)[0] == 0


@pytest.mark.parametrize("asked", [b"", b"\x28", bytes(40), struct.pack("<IIQQIIIHH", 1 << 20, LOOKUP, 1, 1, 0, 0, 0, 0, 0)], ids=range(4))
def test_what_is_no_request_has_no_answer(tree, asked):
    assert tree.raw(asked) == b""


def test_bodies_that_are_too_short(tree, tmp_path):
    (tmp_path / "file").write_text("text")
    _, node, _ = tree.lookup(tmp_path / "file")
    for opcode in (READ, READDIR, INIT):
        assert tree.ask(opcode, node, bytes(3)) == (errno.EPROTO, b"")
    assert tree.read(node, size=1 << 30) == (errno.EINVAL, b"")
    for i in range(1500):
        (tmp_path / f"{i:0100}").touch()
    _, folder, _ = tree.lookup(tmp_path)
    assert (1 << 17) - 200 < len(tree.read(folder, size=1 << 30, opcode=READDIR)[1]) <= 1 << 17
    _, last, _ = tree.lookup(__file__)
    assert tree.ask(GETATTR, last, bytes(16))[0] == 0
    for number in (0, last + 1, 1000, 2**64 - 1):
        assert tree.ask(GETATTR, number, bytes(16)) == (errno.ESTALE, b"")


def test_paths_that_are_too_long(tree, tmp_path):
    name, node = b"x" * 250, ROOT
    (tmp_path / "a").mkdir()
    _, node, _ = tree.lookup(tmp_path / "a")
    assert tree.ask(LOOKUP, node, b"x" * 4090 + b"\0")[0] == errno.ENAMETOOLONG
    assert tree.ask(LOOKUP, node, name * 2 + b"\0")[0] == errno.ENAMETOOLONG
