"""``alarmchain pattern``: every form of input, every exit code, and AWS as a stub."""

from __future__ import annotations

import gzip
import io
import itertools
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from checker.aws.call import Client
from checker.aws.error_messages import Place
from checker.cli import pattern_input, pattern_live, pattern_output
from checker.cli.pattern import app
from checker.cli.pattern_answer import Asking
from checker.cli.pattern_batch import run_batch
from checker.errors import AwsUnavailable, UnknownControl, UsageError
from checker.patterns import PatternSyntaxError, Position, matches, parse
from tests.checker.patterns.corpus import ROOT, cases

SIGN_IN = '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }'
EVENT = {"eventName": "ConsoleLogin", "eventID": "1", "userIdentity": {"type": "Root"}}
OTHER = {"eventName": "StopLogging", "userIdentity": {"type": "IAMUser"}}


def run(*words: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=stdin, catch_exceptions=False)


def document(result: Result) -> dict[str, Any]:
    parsed = json.loads(result.stdout)
    assert isinstance(parsed, dict)
    return parsed


@pytest.mark.parametrize(
    ("pattern", "code", "verdict"),
    [(ROOT, 0, "covers"), (SIGN_IN, 1, "misses"), ("{ $.a = 'x' }", 2, "invalid")],
)
def test_check_exit_codes(pattern: str, code: int, verdict: str) -> None:
    result = run("check", pattern)
    assert result.exit_code == code
    assert result.stdout.startswith(f"{verdict}: 4.3 Ensure usage of 'root' account is monitored (cis_v3.0.0)\n")


def test_check_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.patterns.covering.compile.MAX_STEPS_QUICK", 2)
    assert run("check", '{ $.userIdentity.type = "Root" && $.eventName = "undecided" }').exit_code == 3


def test_check_text_of_a_miss() -> None:
    lines = run("check", SIGN_IN).stdout.splitlines()
    assert lines[1] == "It misses every root call whose eventName is not ConsoleLogin."
    assert "An event that slips through:" in lines
    assert '    "eventName": "CreateAccessKey",' in lines
    assert lines[-2:] == ["The reference pattern, which can take its place:", f"  {ROOT}"]


def test_check_text_of_a_cover_and_of_accepted_texts() -> None:
    assert f"Covers the text:\n  {ROOT}" in run("check", ROOT).stdout
    assert "Covers texts that others accept" in run("check", ROOT).stdout
    foreign = (
        '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && $.userIdentity.type = "IAMUser" '
        '&& $.responseElements.ConsoleLogin = "Success" }'
    )
    earlier = ("--control", "4.2", "--benchmark", "cis_v1.3.0")
    result = run("check", foreign, *earlier)
    assert result.exit_code == 1
    assert "--accept security-hub makes it count." in result.stdout
    assert run("check", foreign, *earlier, "--accept", "security-hub").exit_code == 0


def test_check_text_of_an_error_has_a_caret() -> None:
    lines = run("check", "{ $.eventName = x &&\n  $.a = 'Root' }").stdout.splitlines()
    place = lines.index("    $.a = 'Root' }")
    assert lines[place + 1].index("^") == lines[place].index("'")


def test_caret_of_a_long_line() -> None:
    text = "{ " + "$.a = 1 && " * 20 + "~ }"
    _, shown, mark = pattern_output.caret(text, Position(1, text.index("~") + 1, text.index("~")))
    assert shown[mark.index("^")] == "~"
    assert len(shown) < 110


def test_check_as_json() -> None:
    found = document(run("check", SIGN_IN, "--format", "json", "--control", "root_usage"))
    assert found["schema"] == "alarmchain.pattern/v1"
    assert (found["verdict"], found["control_id"], found["covered"]) == ("misses", "4.3", None)
    assert matches(parse(ROOT), found["witness"])
    found = document(run("check", ROOT, "--format", "json", "--benchmark", "cis_v6.0.0", "--control", "5.3"))
    assert found["covered"]["pattern"].startswith("{ $.userIdentity.type")
    assert found["live"] is None
    found = document(run("check", "{", "--format", "json"))
    assert found["position"] == {"line": 1, "column": 2, "offset": 1}


def test_check_reads_stdin_and_files(tmp_path: Path) -> None:
    file = tmp_path / "pattern.txt"
    file.write_text("\ufeff" + ROOT + "\n", encoding="utf-8")
    assert run("check", "--file", str(file)).exit_code == 0
    assert run("check", "-", stdin=ROOT).exit_code == 0


