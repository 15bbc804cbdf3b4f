# SPDX-License-Identifier: GPL-2.0-only
"""`pathlab matrix`: its cells, what it measures, what it compares, how it shows that, and bad conditions."""

import json
import re
import xml.etree.ElementTree

import pytest

from front_tools import plan_of, sentences_of
from lab import BUILD, ROOT, pathlab

HEAD = """\
summary: A condition for a test.
topology: dual-path
endpoints:
  server: {node: server, port: 5000}
  client: {node: client}
timeline:
  - {at: 0s, name: dial, client: connectx, to: [server.a]}
"""
MATRIX = """\
matrix:
  errno: ECONNREFUSED
  decided-by: net/sctp/sm_statefuns.c sctp_sf_cookie_wait_abort
  cells:
    - {expect: {errno: ECONNREFUSED, took: 39ms..41ms}}
    - {when: {wait: nonblocking}, expect: {errno: EINPROGRESS, took: "<= 1ms", so-error: ECONNREFUSED}}
    - {when: {style: one-to-many, wait: nonblocking}, expect: {so-error: 0}}
"""
AXES = ["style", "family", "wait", "call", "id", "list"]
VALUES = [
    {"one-to-one", "one-to-many"},
    {"ipv4", "ipv6", "v6only"},
    {"blocking", "nonblocking", "send-timeout"},
    {"lib", "old", "new", "get", "connect"},
    {"id", "no-id"},
    {"one"},
]


def write(folder, text=HEAD + MATRIX):
    (folder / "refused.yaml").write_text(text, encoding="utf-8")
    return "refused.yaml"


def matrix(folder, *arguments, text=HEAD + MATRIX):
    return pathlab("matrix", write(folder, text), *arguments, cwd=folder)


def measure(folder, *arguments, text=HEAD + MATRIX, status=0):
    """The JSON report of the condition's cells, by the part of the name behind the row."""
    done = matrix(folder, "--format", "json", *arguments, text=text)
    assert done.returncode == status, done.stderr + done.stdout[-2000:]
    document = json.loads(done.stdout)
    assert document["pathlab_matrix"] == 1
    return {cell["name"].split(":")[1]: cell for cell in document["cells"]}, document["totals"]


def test_cells(tmp_path):
    done = matrix(tmp_path, "--list")
    assert (done.returncode, done.stderr) == (0, "")
    names = done.stdout.splitlines()
    assert names[0] == "refused:one-to-one,ipv4,blocking,lib,id,one"
    assert len(names) == len(set(names)) == 28
    seen = [set(), set(), set(), set(), set(), set()]
    for name in names:
        for axis, value in enumerate(name.split(":")[1].split(",")):
            seen[axis].add(value)
    assert seen == VALUES


def test_what_is_measured(tmp_path):
    cells, totals = measure(tmp_path, "--only", "refused:ipv4,lib,id")
    assert (totals["conditions"], totals["rows"], totals["failed"], totals["runs"]) == (1, 1, 0, 6)
    (result,) = cells["one-to-one,ipv4,nonblocking,lib,id,one"]["results"]
    record = result["record"]
    assert result["verdict"] == "pass"
    assert (record["ret"], record["errno"], record["id"], record["so_error"]) == (-1, "EINPROGRESS", True, "ECONNREFUSED")
    assert set(record["revents"]) == {"POLLIN", "POLLERR"}
    assert record["took_ns"] < 1_000_000 and 39_000_000 < record["ready_ns"] < 41_000_000
    assert [item["state"] for item in record["notifications"]] == ["SCTP_CANT_STR_ASSOC"]
    assert 39_000_000 < record["notifications"][0]["after_ns"] < 41_000_000
    assert record["packets"] == {"192.0.2.2": {"INIT": 1}}
    assert record["second"]["errno"] == "EINPROGRESS"
    blocking = cells["one-to-many,ipv4,blocking,lib,id,one"]["results"][0]["record"]
    assert (blocking["errno"], blocking["so_error"], blocking["second"]["errno"]) == ("ECONNREFUSED", None, "ECONNREFUSED")


