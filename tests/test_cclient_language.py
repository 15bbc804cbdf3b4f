# SPDX-License-Identifier: GPL-2.0-only
"""cclient's command language, its errors and its command line: nothing here needs a kernel with SCTP."""

import json
import os
import pty
import re
import subprocess

import pytest

from guest import CCLIENT, ROOT

PATIENCE_S = 20


def cclient(*words, stdin="", status=None):
    done = subprocess.run([CCLIENT, *words], input=stdin, capture_output=True, text=True, timeout=PATIENCE_S)
    if status is not None:
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def lines(*commands, options=(), status=None):
    """The JSON lines for these commands, given on standard input."""
    done = cclient(*options, stdin="".join(command + "\n" for command in commands), status=status)
    return [json.loads(line) for line in done.stdout.splitlines()]


def error(command):
    """The message about a command that cannot be understood."""
    found = lines(command, status=2)
    assert [line["event"] for line in found] == ["error"], found
    assert list(found[0]) == ["event", "message"]
    return found[0]["message"]


def test_version_and_help():
    assert cclient("--version", status=0).stdout.startswith("cclient ")
    help_text = cclient("--help", status=0).stdout
    for option in ("--file", "--wait", "--name", "--epoch", "--json", "--version"):
        assert option in help_text


def test_help_lists_every_command_and_explains_one():
    (line,) = lines("help", status=0)
    names = [command["name"] for command in line["commands"]]
    assert names == (
        "socket bind bindx listen accept connect connectx send sendmsg recvmsg traffic peeloff getpaddrs getladdrs "
        "getpeername status paths await getsockopt setsockopt events poll shutdown abort close watch sleep unprivileged poison help quit"
    ).split()
    (one,) = lines("help connectx", status=0)
    assert [command["name"] for command in one["commands"]] == ["connectx"]
    assert "via=lib|old|new|get" in one["commands"][0]["usage"]