def test_check_for_one_account() -> None:
    scoped = '{ $.userIdentity.type = "Root" && $.recipientAccountId = 210987654321 }'
    assert run("check", scoped).exit_code == 1
    assert run("check", scoped, "--account", "210987654321").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "x", "--file", "y"),
        ("check", "x", "--batch"),
        ("check", "--file", "/nonexistent/file"),
        ("explain",),
        ("match", "x", "/nonexistent/file"),
    ],
)
def test_usage_errors(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        run(*words)


def test_files_that_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "pattern"
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(UsageError, match="not UTF-8"):
        run("check", "--file", str(file))
    file.write_bytes(b"\x1f\x8bbroken")
    with pytest.raises(UsageError):
        run("check", "--file", str(file))


def test_a_name_of_several_controls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from checker.controls import load_catalogue, select

    several = select(load_catalogue(), ["4.3", "4.4"])
    monkeypatch.setattr("checker.cli.pattern_answer.select", lambda *_args, **_options: several)
    with pytest.raises(UsageError, match="names 2 controls"):
        run("check", ROOT)


def test_batch_answers_the_reference_cases() -> None:
    listed = cases()
    lines = "".join(json.dumps({"control": case.control, "pattern": case.pattern}) + "\n" for case in listed)
    result = run("check", "--batch", stdin=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [answer["verdict"] for answer in answers] == [case.expect for case in listed]
    for number, (answer, case) in enumerate(zip(answers, listed, strict=True), 1):
        assert (answer["line"], answer["control"], answer["pattern"]) == (number, case.control, case.pattern)
        assert answer["reference"]
        assert (answer["repair_beside"] is None) == (answer["repair"] is None)
        assert answer["remarks"] == [] or answer["verdict"] == "covers"
        assert (answer["repair"] is None) == (answer["verdict"] == "covers")
        assert (answer["witness"] is None) == (answer["verdict"] != "misses")
        assert (answer["position"] is None) == (answer["verdict"] != "invalid")
    assert "40 covers, 31 misses, 13 invalid" in result.stderr


def test_batch_from_a_file_and_its_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "batch.jsonl"
    file.write_text(json.dumps({"control": "cis_v300_4_3", "pattern": ROOT}) + "\n\n", encoding="utf-8")
    result = run("check", "--batch", "--file", str(file))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert run("check", "--batch", stdin="").exit_code == 0
    monkeypatch.setattr("checker.patterns.covering.compile.MAX_STEPS_QUICK", 2)
    line = json.dumps({"control": "4.3", "pattern": '{ $.userIdentity.type = "Root" && $.eventName = "batch" }'})
    assert run("check", "--batch", "-", stdin=line).exit_code == 3


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"control": "4.3"}',
        '"\\ud800"',
        "[" * 100_000,
        '{"pattern": 1, "control": "4.3"}',
        "[]",
        '{"control": "9.99", "pattern": ""}',
    ],
)
def test_a_bad_batch_line_is_an_error_of_its_own(line: str) -> None:
    good = json.dumps({"control": "4.3", "pattern": ROOT})
    missing = json.dumps({"control": "4.3", "pattern": SIGN_IN})
    result = run("check", "--batch", stdin=f"{good}\n{line}\n{missing}\n")
    answers = [json.loads(answer) for answer in result.stdout.splitlines()]
    assert [answer["verdict"] for answer in answers] == ["covers", "error", "misses"]
    assert answers[1]["reason"]
    assert answers[1]["hint"]
    assert set(answers[1]) == {*answers[0], "hint"}
    assert result.exit_code == 2
    assert "1 covers, 1 misses, 1 error" in result.stderr


def test_a_batch_line_that_is_no_text_is_an_error_of_its_own() -> None:
    good = json.dumps({"control": "4.3", "pattern": ROOT}).encode()
    answers = [json.loads(line) for line in run("check", "--batch", stdin=b"\xff\n" + good).stdout.splitlines()]
    assert (answers[0]["verdict"], answers[0]["reason"]) == ("error", "not UTF-8 text")
    assert answers[1]["verdict"] == "covers"


def test_a_batch_line_that_names_many_controls_is_an_error_of_that_line() -> None:
    line = json.dumps({"control": "cis_v3.0.0", "pattern": '{ $.errorCode = "*" }'})
    result = run("check", "--batch", stdin=f"{line}\n")
    answer = json.loads(result.stdout)
    assert (answer["line"], answer["control"], answer["verdict"]) == (1, "cis_v3.0.0", "error")
    assert answer["reason"] == "cis_v3.0.0 names 15 controls"
    assert result.exit_code == 2


def test_a_batch_says_what_is_unknown_at_once_for_all_lines() -> None:
    with pytest.raises(UnknownControl):
        run("check", "--batch", "--benchmark", "cis_v9", stdin="{}\n")