WRONG = {
    "errno": ("errno: ECONNREFUSED, took", "errno: ETIMEDOUT, took", "the call to fail with ETIMEDOUT", "it failed with ECONNREFUSED"),
    "ok": ("errno: ECONNREFUSED, took", "errno: ok, took", "the call to succeed", "it failed with ECONNREFUSED"),
    "took": ("39ms..41ms", "49ms..51ms", "the call to take 0.049 s to 0.051 s", "it was 40 ms"),
    "so-error": ("39ms..41ms", "39ms..41ms, so-error: 0", "SO_ERROR 0", "it was SO_ERROR ECONNREFUSED"),
    "no so-error": ("39ms..41ms", "39ms..41ms, so-error: none", "no SO_ERROR at all", "it was SO_ERROR ECONNREFUSED"),
    "revents": ("39ms..41ms", "39ms..41ms, revents: [POLLIN]", "poll to return POLLIN", "it was POLLERR"),
    "ready": ("39ms..41ms", '39ms..41ms, ready: ">= 1s"', "poll to return after at least 1 s", "it was 40 ms"),
    "id": ("39ms..41ms", "39ms..41ms, id: yes", "an association id", "it was not given"),
    "packets": ("39ms..41ms", "39ms..41ms, packets: {INIT: 2}", "INIT to be sent exactly 2 times", "it was sent 1 times"),
    "no packets": ("39ms..41ms", "39ms..41ms, packets: {INIT: 1, HEARTBEAT: 1}", "HEARTBEAT to be sent exactly once", "it was sent 0 times"),
    "second": ("39ms..41ms", "39ms..41ms, second: ok", "the second call to succeed", "it failed with ECONNREFUSED"),
    "second-so-error": (
        "39ms..41ms", "39ms..41ms, second-so-error: 0", "after the second call SO_ERROR 0", "it was SO_ERROR ECONNREFUSED"),
    "notification": (
        "39ms..41ms", "39ms..41ms, notification: SCTP_COMM_UP", "the caller to be told: SCTP_COMM_UP", "it was told: SCTP_CANT_STR_ASSOC"),
    "none": ("39ms..41ms", "39ms..41ms, notification: none", "the caller to be told: none", "it was told: SCTP_CANT_STR_ASSOC"),
    "error": (
        "39ms..41ms", "39ms..41ms, notification: {state: SCTP_CANT_STR_ASSOC, error: 12}",
        "the caller to be told: SCTP_CANT_STR_ASSOC (error 12)", "it was told: SCTP_CANT_STR_ASSOC (error 0)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_field_can_fail(tmp_path, case):
    before, after, expected, observed = WRONG[case]
    text = HEAD + MATRIX.replace(before, after)
    cells, _ = measure(tmp_path, "--only", "refused:one-to-one,ipv4,blocking,lib,id", text=text, status=1)
    (result,) = cells["one-to-one,ipv4,blocking,lib,id,one"]["results"]
    (problem,) = result["problems"]
    assert result["verdict"] == "fail"
    assert problem["line"] == 12
    assert problem["expected"].startswith(expected)
    assert problem["observed"].startswith(observed)


def test_only_the_cells_that_differ_fail(tmp_path):
    text = HEAD + MATRIX.replace("so-error: ECONNREFUSED", "so-error: ETIMEDOUT")
    cells, totals = measure(tmp_path, text=text, status=1)
    failing = {name for name, cell in cells.items() if cell["results"][0]["verdict"] != "pass"}
    assert failing == {name for name in cells if "one-to-one" in name and "nonblocking" in name}
    assert totals["failed"] == len(failing) == 8


def test_a_failure_names_cell_and_place_and_its_replay_fails_too(tmp_path):
    text = HEAD + MATRIX.replace("39ms..41ms", "49ms..51ms")
    done = matrix(tmp_path, "--only", "refused:v6only,one-to-many", text=text)
    assert done.returncode == 1
    assert "refused.yaml:12:38: took: 49ms..51ms" in done.stdout
    assert re.search(r"cells? +one-to-many,v6only,blocking,lib,id,one\n", done.stdout)
    (replay,) = re.findall(r"replay +pathlab (.*)", done.stdout)
    again = pathlab(*replay.split(), cwd=tmp_path)
    assert again.returncode == 1
    assert "1 condition, 1 cell: 0 ok, 1 failed" in again.stdout


def test_kept_cells_can_be_judged_again(tmp_path):
    done = matrix(tmp_path, "--only", "refused:v6only,blocking", "--keep", "kept")
    assert done.returncode == 0, done.stdout
    assert pathlab("verdict", "kept", cwd=tmp_path).returncode == 0
    plan = tmp_path / "kept" / "refused:one-to-one,v6only,blocking,lib,id,one" / "plan.json"
    plan.write_text(plan.read_text().replace('"ECONNREFUSED"', '"ETIMEDOUT"'))
    again = pathlab("verdict", "kept", cwd=tmp_path)
    assert again.returncode == 1
    assert "refused.yaml:12:" in again.stdout


def test_the_base_runs_as_a_scenario(tmp_path):
    assert pathlab("run", write(tmp_path), cwd=tmp_path).returncode == 0
    write(tmp_path, HEAD + MATRIX.replace("39ms..41ms", "49ms..51ms"))
    done = pathlab("run", "refused.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "refused.yaml:12:38" in done.stdout


def test_folded(tmp_path):
    done = matrix(tmp_path, "-v")
    assert done.returncode == 0, done.stdout
    assert [line.strip() for line in done.stdout.splitlines()][:-1] == [
        "ok    refused  ECONNREFUSED after 40 ms",
        "nonblocking: EINPROGRESS, then SO_ERROR ECONNREFUSED after 40 ms",
        "one-to-many, nonblocking: EINPROGRESS, then SCTP_CANT_STR_ASSOC after 40 ms",
        "a second call: ECONNREFUSED after 20 ms",
        "nonblocking: EINPROGRESS",
    ]
    assert re.match(r"1 condition, 28 cells: 28 ok, 0 failed, 0 skipped; .* of virtual time in ", done.stdout.splitlines()[-1])


def test_rules_say_what_every_cell_answers(tmp_path):
    """Each cell's answer is that of the last rule that holds for it."""
    text = (HEAD + MATRIX).replace("  cells:", "  lists: {one: [server.a], several: [server.a, server.b]}\n  cells:")
    done = matrix(tmp_path, "-vv", text=text.replace("server: {node: server, port: 5000}", "server: {node: server, port: 5000, listen: yes}"), )
    lines = done.stdout.splitlines()
    rules = [line.strip() for line in lines[:lines.index(next(line for line in lines if "a second call" in line))]]
    rules = [rules[0].split("refused", 1)[1].strip(), *rules[1:]]
    cells = [re.match(r" +(?:ok|FAIL) +(\S+): (.*?); again", line) for line in lines]
    cells = [match.groups() for match in cells if match]
    assert len(cells) == 30
    for name, answer in cells:
        told = rules[0]
        for rule in rules[1:]:
            who, what = rule.split(": ", 1)
            words = [re.sub("^(via|list) ", "", word) for word in name.split(",")]
            axes = [[re.sub("^(via|list) ", "", word) for word in part.split(" or ")] for part in who.split(", ")]
            if all(any(word in words for word in part) for part in axes):
                told = what
        assert told.split(" after")[0] == answer.split(" after")[0], (name, rules)


def test_tap_and_junit_carry_the_names(tmp_path):
    text = HEAD + MATRIX + "  skip:\n    - {when: {family: v6only}, why: this one is of no interest}\n"
    names = [line.split("  #")[0] for line in matrix(tmp_path, "--list", text=text).stdout.splitlines()]
    tap = matrix(tmp_path, "--format", "tap", text=text).stdout
    assert re.findall(r"^ok \d+ - (\S+)", tap, re.M) == names
    assert len(re.findall(r" # SKIP this one is of no interest$", tap, re.M)) == 4
    suite = xml.etree.ElementTree.fromstring(matrix(tmp_path, "--format", "junit", text=text).stdout).find("testsuite")
    assert [case.get("name") for case in suite.iter("testcase")] == names
    assert suite.get("skipped") == "4" == str(len(list(suite.iter("skipped"))))


def test_a_report_is_shown_again(tmp_path):
    done = matrix(tmp_path, "--format", "json")
    (tmp_path / "report.json").write_text(done.stdout)
    assert pathlab("matrix", "--read", "report.json", "--format", "json", cwd=tmp_path).stdout == done.stdout
    again = pathlab("matrix", "--read", "report.json", "--format", "markdown", cwd=tmp_path)
    assert again.stdout == matrix(tmp_path, "--format", "markdown").stdout
    assert "one-to-many, nonblocking" in again.stdout and str(tmp_path) not in again.stdout
    (tmp_path / "other.json").write_text("{}")
    bad = pathlab("matrix", "--read", "other.json", cwd=tmp_path)
    assert bad.returncode == 2 and "is no report of version 1" in bad.stderr


def test_measure_needs_no_expectations(tmp_path):
    text = HEAD + MATRIX.replace("{expect: {errno: ECONNREFUSED, took", "{expect: {took")
    assert matrix(tmp_path, "--list", text=text).returncode == 2
    done = matrix(tmp_path, "--measure", "--only", "refused:v6only,one-to-one", text=text)
    assert done.returncode == 0
    assert "ECONNREFUSED after 40 ms" in done.stdout


EACH = """\
parameters: {port: 5001, wait-for: 0s}
""" + HEAD.replace("to: [server.a]", "to: [server.a], port: $port").replace("at: 0s", "at: $wait-for") + MATRIX.replace(
    "  cells:", "  each: {port: [5001, 5002]}\n  cells:")


def test_rows_of_each(tmp_path):
    done = matrix(tmp_path, "--list", text=EACH)
    rows = {line.rsplit(":", 1)[0] for line in done.stdout.splitlines()}
    assert rows == {"refused/5001", "refused/5002"}
    _, totals = measure(tmp_path, "--only", "refused/5002:v6only", text=EACH)
    assert (totals["rows"], totals["runs"]) == (1, 4)
    _, totals = measure(tmp_path, "--only", "refused:v6only,one-to-one", text=EACH)
    assert (totals["conditions"], totals["rows"], totals["runs"]) == (1, 2, 4)
    plan = plan_of(tmp_path, EACH)
    assert plan["cell"]["row"] == "s/5001"
    (tmp_path / "s.yaml").write_text(EACH)
    done = pathlab("validate", "--plan", "--set", "port=5002", "s.yaml", cwd=tmp_path)
    assert json.loads(done.stdout)["cell"]["row"] == "s/5002"


def test_the_base_is_what_the_file_says(tmp_path):
    text = (HEAD + MATRIX).replace("client: {node: client}", "client: {node: client, style: one-to-many, nonblocking: yes, v6only: yes}")
    text = text.replace("summary", "addresses: ipv6\nsummary").replace("to: [server.a]", "to: [server.a], id: no, via: get")
    names = matrix(tmp_path, "--list", text=text).stdout.splitlines()
    assert names[0] == "refused:one-to-many,v6only,nonblocking,get,no-id,one"


def line_of(text, part):
    return 1 + text[:text.index(part)].count("\n")


BAD = {
    "unknown axis": ("{wait: nonblocking}", "{wiat: nonblocking}", 'unknown axis "wiat"; did you mean "wait"?'),
    "unknown value": ("{wait: nonblocking}", "{wait: nonblock}", '"nonblock" is no value for the axis wait; did you mean "nonblocking"?'),
    "matches nothing": (
        "{style: one-to-many, wait: nonblocking}", "{style: one-to-many, id: no-id}", "this matches no cell that is not skipped"),
    "unknown field": ("so-error: 0", "so-eror: 0", 'unknown key "so-eror" in what is expected of cells; did you mean "so-error"?'),
    "no errno": ("{errno: ECONNREFUSED, took", "{took", "no entry of cells says which errno to expect of"),
    "empty": ("{so-error: 0}", "{}", "nothing is expected here; expected such as {errno: ok}"),
    "address state": ("so-error: 0", "notification: SCTP_ADDR_REMOVED", '"SCTP_ADDR_REMOVED" is about an address'),
    "any packet": ("so-error: 0", "packets: {any: 1}", "packets of a cell are counted by chunk, or ICMP"),
    "no chunk": ("so-error: 0", "packets: {INIT_ACKK: 1}", 'unknown chunk "INIT_ACKK"; did you mean "INIT ACK"?'),
    "errno of nothing": ("errno: ECONNREFUSED\n", "errno: ECONREFUSED\n", '"ECONREFUSED" is no value for the errno of a condition'),
    "no dial": ("name: dial, ", "", 'matrix needs a step with "name: dial" in the timeline'),
    "dial is a fault": ("name: dial, client: connectx, to: [server.a]", "name: dial, fault: blackhole, link: a", 'the step "dial" is a call'),
    "dial sends": ("client: connectx, to: [server.a]", "client: send, size: 1B", '"send" is no value for the call of the step dial'),
    "no decided-by": ("  decided-by: net/sctp/sm_statefuns.c sctp_sf_cookie_wait_abort\n", "", 'matrix needs the key "decided-by"'),
    "other first list": ("  cells:", "  lists: {one: [server.b]}\n  cells:", "the first list is the base, so it must be what the step dial calls"),
    "each of nothing": ("  cells:", "  each: {code: [a, b]}\n  cells:", 'each names the parameter "code", which is not under parameters'),
    "impossible": ("client: connectx, to: [server.a]", "client: command, line: connectx s 192.0.2.2 port=5000",
                   'the step dial is a command line, so the axis call cannot be "connect"; skip that with the reason'),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_conditions(tmp_path, case):
    before, after, sentence = BAD[case]
    text = HEAD + MATRIX
    assert text.count(before) >= 1
    lines = sentences_of(tmp_path, text.replace(before, after, 1))
    assert sentence in lines[0], lines
    assert re.match(r"s\.yaml:\d+:\d+: ", lines[0])
    done = pathlab("matrix", "s.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


BAD_ROWS = {
    "default not among": ("port: 5001", "port: 5003", '"5003" is not among the values of "port" under each, line 1'),
    "an axis": ("parameters: {port", "parameters: {list: 1, port", 'nothing uses the parameter "list"'),
    "no name": ("[5001, 5002]", '[5001, "a b"]', "\"a b\" cannot be part of a cell's name"),
    "twice": ("[5001, 5002]", "[5001, 5001]", '"5001" is in the list already'),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows(tmp_path, case):
    before, after, sentence = BAD_ROWS[case]
    lines = sentences_of(tmp_path, EACH.replace(before, after, 1))
    assert sentence in lines[0], lines


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--only", "refused:blokcing"], '--only "refused:blokcing" means no cell'),
        (["--only", "nothing"], '--only "nothing" means no cell'),
        (["--kernel", "uml-6.12", "--kernel", "uml-6.12"], '--kernel names "uml-6.12" twice'),
        (["--format", "xml"], '--format is "xml", expected human, json, junit, tap, markdown or rows'),
        (["-j", "0"], '-j is "0", expected a whole number from 1 to 512'),
        (["--read", "x.json"], "--read shows a report as it is"),
        (["connect/one-path"], 'is no condition of the matrix: it has no key "matrix"'),
    ],
)
def test_bad_options(tmp_path, arguments, sentence):
    done = matrix(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_axes_and_fields_are_documented(tmp_path):
    text = (ROOT / "docs" / "scenario-reference.md").read_text(encoding="utf-8").split("## Conditions of the matrix")[1]
    for what, bad in [("{wait: nonblocking}", "{qqqqqqqqqqqq: 1}"), ("{so-error: 0}", "{qqqqqqqqqqqq: 0}")]:
        (line, *_) = sentences_of(tmp_path, (HEAD + MATRIX).replace(what, bad, 1))
        for name in re.search("; known: (.*)$", line).group(1).split(", "):
            assert f"| `{name}` |" in text, name
    for values in VALUES[:5]:
        for value in values:
            assert f"`{value}`" in text, value


def test_kernels_side_by_side(tmp_path):
    guests = tmp_path / "guests"
    guests.mkdir()
    for name in ("uml-6.12", "mine"):
        (guests / name).symlink_to(BUILD / "guest" / "uml-6.12")
    write(tmp_path)
    kernels = ["-k", "uml-6.12", "-k", "mine"]
    done = pathlab("matrix", "refused.yaml", "--only", "refused:v6only", *kernels, "--format", "json", cwd=tmp_path, PATHLAB_GUESTS=str(guests))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    for cell in document["cells"]:
        first, second = cell["results"]
        assert (first["kernel"], second["kernel"]) == ("uml-6.12", "mine")
        assert first["record"] == second["record"]
    (tmp_path / "same.json").write_text(done.stdout)
    assert "differs" not in pathlab("matrix", "--read", "same.json", cwd=tmp_path).stdout
    document["cells"][0]["results"][1]["record"]["errno"] = "EHOSTDOWN"
    (tmp_path / "other.json").write_text(json.dumps(document))
    shown = pathlab("matrix", "--read", "other.json", cwd=tmp_path).stdout
    assert "mine differs: " in shown and "EHOSTDOWN" in shown
    page = pathlab("matrix", "--read", "other.json", "--format", "markdown", cwd=tmp_path).stdout
    assert "EHOSTDOWN" in page.split("## Differences between kernels")[1]


@pytest.fixture(name="kept")
def fixture_kept(tmp_path):
    """A report, and beside its condition the column of a kernel called other that was run some time."""
    text = HEAD + MATRIX.replace("  cells:", "  differs: the reason why\n  cells:", 1)
    (tmp_path / "report.json").write_text(matrix(tmp_path, "--format", "json", text=text).stdout)
    (tmp_path / "measured").mkdir()
    rows = pathlab("matrix", "--read", "report.json", "--format", "rows", cwd=tmp_path)
    assert rows.returncode == 0, rows.stderr
    return tmp_path, json.loads(rows.stdout)


def page_beside(folder, document):
    (folder / "measured/other.json").write_text(json.dumps(document))
    return pathlab("matrix", "--read", "report.json", "--format", "markdown", cwd=folder)


def test_rows_of_another_kernel_become_a_column(kept):
    folder, document = kept
    assert document["kernel"] == "uml-6.12" and document["failed"] == 0
    assert "Differences" not in page_beside(folder, document).stdout, "the run's own kernel is no column twice"
    document["kernel"] = "other"
    same = page_beside(folder, document).stdout
    assert "0 of 1 rows differ; all others are the same on uml-6.12, other." in same
    assert "| other |" in same and "| same |" in same and "the reason why" not in same


def test_a_row_that_another_kernel_answers_otherwise_is_told_with_the_reason(kept):
    folder, document = kept
    document["kernel"] = "other"
    document["rows"][0]["answers"][0][1] = "EHOSTDOWN"
    page = page_beside(folder, document).stdout
    differences = page.split("## Differences between kernels")[1].split("## All rows")[0]
    assert ": the reason why\n" in differences and "other: EHOSTDOWN" in differences and "1 of 1 rows differ" in differences
    document["rows"][0]["answers"][0][1] = "ECONNREFUSED"
    document["rows"][0]["second"][0][1] = "EHOSTDOWN"
    assert "a second call: EHOSTDOWN" in page_beside(folder, document).stdout
    document["rows"] = []
    lacking = page_beside(folder, document).stdout
    assert "| not run |" in lacking and 'as far as they were run there: "not run" below.' in lacking


@pytest.mark.parametrize("text, words", [("{", "other.json:1:"), ('{"pathlab_rows": 2}', "has no rows of version 1; expected what")])
def test_a_column_that_cannot_be_read(kept, text, words):
    folder, _ = kept
    (folder / "measured/other.json").write_text(text)
    done = pathlab("matrix", "--read", "report.json", "--format", "markdown", cwd=folder)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""


def test_same_bytes_every_time(tmp_path):
    pages = {matrix(tmp_path, "--format", "markdown", "-j", jobs).stdout for jobs in ("1", "3")}
    assert len(pages) == 1
    assert ROOT.name not in pages.pop().split("pathlab matrix errno")[0]