def test_the_manual_knows_every_command_and_option():
    manual = (ROOT / "docs/cclient.1").read_text()
    (line,) = lines("help", status=0)
    documented = re.findall(r"^\.It Cm (\w+)", manual, re.MULTILINE)
    assert documented == [command["name"] for command in line["commands"]]
    for option in re.findall(r"--(\w+)", cclient("--help", status=0).stdout):
        assert re.search(rf"^\.It Fl \w , -{option}\b", manual, re.MULTILINE), option
    # Each flag and key of the usage lines is somewhere in the manual or in the contract.
    contract = manual + (ROOT / "docs/formats.md").read_text()
    for command in line["commands"]:
        for word in re.findall(r"[a-z][a-z0-9-]+", command["usage"]):
            assert word in contract, (command["name"], word)


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("conectx s 192.0.2.1", ['"conectx"', 'did you mean "connectx"?']),
        ("qwertyuiop", ['"qwertyuiop" is not a command', '"help" lists']),
        ("help conect", ['did you mean "connect"?']),
        ("connectx", ["needs a socket's name", "usage: connectx S ADDRS"]),
        ("connectx s", ["needs more", "usage: connectx S ADDRS"]),
        ("connectx s 192.0.2.1 prt=5", ["prt=", 'did you mean "port"?']),
        ("connectx s 192.0.2.1 port=5 port=6", ["port= is given twice"]),
        ("connectx s 192.0.2.1 port=70000", ["port 70000 is out of range", "0 to 65535"]),
        ("connectx s 192.0.2.1 port=5x", ['port "5x" is not a number']),
        ("connectx s 192.0.2.1 port=-1", ["port -1 is out of range"]),
        ("connectx s 192.0.2.1 port=99999999999999999999999", ["out of range"]),
        ("connectx s 192.0.2.1:", ['port "" is not a number']),
        ("connectx s 192.0.2.256", ['"192.0.2.256" is not an address', "192.0.2.1:5000"]),
        ("connectx s server", ['"server" is not an address']),
        ("connectx s [2001:db8::1", ['"[2001:db8::1" is not an address']),
        ("connectx s [2001:db8::g]:5", ['"[2001:db8::g]:5" is not an address']),
        ("connectx s [2001:db8::1]5000", ['"[2001:db8::1]5000" is not an address']),
        ("connectx s 192.0.2.1,,192.0.2.2", ["an address is missing"]),
        ("connectx s " + ",".join(["192.0.2.1"] * 65), ["more than 64 addresses"]),
        ("connectx s 192.0.2.1*0", ["the number of addresses 0 is out of range", "1 to 400000"]),
        ("connectx s 192.0.2.1*", ['the number of addresses "" is not a number']),
        ("connectx s 192.0.2.1*200000,192.0.3.1*200001", ["more than 400000 addresses"]),
        ("connectx s 192.0.2.1,@edge", ["@edge can only stand for the whole list"]),
        ("connectx s 192.0.2.1 length=8", ["libsctp itself finds out", "via=old"]),
        ("connectx s 192.0.2.1 length=17 via=get", ["length 17 is out of range", "0 to 16"]),
        ("connectx s 192.0.2.1,@null via=old", ["@null can only stand for the whole list"]),
        ("connectx s @nul via=old", ['"@nul" is no special address', "@family:N"]),
        ("connectx s @bad", ["would end this program", "via=old"]),
        ("connectx s 192.0.2.1 via=raw", ["via=raw", "lib, old, new or get"]),
        ("connectx s 192.0.2.1 id=maybe", ["id=maybe", "id=yes or id=no"]),
        ("connectx s 192.0.2.1 quickly", ['does not know "quickly"', "usage: connectx"]),
        ("recvmsg s dontwiat", ['"dontwiat"', 'did you mean "dontwait"?']),
        ("recvmsg s max=10", ["is not a size", "KiB"]),
        ("recvmsg s max=2MiB", ["max 2MiB is too big", "1048576B"]),
        ("socket s inet inet6", ["inet or inet6, not both"]),
        ("socket s v6only", ["v6only needs inet6"]),
        ("socket s file=/dev/null inet6", ["file= stands alone"]),
        ("socket s pipe inet6", ["pipe stands alone"]),
        ("socket s stream dgram", ["one of stream, seqpacket, dgram and rdm"]),
        ("poison EBOGUS", ['"EBOGUS" is no errno', "EPERM"]),
        ("unprivileged s", ["usage: unprivileged"]),
        ("socket s/1", ['"s/1" is no name']),
        ("socket " + "s" * 32, ["is no name"]),
        ("sleep 5", ['sleep "5" is not a time', "100ms", "ns us ms s min h"]),
        ("sleep 5sec", ["is not a time"]),
        ("sleep 1.s", ["is not a time"]),
        ("sleep 99999999999h", ["too long"]),
        ("poll s timeout=30h out in sideways", ['"sideways"']),
        ("poll s timeout=1000h", ["too long for poll(2)"]),
        ("send s", ["send needs size= or text="]),
        ("send s size=1B text=x", ["exclude each other"]),
        ("send s text=x lifetime=1s rtx=2", ["exclude each other"]),
        ("send s text=x assoc=lats", ['"lats" is no association', "last"]),
        ("send s text=x to=@bad", ["use sendmsg"]),
        ("traffic s size=10B every=1s count=1", ["size=10B is too small", "24B"]),
        ("traffic s size=100B every=1s count=1 stream=65535 streams=2", ["streams=2 from stream 65535"]),
        ("traffic s size=100B every=1s count=1 flow=65536", ["flow 65536", "0 to 65535"]),
        ("traffic s size=100B every=1s count=1 lifetime=1s rtx=1", ["exclude each other"]),
        ("traffic s size=100B every=1s", ["count= or for="]),
        ("traffic s size=100B every=1s count=1 for=1s", ["count= or for="]),
        ("traffic s size=100B every=1h count=9999999", ["73 years"]),
        ("await s 192.0.2.1 POTENTIALLY_FAILED", ['"POTENTIALLY_FAILED" is no state', "UNCONFIRMED"]),
        ("await s 192.0.2.1 PF every=0s", ["every=0s", "more than 0"]),
        ("await s @bad PF", ["real address"]),
        ("await s 192.0.2.300 PF", ["192.0.2.300"]),
        ("getsockopt s SCTP_RTOINF", ['did you mean "SCTP_RTOINFO"?']),
        ("setsockopt s SCTP_RTOINFO srto_mn=1", ['no field "srto_mn"', 'did you mean "srto_min"?']),
        ("setsockopt s SCTP_RTOINFO 5", ["several fields"]),
        ("setsockopt s SCTP_RTOINFO", ["needs a value"]),
        ("setsockopt s SCTP_STATUS sstat_rwnd=1", ["can only be read"]),
        ("setsockopt s SCTP_NODELAY 1 assoc=2", ["leave out assoc="]),
        ("setsockopt s SCTP_NODELAY yes", ['value "yes" is not a number']),
        ("setsockopt s SCTP_PEER_ADDR_PARAMS spp_flags=SPP_HB_ENABEL", ['did you mean "SPP_HB_ENABLE"?']),
        ("setsockopt s SO_SNDTIMEO 5", ["is not a time"]),
        ("events s maybe", ["events S on or events S off"]),
        ("events s on SCTP_ASOC_CHANGE", ['did you mean "SCTP_ASSOC_CHANGE"?']),
        ('send s text="unclosed', ["a quote is not closed"]),
        ("send s text=" + "x " * 70, ["more than 64 words"]),
        ("shutdown s rd wr", ["one of rd, wr, rdwr"]),
        ("watch s on off", ["on or off, not both"]),
        ("bindx s @null", ["would end this program"]),
    ],
)
def test_errors_say_what_is_wrong(command, parts):
    message = error(command)
    for part in parts:
        assert part in message, message


