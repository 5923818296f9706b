"""An access token is believed only when every rule of it holds."""

import importlib.util
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tokens.access import AccessClaims, Issuer, account_id, verify_access_token
from shared.tokens.keys import parse_public_keys, public_document
from shared.tokens.refusals import KeySetRefused, TokenRefused

_spec = importlib.util.spec_from_file_location(
    "hostile_tokens", Path(__file__).with_name("hostile_tokens.py")
)
assert _spec is not None
assert _spec.loader is not None
hostile: Any = importlib.util.module_from_spec(_spec)
sys.modules["hostile_tokens"] = hostile
_spec.loader.exec_module(hostile)

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ISSUER = Issuer("https://id.example.kz", "ortaq", "https://id.example.kz/jwks")
SETTING = hostile.Setting(ISSUER.issuer, ISSUER.audience, NOW)
KEYS = parse_public_keys(
    json.dumps(public_document(hostile.RSA, hostile.EC, hostile.EDWARDS)).encode()
)
HOSTILE = dict(hostile.hostile_tokens(SETTING))


def verify(token: str, issuer: Issuer = ISSUER, now: datetime = NOW) -> AccessClaims:
    return verify_access_token(token, issuer, KEYS, now)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_is_refused(name: str) -> None:
    token = HOSTILE[name]

    with pytest.raises(TokenRefused) as refusal:
        verify(token)

    assert token not in str(refusal.value)


def test_the_hostile_tokens_are_many() -> None:
    assert len(HOSTILE) >= 44
    assert len(set(HOSTILE.values())) == len(HOSTILE)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_good_token_proves_its_person(algorithm: str) -> None:
    token = hostile.a_token(SETTING, algorithm=algorithm)

    claims = verify(token)

    assert claims == AccessClaims(
        issuer=ISSUER.issuer,
        subject="resident-1",
        session_id="s-1",
        acr="basic",
        authenticated_at=NOW - timedelta(seconds=30),
        expires_at=NOW + timedelta(seconds=900),
    )


def test_one_of_several_audiences_may_be_ours() -> None:
    token = hostile.a_token(SETTING, claims={"aud": ["account", "ortaq"]})

    assert verify(token).subject == "resident-1"


@given(offset_seconds=st.integers(-4000, 4000), life_seconds=st.integers(-10, 4000))
def test_only_the_present_hour_counts(offset_seconds: int, life_seconds: int) -> None:
    issued = SETTING.second + offset_seconds
    token = hostile.a_token(
        SETTING,
        algorithm="EdDSA",
        claims={"iat": issued, "exp": issued + life_seconds, "auth_time": hostile.DROP},
    )

    try:
        verify(token)
        is_accepted = True
    except TokenRefused:
        is_accepted = False

    is_present = offset_seconds <= 60 and offset_seconds + life_seconds > -60
    assert is_accepted == (0 < life_seconds <= 3600 and is_present)


@given(position=st.integers(0, 2000), letter=st.characters(codec="latin-1"))
def test_a_changed_letter_anywhere_is_refused(position: int, letter: str) -> None:
    token = hostile.a_token(SETTING, algorithm="EdDSA")
    at = position % len(token)
    changed = token[:at] + letter + token[at + 1 :]

    if changed != token:
        with pytest.raises(TokenRefused):
            verify(changed)


@given(st.text(max_size=300))
def test_no_text_breaks_the_verifier(text: str) -> None:
    with pytest.raises(TokenRefused):
        verify(text)


def test_an_issuer_without_typed_tokens_is_held_to_its_clients() -> None:
    keycloak = Issuer(ISSUER.issuer, "ortaq", ISSUER.jwks_url, typ="JWT", azp=("ortaq-web",))
    header = {"typ": "JWT"}

    listed = hostile.a_token(SETTING, header=header, claims={"azp": "ortaq-web", "typ": "Bearer"})
    stranger = hostile.a_token(SETTING, header=header, claims={"azp": "shop"})
    silent = hostile.a_token(SETTING, header=header)

    assert verify(listed, keycloak).subject == "resident-1"
    for token in (stranger, silent):
        with pytest.raises(TokenRefused):
            verify(token, keycloak)


def test_an_untyped_issuer_without_a_client_list_lets_nobody_in() -> None:
    careless = Issuer(ISSUER.issuer, "ortaq", ISSUER.jwks_url, typ="JWT")
    token = hostile.a_token(SETTING, header={"typ": "JWT"})

    with pytest.raises(TokenRefused):
        verify(token, careless)


def test_a_person_keeps_one_account_id_and_shares_it_with_nobody() -> None:
    here, there = account_id("https://a.kz", "1"), account_id("https://b.kz", "1")

    assert here == account_id("https://a.kz", "1")
    assert len({here, there, account_id("https://a.kz", "2")}) == 3


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[1]}',
        b"[" * 60000,
        b'{"keys":[' + b",".join([b"{}"] * 21) + b"]}",
        b'{"keys":[{"kid":"a"},{"kid":"a"}]}',
        b'{"keys":[]}' + b" " * 65536,
    ],
    ids=["empty", "list", "no keys", "object", "numbers", "deep", "21 keys", "twice", "64 KiB"],
)
def test_an_ambiguous_or_oversized_key_set_is_refused_whole(document: bytes) -> None:
    with pytest.raises(KeySetRefused):
        parse_public_keys(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "HS256", "kty": "oct", "k": "AAAA"},
        {"alg": "RSA-OAEP", "use": "enc"},
        {"use": "enc"},
        {"alg": None},
        {"kid": None},
        {"kid": 5},
        {"kty": "EC"},
        {"n": "AAAA"},
        {"n": 5},
        {"alg": "ES256"},
    ],
    ids=str,
)
def test_a_key_that_we_cannot_trust_for_signatures_is_left_out(changes: dict[str, Any]) -> None:
    entry = {**hostile.RSA.as_dict(private=False), **changes}
    document = json.dumps({"keys": [entry, hostile.EC.as_dict(private=False)]}).encode()

    assert list(parse_public_keys(document)) == ["ec-1"]


def test_a_weak_rsa_key_is_left_out() -> None:
    weak = {
        **hostile.RSA.as_dict(private=False),
        "n": hostile.b64((2**1024 + 643).to_bytes(129)),
    }

    assert parse_public_keys(json.dumps({"keys": [weak]}).encode()) == {}
