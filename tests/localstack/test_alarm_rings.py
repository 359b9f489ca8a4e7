"""After a repair, a root event in the trail's log group really makes the alarm tell a subscriber."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localstack.environment import PYTHON, ROOT

START_SECONDS = 90


@pytest.fixture
def localstack(tmp_path: Path) -> Iterator[str]:
    """LocalStack in host mode on a free port, with its files in the test's folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_", "COVERAGE_"))}
    environment = {
        **kept,
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "SERVICES": "logs,cloudwatch,sns,sqs,sts,iam,s3",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "FILESYSTEM_ROOT": str(tmp_path / "localstack"),
    }
    log = tmp_path / "localstack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PYTHON, "-m", "localstack.runtime.main"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            start_new_session=True,
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait(endpoint, process, log)
        yield endpoint
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def _wait(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", "/_localstack/health")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
        finally:
            connection.close()
    raise AssertionError(log.read_text())


@pytest.mark.localstack
def test_a_root_event_reaches_a_subscriber(localstack: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [str(PYTHON), "-W", "ignore", "-m", "tests.localstack.drive", localstack, str(tmp_path / "journal.jsonl")]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["operations"] == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert result["applied"] == ["applied"] * 4
    assert result["message"]["AlarmName"] == "alarmchain-root_usage_alarm"
    assert result["message"]["NewStateValue"] == "ALARM"
    assert result["message"]["Trigger"]["MetricName"] == "root_usage_metric"
    assert result["undone"] == ["removed"] * 4
    assert result["state_restored"]
