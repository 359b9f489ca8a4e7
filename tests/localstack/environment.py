"""LocalStack's own virtual environment, ``.venv-localstack``: run ``python -m tests.localstack.environment``.

LocalStack 4.6 pins versions that differ from ours, and the boto3 that talks to its CloudWatch must be below 1.42
(newer ones speak a protocol that it does not know), so it lives apart, and the test drives it from there.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-localstack"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = (
    "localstack-core[base-runtime]==4.6.0",
    "moto-ext[logs,cloudwatch,sns,sqs,sts,iam,s3,server]==5.1.6.post2",
    "plux<1.13",
    "cbor2<5.7",
    "pyopenssl<25",
    "cryptography<45",
    "service_identity<25",
    "psutil<7.2",
    "setuptools<80",
    # What our own packages need to be imported there.
    "platformdirs>=4.3",
)
_STAMP = FOLDER / "alarmchain-requirements"


def is_ready() -> bool:
    """The environment is there, with exactly these requirements."""
    return PYTHON.exists() and _STAMP.is_file() and _STAMP.read_text(encoding="utf-8") == _digest()


def set_up() -> None:
    """Create the environment, unless it is there. Raises ``CalledProcessError`` when pip fails."""
    if is_ready():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True)
    subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS], check=True
    )
    _STAMP.write_text(_digest(), encoding="utf-8")


def _digest() -> str:
    return hashlib.sha256("\n".join((*REQUIREMENTS, sys.version)).encode()).hexdigest()


if __name__ == "__main__":
    set_up()