def test_errors_carry_the_tag_and_the_endpoint():
    (line,) = lines("@7 nonsense", options=["--name", "client"])
    assert line["endpoint"] == "client" and line["tag"] == "7"
    assert list(line) == ["event", "endpoint", "tag", "message"]
    (line,) = lines('@8 send s text="', options=["--name", "client"])
    assert line["tag"] == "8"


def test_comments_blanks_and_quotes():
    found = lines("", "   ", "# a comment", "  # another", "sleep 0s # behind", "@t   sleep\t0s", status=0)
    assert [line["call"] for line in found] == ["sleep", "sleep"]
    assert found[1]["tag"] == "t"
    # A "#" within a word is no comment, and a quoted word keeps its blanks and escapes.
    (line,) = lines(r'send nothing text="a \"b\" \\ # c=d"')
    assert line["args"]["text"] == r'a "b" \ # c=d'
    (line,) = lines("send nothing text=a#b=c")
    assert line["args"]["text"] == "a#b=c"


@pytest.mark.parametrize(
    ("text", "ns"), [("0ns", 0), ("7us", 7000), ("1.5ms", 1500000), ("0.25s", 250000000), ("0.0001min", 6000000)]
)
def test_times(text, ns):
    (line,) = lines(f"sleep {text}", status=0)
    assert line["args"] == {"time_ns": ns}
    assert line["end"] - line["start"] >= ns


@pytest.mark.parametrize(
    ("text", "size"), [("1B", 1), ("2kB", 2000), ("2KiB", 2048), ("1MB", 1000000), ("1MiB", 1048576), ("1.5kB", 1500)]
)
def test_sizes(text, size):
    (line,) = lines(f"recvmsg nothing max={text}", status=0)
    assert line["args"] == {"max": size}


