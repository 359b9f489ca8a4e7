"""Credentials that cannot be had: each a failure of its connection alone, told without what they printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3
import botocore.credentials
import botocore.session
import pytest

from checker.aws.call import CallFailed
from checker.aws.credential_process import LIMIT_BYTES, BoundedProcess, ProcessGaveUp
from checker.aws.credentials import CodeNeeded, GuardedChain, SignIn, handed_in
from checker.aws.policy import DEFAULT
from checker.aws.sessions import Sessions
from checker.facts import FailureKind
from tests.emulator.client import EmulatedAws, Profiles

A, B = "123456789012", "210987654321"
REGION = "us-east-1"
Write = Callable[[str], None]
GOOD = '{"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "test"}'


@pytest.fixture
def configured(aws_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the configuration file that is used."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def write(text: str) -> None:
        (tmp_path / "config").write_text(text, encoding="utf-8")

    return write


def identity(sessions: Sessions, connection: str) -> str:
    return str(sessions.call(connection, sessions.first_region(connection), "sts", "GetCallerIdentity")["Account"])


def failure(sessions: Sessions, connection: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        identity(sessions, connection)
    return caught.value


def process(folder: Path, code: str) -> str:
    """The setting of a credential_process that runs this code."""
    script = folder / f"process{len(list(folder.glob('process*')))}.py"
    script.write_text(code, encoding="utf-8")
    return f"credential_process = {sys.executable} {script}"


BASE = f"[profile base]\nregion = {REGION}\naws_access_key_id = test\naws_secret_access_key = test\n"
FAULTS = {
    # <...> is a credential_process with this code.
    "fails": ("<raise SystemExit(3)>", 'run the credential_process of profile "bad" by hand'),
    "no JSON": ("<print('hello SECRET')>", "not what AWS asks for"),
    "nothing": ("<pass>", "not what AWS asks for"),
    "a list": ("<print('[1]')>", "not what AWS asks for"),
    "binary": ("<import os; os.write(1, bytes(range(128, 256)))>", "not what AWS asks for"),
    "no such program": ("credential_process = /no/such/program", "/no/such/program: no such file or directory"),
    "no program": ("credential_process =", "IndexError"),
    "an open quote": ("credential_process = sh -c 'x", "not what AWS asks for"),
    "too much": ("<print('x' * 10_000_000)>", f"prints more than {LIMIT_BYTES} bytes"),
    "an old version": ("<print('{}')>", "could not be obtained: run"),
    "no end of time": (
        """<print('{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"x"}')>""",
        "not what AWS asks for",
    ),
    "no token file": (
        f"role_arn = arn:aws:iam::{A}:role/x\nweb_identity_token_file = /no/token",
        'renew the web_identity_token_file of profile "bad"',
    ),
    "a circle": (
        f"role_arn = arn:aws:iam::{A}:role/x\nsource_profile = other\n"
        f"[profile other]\nrole_arn = arn:aws:iam::{A}:role/y\nsource_profile = bad",
        "already been visited",
    ),
    "no source": (f"role_arn = arn:aws:iam::{A}:role/x\nsource_profile = absent", '"absent" referenced in'),
    "half a key": ("aws_access_key_id = a", 'no AWS credentials found for profile "bad"'),
    "an unknown source": (f"role_arn = arn:aws:iam::{A}:role/x\ncredential_source = Moon", "is not valid"),
    "a code": (
        f"role_arn = arn:aws:iam::{A}:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::{A}:mfa/me",
        "its role asks for an MFA code, and there is no terminal to ask on",
    ),
    "a sign-in": (
        f"sso_start_url = https://x.awsapps.com/start\nsso_region = {REGION}\nsso_account_id = {A}\nsso_role_name = r",
        'the sign-in of profile "bad" has expired or is missing: run "aws sso login --profile bad"',
    ),
    "a source's sign-in": (
        f"role_arn = arn:aws:iam::{A}:role/x\nsource_profile = sso\n[profile sso]\nsso_start_url = https://x.example\n"
        f"sso_region = {REGION}\nsso_account_id = {A}\nsso_role_name = r",
        'run "aws sso login --profile sso"',
    ),
    "half a sign-in": (f"sso_account_id = {A}\nsso_role_name = r", "missing required configuration"),
    "an endless source": (
        f"role_arn = arn:aws:iam::{A}:role/x\nsource_profile = slow\n[profile slow]\n"
        + "<import time; time.sleep(60)>",
        "did not end within 1 s",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_profile_without_credentials_costs_the_others_nothing(fault: str, configured: Write, tmp_path: Path) -> None:
    settings, told = FAULTS[fault]
    settings = re.sub("<(.*)>", lambda code: process(tmp_path, code[1]), settings)
    configured(f"{BASE}[profile bad]\nregion = {REGION}\n{settings}\n")
    sessions = Sessions(["bad", "base"], policy=DEFAULT.within(1, connections=2))
    for _ in range(2):
        found = failure(sessions, "bad")
        assert found.kind is FailureKind.CREDENTIALS
        assert found.before_any_call
        assert told in found.reason
        assert "SECRET" not in str(found)
        assert "\n" not in str(found)
    assert identity(sessions, "base") == A


def test_a_failure_is_found_out_once(configured: Write, tmp_path: Path) -> None:
    count = tmp_path / "count"
    setting = process(tmp_path, f"open({str(count)!r}, 'a').write('x')")
    configured(f"[profile bad]\n{setting}\n")
    sessions = Sessions(["bad"])
    for _ in range(3):
        failure(sessions, "bad")
    assert count.read_text() == "x"
    sessions.forget()
    failure(sessions, "bad")
    assert count.read_text() == "xx"


def test_a_process_that_works_works(configured: Write, tmp_path: Path) -> None:
    setting = process(tmp_path, f"print({GOOD!r})")
    configured(f"[profile good]\nregion = {REGION}\n{setting}\n")
    assert identity(Sessions(["good"]), "good") == A


def test_a_waiting_process_keeps_nobody_else_waiting(configured: Write, tmp_path: Path) -> None:
    setting = process(tmp_path, "import time; time.sleep(60)")
    configured(f"{BASE}[profile slow]\nregion = {REGION}\n{setting}\n")
    sessions = Sessions(["slow", "base"], policy=DEFAULT.within(5, connections=2))
    waiting = threading.Thread(target=lambda: failure(sessions, "slow"))
    begin = time.monotonic()
    waiting.start()
    assert identity(sessions, "base") == A
    assert waiting.is_alive()
    waiting.join(30)
    assert time.monotonic() - begin < 30


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    bounded = BoundedProcess(
        ["sh", "-c", f"sleep 60 & echo $! > {told}; wait"],
        seconds=1,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with pytest.raises(ProcessGaveUp, match="did not end within 1 s"):
        bounded.communicate()
    pid = int(told.read_text())
    end = time.monotonic() + 5
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(pid)


def test_a_process_without_end_of_output(tmp_path: Path) -> None:
    bounded = BoundedProcess(
        ["sh", "-c", "sleep 60 & echo x"], seconds=1, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pytest.raises(ProcessGaveUp, match="did not close its output within 1 s"):
        bounded.communicate()


def test_a_process_cannot_ask_on_standard_input() -> None:
    bounded = BoundedProcess(["cat"], seconds=20, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert bounded.communicate() == (b"", b"")
    assert bounded.returncode == 0


# --- codes of MFA devices ------------------------------------------------------------------------------------------

MFA = (
    f"{BASE}[profile mfa]\nregion = {REGION}\nrole_arn = arn:aws:iam::{A}:role/audit\nsource_profile = base\n"
    f"mfa_serial = arn:aws:iam::{A}:mfa/me\n"
)


def test_a_code_is_asked_for_once_and_before_the_first_call(configured: Write, emulator: EmulatedAws) -> None:
    configured(MFA)
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "123456"

    sign_in = SignIn(ask=ask)
    sessions = Sessions(["mfa"], sign_in=sign_in)
    assert sessions.problem("mfa") is None
    assert len(asked) == 1
    assert "mfa/me" in asked[0]
    answers: list[str] = []
    worker = threading.Thread(target=lambda: answers.append(identity(sessions, "mfa")))
    worker.start()
    worker.join()
    sessions.forget()
    answers.append(identity(sessions, "mfa"))
    # A repair after the check has the same sign-in.
    answers.append(identity(Sessions(["mfa"], sign_in=sign_in), "mfa"))
    assert answers == [A, A, A]
    assert len(asked) == 1
    assert [call["action"] for call in emulator.calls()].count("AssumeRole") == 1


def test_a_worker_never_asks(configured: Write) -> None:
    configured(MFA)
    sessions = Sessions(["mfa"], sign_in=SignIn(ask=lambda _: pytest.fail("asked")))
    failures: list[CallFailed] = []
    worker = threading.Thread(target=lambda: failures.append(failure(sessions, "mfa")))
    worker.start()
    worker.join()
    assert "no terminal to ask on" in failures[0].reason


def test_a_code_that_is_not_given_is_asked_for_once(configured: Write) -> None:
    configured(MFA)
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        raise EOFError

    sessions = Sessions(["mfa"], sign_in=SignIn(ask=ask))
    problem = sessions.problem("mfa")
    assert problem is not None
    assert "EOFError" in problem
    assert failure(sessions, "mfa").reason == problem
    assert len(asked) == 1


def test_nobody_to_ask() -> None:
    with pytest.raises(CodeNeeded):
        SignIn().code("code")


# --- the environment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/token", "AWS_ROLE_ARN": f"arn:aws:iam::{A}:role/ci"},
            "/no/token: no such",
        ),
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/c",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no/token",
            },
            "/no/token: no such",
        ),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/c"}, "could not be obtained"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/c"}, "not what AWS asks for"),
        ({"AWS_ACCESS_KEY_ID": "a"}, "no AWS credentials found"),
        ({"AWS_PROFILE": "absent"}, 'profile "absent" is not in the AWS configuration files'),
        ({}, 'no AWS credentials found for profile "default": run "aws configure"'),
    ],
)
def test_an_environment_without_credentials(
    variables: dict[str, str], told: str, configured: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sessions = Sessions()
    found = failure(sessions, sessions.connections[0])
    assert told in found.reason
    assert found.kind is FailureKind.CREDENTIALS


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_an_empty_profile_is_none(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "")
    sessions = Sessions()
    assert sessions.connections == ("default",)
    assert identity(sessions, "default") == A


def test_expired_keys_of_the_environment(
    aws_environment: dict[str, str], emulator: EmulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.set_faults([{"action": "GetCallerIdentity", "code": "ExpiredToken", "status": 403}])
    assert failure(Sessions(), "default").reason.endswith("AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew")


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"AWS_DEFAULT_REGION": "us east"}, '"us east" is no name of a region'),
        ({"AWS_MAX_ATTEMPTS": "many"}, "ValueError"),
        ({"AWS_MAX_ATTEMPTS": "-1"}, "max_attempts"),
        ({"AWS_ENDPOINT_URL": "no url"}, "Invalid endpoint"),
        ({"AWS_CA_BUNDLE": "/no/bundle", "AWS_ENDPOINT_URL": "https://127.0.0.1:9"}, "failed: "),
    ],
)
def test_settings_that_cannot_be(variables: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = failure(Sessions(), "default")
    assert told in str(found)
    assert not found.before_any_call


def test_a_configuration_that_may_not_be_read(
    configured: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(BASE)
    real = os.access
    # Root, who runs the tests in a container, may read everything: this user may not.
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path / "config") and real(path, mode))
    told = f"let this user read {tmp_path / 'config'}"
    assert told in failure(Sessions(), "default").reason
    assert failure(Sessions(["absent"]), "absent").reason.endswith(told)


def test_a_configuration_that_cannot_be_parsed(configured: Write) -> None:
    configured("SECRET\n[default]\n")
    sessions = Sessions()
    assert sessions.first_region("default") == REGION
    assert sessions.problem("default") == failure(sessions, "default").reason
    assert "config:1: the AWS configuration file cannot be parsed" in failure(sessions, "default").reason
    assert sessions.known() == ()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"accessToken": 1', '{"accessToken": "a"}', '{"accessToken": "a", "expiresAt": 5}']
)
def test_a_damaged_sign_in(text: str, configured: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.setattr(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path))
    (tmp_path / f"{hashlib.sha1(b'https://x.example').hexdigest()}.json").write_text(text)  # noqa: S324 - botocore's name
    sso = f"sso_start_url = https://x.example\nsso_region = {REGION}\nsso_account_id = {A}\nsso_role_name = r"
    configured(f"[profile bad]\n{sso}\n")
    found = failure(Sessions(["bad"]), "bad")
    assert found.kind is FailureKind.CREDENTIALS
    assert found.reason.endswith('run "aws sso login --profile bad"')


# --- sessions that were handed in -----------------------------------------------------------------------------------


@pytest.fixture
def keys(profiles: Callable[[Mapping[str, str]], Profiles]) -> None:
    profiles({"a": A, "b": B})


@pytest.mark.usefixtures("keys")
def test_sessions_and_credentials_can_be_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = boto3.Session(profile_name="b").get_credentials()
    given = {
        "boto3": boto3.Session(profile_name="b", region_name="eu-west-1"),
        "botocore": botocore.session.Session(profile="a"),
        "credentials": credentials,
    }
    monkeypatch.setenv("AWS_PROFILE", "absent")
    sessions = Sessions(sign_in=SignIn(given))
    assert sessions.connections == ("boto3", "botocore", "credentials")
    assert [identity(sessions, name) for name in given] == [B, A, B]
    assert [sessions.first_region(name) for name in given] == ["eu-west-1", REGION, REGION]
    assert sessions.known() == sessions.connections
    assert handed_in(given).given == given


def test_a_session_that_was_handed_in_can_fail(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    class Bad:
        def get_credentials(self) -> None:
            raise KeyError("SECRET")

    sessions = Sessions(sign_in=SignIn({"mine": Bad()}))
    found = failure(sessions, "mine")
    assert found.kind is FailureKind.CREDENTIALS
    assert found.reason.endswith("hand in a session with valid credentials")
    assert "SECRET" not in found.reason


def test_no_credentials_are_an_answer_that_is_remembered() -> None:
    asked: list[int] = []
    chain = GuardedChain(lambda: asked.append(1))
    assert chain.load_credentials() is None
    assert chain.load_credentials() is None
    assert asked == [1]


def test_a_hook_is_called_before_each_request(aws_environment: dict[str, str]) -> None:
    seen: list[int] = []
    identity(Sessions(before_send=lambda: seen.append(os.getpid())), "default")
    assert seen == [os.getpid()]
