"""The internal token proves a caller to one service for one minute, and to nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jws import JWSRegistry

from shared.tokens.compact import encode_segment
from shared.tokens.internal import InternalClaims, mint_internal_token, verify_internal_token
from shared.tokens.keys import (
    generate_signing_key,
    load_public_keys,
    load_signing_key,
    new_signing_key,
    parse_public_keys,
    public_document,
)
from shared.tokens.refusals import KeySetRefused, SigningKeyRefused, TokenRefused

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
KEY = new_signing_key()
KEYS = parse_public_keys(json.dumps(public_document(KEY)).encode())
AIGUL = UUID("0197f0a0-0000-7000-8000-000000000001")


def a_token(audience: str = "registry", subject: UUID | None = AIGUL) -> str:
    return mint_internal_token(KEY, audience, subject, now=NOW)


def signed(claims: dict[str, object], **header: object) -> str:
    head = {"alg": "EdDSA", "kid": KEY.kid, "typ": "int+jwt", **header}
    text = ".".join(encode_segment(json.dumps(part).encode()) for part in (head, claims))
    signature = JWSRegistry.algorithms["EdDSA"].sign(text.encode(), KEY)
    return f"{text}.{encode_segment(signature)}"


def whole_claims(**changes: object) -> dict[str, object]:
    at = int(NOW.timestamp())
    claims = {
        "iss": "ortaq-gateway",
        "aud": "registry",
        "sub": str(AIGUL),
        "iat": at,
        "exp": at + 60,
        "lang": "kk",
    }
    return {**claims, **changes}


def test_a_service_learns_everything_that_the_gateway_says() -> None:
    login = NOW - timedelta(minutes=3)
    token = mint_internal_token(
        KEY,
        "budget",
        AIGUL,
        now=NOW,
        session_id="s-1",
        acr="strong",
        auth_time=login,
        language="ru",
        trace_id="ab" * 16,
    )

    claims = verify_internal_token(token, KEYS, "budget", NOW)

    assert claims == InternalClaims(
        subject=AIGUL,
        acr="strong",
        authenticated_at=login,
        language="ru",
        trace_id="ab" * 16,
        expires_at=NOW + timedelta(seconds=60),
    )


def test_nobody_signed_in_is_said_as_nobody() -> None:
    token = a_token(subject=None)

    claims = verify_internal_token(token, KEYS, "registry", NOW)

    assert claims.subject is None


def test_a_token_for_one_service_opens_no_other() -> None:
    token = a_token("participation")

    with pytest.raises(TokenRefused):
        verify_internal_token(token, KEYS, "registry", NOW)


@given(age_seconds=st.integers(-120, 240))
def test_a_token_lives_sixty_seconds(age_seconds: int) -> None:
    token = a_token()

    try:
        verify_internal_token(token, KEYS, "registry", NOW + timedelta(seconds=age_seconds))
        is_accepted = True
    except TokenRefused:
        is_accepted = False

    assert is_accepted == (-5 <= age_seconds < 60)


def test_a_key_that_is_not_published_proves_nothing() -> None:
    token = mint_internal_token(new_signing_key(), "registry", AIGUL, now=NOW)

    with pytest.raises(TokenRefused):
        verify_internal_token(token, KEYS, "registry", NOW)


@given(position=st.integers(0, len(a_token()) - 1), letter=st.characters(codec="latin-1"))
def test_a_changed_letter_anywhere_is_refused(position: int, letter: str) -> None:
    token = a_token()
    changed = token[:position] + letter + token[position + 1 :]

    if changed != token:
        with pytest.raises(TokenRefused):
            verify_internal_token(changed, KEYS, "registry", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW.timestamp()) + 61},
        {"iat": None},
        {"iat": True},
        {"exp": float(NOW.timestamp()) + 60},
        {"sub": "akim"},
        {"sub": None},
        {"iss": "someone-else"},
        {"aud": ["registry"]},
        {"lang": "de"},
        {"acr": 3},
        {"auth_time": "yesterday"},
        {"trace": {}},
    ],
    ids=str,
)
def test_claims_of_another_kind_are_refused(changes: dict[str, object]) -> None:
    token = signed(whole_claims(**changes))

    with pytest.raises(TokenRefused):
        verify_internal_token(token, KEYS, "registry", NOW)


def test_an_access_token_is_no_internal_token() -> None:
    token = signed(whole_claims(), typ="at+jwt")

    with pytest.raises(TokenRefused):
        verify_internal_token(token, KEYS, "registry", NOW)


def test_a_generated_key_signs_and_its_published_half_verifies(tmp_path: Path) -> None:
    private, public = tmp_path / "gateway.jwk", tmp_path / "gateway.jwks"
    generate_signing_key(private, public)

    token = mint_internal_token(load_signing_key(private), "registry", None, now=NOW)

    assert verify_internal_token(token, load_public_keys(public), "registry", NOW).subject is None
    assert private.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads(public.read_bytes())["keys"][0]


def test_a_signing_key_open_to_others_is_refused(tmp_path: Path) -> None:
    private = tmp_path / "gateway.jwk"
    generate_signing_key(private, tmp_path / "gateway.jwks")
    private.chmod(0o640)

    with pytest.raises(SigningKeyRefused):
        load_signing_key(private)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kty":"oct","k":"AAAA"}', '{"keys":[]}'])
def test_a_file_without_a_signing_key_is_refused(tmp_path: Path, text: str) -> None:
    private = tmp_path / "gateway.jwk"
    private.write_text(text)
    private.chmod(0o600)

    with pytest.raises(SigningKeyRefused):
        load_signing_key(private)


def test_a_missing_key_file_is_refused_by_name(tmp_path: Path) -> None:
    missing = tmp_path / f"{uuid4()}.jwks"

    with pytest.raises(KeySetRefused, match=missing.name):
        load_public_keys(missing)
