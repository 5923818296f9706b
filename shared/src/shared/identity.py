"""Who is calling, and whether the call is allowed. Every service checks by itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.database import Session
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.permissions import Action, Decision, Target, decide
from shared.territory import grants_of, path_of
from shared.texts import Text
from shared.tokens.internal import InternalClaims, verify_internal_token

HEADER = "internal-identity"
STRONG_LOGINS = frozenset({"strong", "eds", "loa3", "urn:ortaq:acr:strong"})
"""Authentication contexts (`acr`) that count as a strong login."""
FRESH = timedelta(minutes=15)


class NotLoggedIn(Unauthenticated):
    """The action is not open to everybody, and nobody is logged in."""

    title = Text(
        "Бұл әрекет үшін жүйеге кіру керек.",
        "Для этого действия нужно войти в систему.",
        "Please log in to do this.",
    )


class NotAllowed(Forbidden):
    """The caller's roles do not include this action here."""

    title = Text(
        "Бұл әрекетке рөліңіз жетпейді.",
        "Ваша роль не даёт права на это действие.",
        "Your role does not include this action.",
    )
    detail = Text(
        "Бұл жерде «{action}» әрекетіне рөліңіз жетпейді.",
        "Ваша роль не даёт здесь права на действие «{action}».",
        "Your role here does not include the action “{action}”.",
    )


class OutOfSight(NotFound):
    """There is no such thing within the caller's territory."""

    title = Text("Мұндай жазба табылмады.", "Такой записи не найдено.", "No such record was found.")


class StrongLoginNeeded(Forbidden):
    """Money and minutes are signed within 15 minutes of a strong login (ASVS 5.0, 10.3.4)."""

    title = Text(
        "Бұл әрекет үшін ЭЦҚ-мен немесе eGov Mobile арқылы қайта кіріңіз.",
        "Для этого действия войдите заново с ЭЦП или через eGov Mobile.",
        "Log in again with your digital signature or eGov Mobile to do this.",
    )


@dataclass
class Caller:
    """The account behind a request and the action its route declares."""

    claims: InternalClaims
    action: Action
    is_decided: bool = False
    """Whether a permission was asked for; a route that answers without asking is a fault."""

    @property
    def account_id(self) -> UUID:
        """The pseudonymous id of the logged-in person.

        Raises:
            NotLoggedIn: nobody is logged in.
        """
        if self.claims.subject is None:
            raise NotLoggedIn
        return self.claims.subject

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in."""
        return self.claims.subject is None


def read_claims(request: Request, now: datetime) -> InternalClaims:
    """Return what the gateway says of the caller, by its signature.

    Raises:
        NotLoggedIn: there is no internal token, or more than one.
        TokenRefused: it proves nothing.
    """
    state = request.app.state
    tokens = request.headers.getlist(HEADER)
    if len(tokens) != 1:
        raise NotLoggedIn
    return verify_internal_token(
        tokens[0], state.internal_keys, audience=state.service_name, now=now
    )


def identify(request: Request) -> Caller:
    """Return who is calling, by the gateway's internal token.

    Raises:
        NotLoggedIn: there is no valid token, or the action needs a login.
    """
    now = datetime.now(UTC)
    claims = read_claims(request, now)
    caller = Caller(claims, request.state.action)
    caller.is_decided = caller.action.is_public
    if caller.is_anonymous and not caller.action.is_public:
        raise NotLoggedIn
    if caller.action.needs_fresh_login and not _is_fresh(claims, now):
        raise StrongLoginNeeded
    request.state.caller = caller
    return caller


def _is_fresh(claims: InternalClaims, now: datetime) -> bool:
    logged_in = claims.authenticated_at
    return claims.acr in STRONG_LOGINS and logged_in is not None and now - logged_in <= FRESH


Known = Annotated[Caller, Depends(identify)]


async def permit(
    session: Session, caller: Caller, unit_id: UUID | None, *, owner_ids: tuple[UUID, ...] = ()
) -> None:
    """Let the call go on only if the caller may do the route's action in `unit_id`.

    Args:
        session: any session of the service; grants and units are read from its own copies.
        caller: who asks.
        unit_id: the unit that the object lies in; `None` for the platform itself.
        owner_ids: the account, resident or enterprise that the object belongs to.

    Raises:
        OutOfSight: no grant of the caller reaches the object.
        NotAllowed: the object is in reach, the action is not.
    """
    caller.is_decided = True
    if caller.action.is_public:
        return
    path = await path_of(session, unit_id) if unit_id else ()
    grants = await grants_of(session, caller.account_id)
    match decide(caller.action, grants, Target(path, owner_ids), caller.account_id):
        case Decision.FORBIDDEN:
            raise NotAllowed(action=caller.action.name)
        case Decision.OUT_OF_SIGHT:
            raise OutOfSight
