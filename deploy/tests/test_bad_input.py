"""Whatever comes in through the gateway, nothing answers with a fault of ours."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from launcher.background import Ortaq
from launcher.runs import RunFolder

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

EXAMPLES = "8"


def test_the_described_api_never_answers_5xx_to_generated_input(
    platform: RunFolder, tmp_path: Path
) -> None:
    gateway = Ortaq(platform).gateway
    document = tmp_path / "openapi.json"
    document.write_bytes(httpx.get(f"{gateway}/v1/openapi.json", timeout=20).content)
    login = {"sub": "admin", "strong": True}
    token = httpx.post(f"{gateway}/demo-issuer/token", json=login).json()["access_token"]
    fuzzer = Path(sys.executable).parent / "schemathesis"

    run = subprocess.run(
        [
            str(fuzzer),
            "run",
            str(document),
            "--url",
            gateway,
            "--checks",
            "not_a_server_error",
            "--max-examples",
            EXAMPLES,
            "--phases",
            "fuzzing",
            "--seed",
            "20261125",
            "--header",
            f"Authorization: Bearer {token}",
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert run.returncode == 0, run.stdout[-3_000:]


def test_no_page_is_missing_for_a_problem_that_can_be_answered(platform: RunFolder) -> None:
    gateway = Ortaq(platform).gateway
    problems = httpx.get(f"{gateway}/v1/openapi.json", timeout=20).json()["x-ortaq-problems"]

    for slug in problems:
        page = httpx.get(f"{gateway}/problems/{slug}")
        assert page.status_code == 200
        assert all(f"lang='{language}'" in page.text for language in ("kk", "ru", "en")), slug