def test_addresses_are_written_one_way():
    (line,) = lines("connectx nothing 192.0.2.1,192.0.2.2:7,2001:db8::1,[2001:DB8:0::2],[2001:db8::3]:9 port=5")
    assert line["args"]["addrs"] == [
        "192.0.2.1:5", "192.0.2.2:7", "[2001:db8::1]:5", "[2001:db8::2]:5", "[2001:db8::3]:9",
    ]  # fmt: skip
    # An IPv4 address mapped into IPv6 is shown as what it is; a scope where it means something.
    (line,) = lines("connectx nothing ::ffff:192.0.2.1,fe80::1%7,2001:db8::1%7")
    assert line["args"]["addrs"] == ["192.0.2.1:0", "[fe80::1%7]:0", "[2001:db8::1]:0"]


def test_a_socket_that_is_not_open_is_the_kernels_business():
    commands = [
        "bind s 192.0.2.1", "bindx s 192.0.2.1", "listen s", "accept s t", "connect s 192.0.2.1",
        "connectx s 192.0.2.1", "connectx s 192.0.2.1 via=old", "connectx s 192.0.2.1 via=new",
        "connectx s 192.0.2.1 via=get", "send s text=x", "send s text=x to=192.0.2.1:5 dontwait",
        "send s text=x to=192.0.2.1:5", "sendmsg s text=x", "recvmsg s", "traffic s size=24B every=1s count=1",
        "peeloff s 1 t", "getpaddrs s", "getladdrs s", "getpeername s", "status s", "paths s", "getsockopt s SO_ERROR",
        "setsockopt s SCTP_NODELAY 1", "events s on", "events s on SCTP_ASSOC_CHANGE", "shutdown s", "abort s",
        "close s", "watch s",
    ]  # fmt: skip
    found = lines(*commands, status=0)
    assert [line["call"] for line in found] == [command.split()[0] for command in commands]
    for line in found:
        assert (line["ret"], line["errno"]) == (-1, "EBADF"), line
    (line,) = lines("poll s timeout=0s", status=0)
    assert line["ret"] == 1 and line["revents"] == ["POLLNVAL"]


def test_a_file_is_no_socket():
    found = lines("socket f file=/dev/null", "connectx f 192.0.2.1:5", "listen f", "close f", "listen f")
    assert found[0]["ret"] >= 0
    assert [line["errno"] for line in found] == [None, "ENOTSOCK", "ENOTSOCK", None, "EBADF"]
    (line,) = lines("socket f file=/nonexistent/file")
    assert (line["ret"], line["errno"]) == (-1, "ENOENT")


def test_a_name_is_used_once():
    found = lines("socket f file=/dev/null", "socket f file=/dev/null", "close f", "socket f file=/dev/null")
    assert [line["event"] for line in found] == ["call", "error", "call", "call"]
    assert "a socket named f is open" in found[1]["message"]


def test_keys_stand_in_the_order_of_the_contract():
    (line,) = lines("@9 connectx s 192.0.2.1:5000", options=["--name", "e"])
    assert list(line) == [
        "event", "endpoint", "tag", "call", "socket", "args", "start", "end", "ret", "errno", "assoc_id",
    ]  # fmt: skip
    assert list(line["args"]) == ["addrs", "via", "id"]
    assert line["args"] == {"addrs": ["192.0.2.1:5000"], "via": "lib", "id": True}


def test_exit_status_and_quit():
    assert cclient("sleep 0s", status=0).stdout
    done = cclient("nonsense", "sleep 0s", status=2)
    assert len(done.stdout.splitlines()) == 2, "the commands after a wrong one still run"
    done = cclient("sleep 0s", "quit", "sleep 0s", status=0)
    assert len(done.stdout.splitlines()) == 1
    cclient(stdin="nonsense\n", status=2)
    cclient(stdin="", status=0)