def test_a_batch_names_the_accept_that_would_count() -> None:
    pattern = (
        '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && $.userIdentity.type = "IAMUser" '
        '&& $.responseElements.ConsoleLogin = "Success" }'
    )
    line = json.dumps({"control": "4.2", "pattern": pattern})
    answer = json.loads(run("check", "--batch", "--benchmark", "cis_v1.3.0", stdin=line).stdout)
    assert answer["accept"] == ["security-hub"]
    assert "--accept security-hub makes it count" in answer["reason"]


def test_a_batch_answers_each_line_before_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    question = json.dumps({"control": "4.3", "pattern": ROOT}).encode() + b"\n"
    printed: list[str] = []
    seen: list[int] = []

    class Slow(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            seen.append(len(printed))
            return super().readline(size)

        def __next__(self) -> bytes:
            seen.append(len(printed))
            return super().__next__()

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Slow(question * 3)))
    monkeypatch.setattr("checker.cli.console.print_text", printed.append)
    assert run_batch("-", Asking("cis_v3.0.0")) == 0
    assert len(printed) == 3
    assert [number for number, _ in itertools.groupby(seen)] == [0, 1, 2, 3]


@pytest.mark.parametrize("packing", ["gzip", "plain", "byte order mark"])
def test_a_batch_in_every_packing(packing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (json.dumps({"control": "4.3", "pattern": ROOT}) + "\n").encode() * 2
    content = {"gzip": gzip.compress(lines), "plain": lines, "byte order mark": b"\xef\xbb\xbf" + lines}[packing]
    file = tmp_path / "batch"
    file.write_bytes(content)
    assert len(run("check", "--batch", "--file", str(file)).stdout.splitlines()) == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert [number for number, _ in pattern_input.batch_lines("-")] == [1, 2]


def test_check_prints_the_reference_pattern_where_it_speaks_of_it() -> None:
    beside = run("check", "{ $.eventName = ConsoleLogin }").stdout
    assert f"The reference pattern, for a filter of its own beside this one:\n  {ROOT}\n" in beside
    changed = run("check", "{ $.eventName = CreateTrail || $.eventName = Other }", "--control", "4.5").stdout
    assert "The reference pattern:\n  {" in changed
    assert "A pattern that covers it:\n  {" in changed
    beyond = document(run("check", "-b", "cis_v3.0.0", "Root -AwsServiceEvent", "--format", "json"))
    assert beyond["reference"] == ROOT


def test_check_prints_remarks() -> None:
    limited = '{ $.eventSource = "iam.amazonaws.com" }'
    result = run("check", limited, "--control", "4.4")
    assert result.exit_code == 0
    assert "It is limited to calls to iam.amazonaws.com" in result.stdout
    found = document(run("check", limited, "--control", "4.4", "--format", "json"))
    assert len(found["remarks"]) == 1


def test_explain() -> None:
    result = run("explain", SIGN_IN)
    assert result.exit_code == 0
    assert result.stdout.startswith('Matches JSON events in which userIdentity.type is "Root" and eventName is')
    assert '"eventName": "ConsoleLogin"' in result.stdout
    assert "No CloudTrail event can match it." in run("explain", '{ $.userIdentity.type = "root" }').stdout
    everything = run("explain", "").stdout
    assert "Every CloudTrail event matches it." in everything
    assert "Canonical spelling: (empty)" in everything
    found = document(run("explain", SIGN_IN, "--format", "json"))
    assert found["never_matches"] is False
    assert found["example"]["eventType"] == "AwsConsoleSignIn"


def test_explain_shows_where_a_pattern_fails() -> None:
    result = CliRunner().invoke(app, ["explain", "{ $.a = 'x' }"])
    assert isinstance(result.exception, PatternSyntaxError)
    assert result.stderr.splitlines() == ["  { $.a = 'x' }", "          ^"]


def test_match_reads_every_packing(tmp_path: Path) -> None:
    single, listed, records, lines, packed = (tmp_path / name for name in ("a", "b", "c", "d", "e.gz"))
    single.write_text(json.dumps(EVENT, indent=1), encoding="utf-8")
    listed.write_text(json.dumps([OTHER, EVENT]), encoding="utf-8")
    records.write_text(json.dumps({"Records": [EVENT, OTHER]}), encoding="utf-8")
    lines.write_text(f"{json.dumps(OTHER)}\n{json.dumps(EVENT)}\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(records.read_bytes()))
    result = run("match", SIGN_IN, *map(str, (single, listed, records, lines, packed)))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        f"match    {single}:1 ConsoleLogin 1",
        f"no match {listed}:1 StopLogging",
        f"match    {listed}:2 ConsoleLogin 1",
    ]
    assert "5 of 9 events match" in result.stderr


def test_match_from_stdin_as_json() -> None:
    result = run("match", SIGN_IN, "-", "--format", "json", stdin=json.dumps(OTHER))
    assert result.exit_code == 1
    found = document(result)
    assert found["events"] == [{"event": "stdin:1", "matches": False}]
    assert found["matched"] == 0


@pytest.mark.parametrize("content", ["1", "[1]", '{"a": 1}\n[', "x"])
def test_match_refuses_what_is_no_event(content: str) -> None:
    with pytest.raises(UsageError):
        run("match", SIGN_IN, "-", stdin=content)


def client_of(sdk: Any) -> Client:
    return Client(lambda: sdk, Place("default", "us-east-1", ""))


def logs() -> tuple[Any, Stubber]:
    client = boto3.client("logs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def answer_of(pattern: str, events: list[dict[str, Any]], numbers: list[int]) -> pattern_live.LiveAnswer:
    client, stubber = logs()
    messages = [json.dumps(event, separators=(",", ":")) for event in events]
    found = [{"eventNumber": number, "eventMessage": messages[number - 1]} for number in numbers]
    stubber.add_response(
        "test_metric_filter", {"matches": found}, {"filterPattern": pattern, "logEventMessages": messages}
    )
    with stubber:
        answer = pattern_live.ask_aws(client_of(client), pattern, events)
        stubber.assert_no_pending_responses()
    return answer


def test_live_agreement_and_disagreement() -> None:
    answer = answer_of(SIGN_IN, [EVENT, OTHER], [1])
    assert answer.agrees
    assert [check.actual for check in answer.checks] == [True, False]
    assert not answer_of(SIGN_IN, [EVENT, OTHER], [1, 2]).agrees


def test_live_when_we_think_it_invalid_but_aws_takes_it() -> None:
    answer = answer_of("{ $.a = 'x' }", [EVENT], [])
    assert answer.accepted
    assert not answer.agrees


def test_live_refusal_and_errors() -> None:
    client, stubber = logs()
    stubber.add_client_error("test_metric_filter", "InvalidParameterException", "Invalid metric filter pattern")
    stubber.add_client_error("test_metric_filter", "AccessDeniedException", "no")
    with stubber:
        assert pattern_live.ask_aws(client_of(client), "{ $.a = 'x' }", []).agrees
        with pytest.raises(AwsUnavailable, match="TestMetricFilter failed") as caught:
            pattern_live.ask_aws(client_of(client), ROOT, [EVENT])
    assert "logs:TestMetricFilter" in caught.value.hint

    class Unreachable:
        def test_metric_filter(self, **_request: Any) -> Any:
            raise NoCredentialsError

    with pytest.raises(AwsUnavailable, match="no AWS credentials found"):
        pattern_live.ask_aws(client_of(Unreachable()), ROOT, [EVENT])


def test_live_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert hasattr(pattern_live.logs_client(None, "us-east-1").sdk(), "test_metric_filter")
    client = pattern_live.logs_client("no-such-profile", None)
    with pytest.raises(AwsUnavailable, match='profile "no-such-profile" is not in the AWS configuration files'):
        pattern_live.ask_aws(client, ROOT, [EVENT])


class Service:
    """Answers like AWS would if it read the language as we do, or the opposite."""

    def __init__(self, *, contrary: bool = False, refuses: bool = False) -> None:
        self.contrary = contrary
        self.refuses = refuses

    def test_metric_filter(self, *, filterPattern: str, logEventMessages: list[str]) -> Any:  # noqa: N803 - boto3's
        if self.refuses:
            raise ClientError({"Error": {"Code": "InvalidParameterException"}}, "TestMetricFilter")
        tree = parse(filterPattern)
        hits = [matches(tree, message) != self.contrary for message in logEventMessages]
        return {"matches": [{"eventNumber": number} for number, hit in enumerate(hits, 1) if hit]}


def test_check_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_live, "logs_client", lambda *_: client_of(Service()))
    result = run("check", SIGN_IN, "--live")
    assert result.exit_code == 1
    assert f"AWS accepts the pattern and agrees: {SIGN_IN}" in result.stdout
    assert "  does not match: " in result.stdout
    assert all(answer["agrees"] for answer in document(run("check", ROOT, "--live", "--format", "json"))["live"])
    monkeypatch.setattr(pattern_live, "logs_client", lambda *_: client_of(Service(contrary=True)))
    result = run("check", ROOT, "--live")
    assert result.exit_code == 3
    assert "DISAGREES" in result.stdout
    assert "(we say otherwise)" in result.stdout
    monkeypatch.setattr(pattern_live, "logs_client", lambda *_: client_of(Service(refuses=True)))
    assert "AWS refuses the pattern and DISAGREES with us" in run("check", ROOT, "--live").stdout