def test_commands_from_a_file_and_a_last_line_without_newline(tmp_path):
    file = tmp_path / "commands"
    file.write_text("sleep 0s\n# comment\nsleep 0s")
    assert len(cclient("-f", str(file), status=0).stdout.splitlines()) == 2
    assert len(cclient("--file", "-", stdin="sleep 0s", status=0).stdout.splitlines()) == 1
    done = cclient("-f", str(tmp_path / "absent"), status=2)
    assert "cannot read" in done.stderr and "No such file" in done.stderr
    done = cclient("sleep 0s", "-f", str(file))
    assert done.returncode == 2, "what follows the first command is commands"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--nmae", "x"], "did you mean --name?"),
        (["-x"], '"-x" is not an option'),
        (["--epoch", "soon"], '"soon" is not a number'),
        (["--wait", "5"], '"5" is not a time'),
        (["--name"], '"--name" is not an option, or lacks its value'),
        (["--poison-errno", "EBOGUS"], '"EBOGUS": expected a name'),
    ],
)
def test_wrong_options(words, part):
    done = cclient(*words, status=2)
    assert part in done.stderr and not done.stdout, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_long_lines_nul_bytes_and_other_bytes():
    done = subprocess.run(
        [CCLIENT], input=b"sleep 0s\nsend s text=" + b"x" * 200000 + b"\nsleep 0s\n", capture_output=True, timeout=PATIENCE_S
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in found] == ["call", "error", "call"]
    assert "longer than 65535" in found[1]["message"]
    done = subprocess.run(
        [CCLIENT], input=b"sleep\0 0s\nsleep 0s\nbl\xff\xfea\n", capture_output=True, timeout=PATIENCE_S
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in found] == ["error", "call", "error"]
    assert "NUL" in found[0]["message"] and '"bl??a"' in found[2]["message"]


def test_a_line_of_just_the_allowed_length_is_run():
    text = "send s text="
    done = cclient(stdin=text + "x" * (65535 - len(text)) + "\n", status=0)
    assert json.loads(done.stdout)["errno"] == "EBADF"


def test_answers_that_cannot_be_written_end_the_session():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [CCLIENT, "sleep 0s", "sleep 1h"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S
        )
    assert done.returncode == 3
    assert "cannot write answers" in done.stderr and "No space left" in done.stderr


def test_each_line_is_one_write():
    """A reader of a packet-mode pipe (O_DIRECT: a read is a write) sees whole lines."""
    read, write = os.pipe2(os.O_DIRECT)
    with subprocess.Popen([CCLIENT, "help", "sleep 0s", "nonsense"], stdout=write) as process:
        os.close(write)
        parts = []
        while part := os.read(read, 65536):
            parts.append(part)
        assert process.wait(PATIENCE_S) == 2
    os.close(read)
    # A packet holds at most 4096 bytes; `help` is longer.
    assert [part.endswith(b"\n") for part in parts[-2:]] == [True, True]
    assert json.loads(parts[-2])["call"] == "sleep" and json.loads(parts[-1])["event"] == "error"


def terminal(commands):
    """What a person sees who types these commands at a terminal, and the exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(CCLIENT, [CCLIENT])
    os.write(fd, commands.encode() + b"\x04")
    seen = b""
    try:
        while part := os.read(fd, 65536):
            seen += part
    except OSError:
        pass  # a terminal's way of telling the end
    os.close(fd)
    return seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_person_gets_a_prompt_and_readable_lines():
    seen, status = terminal("help sleep\nsleep 2ms\nclose s\nclsoe s\n")
    assert status == 0, "errors of a person are forgiven"
    assert "cclient> " in seen
    assert "sleep TIME\r\n    Waits, watching." in seen
    # Real time: how long it took depends on the machine, that it was shown in seconds does not.
    assert re.search(r"sleep: 0 after \d+\.\d+ s\r\n", seen)
    assert "close s: EBADF (Bad file descriptor)" in seen
    assert 'error: "clsoe" is not a command; did you mean "close"?' in seen
    assert '{"event"' not in seen


def test_epoch_is_taken_off():
    (early,) = lines("sleep 0s", options=["--epoch", "0"])
    (late,) = lines("sleep 0s", options=["--epoch", "1000000000000000"])
    assert early["start"] > 0
    assert abs(early["start"] - late["start"] - 10**15) < 10 * 10**9
