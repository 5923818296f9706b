"""Refusals as RFC 9457 problem documents. The only table of HTTP statuses."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared.errors import (
    BY_CONSTRAINT,
    REFUSALS,
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from shared.field_texts import field_message
from shared.logs import logger, trace_id
from shared.texts import Text, current_language

STATUSES: Mapping[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Unavailable: 503,
}
MOST_ERRORS = 20


class InvalidRequest(Malformed):
    """The request does not have the form that the documentation gives."""

    title = Text(
        "Сұрау қате толтырылған.",
        "Запрос заполнен неверно.",
        "The request is not filled in correctly.",
    )


class NoSuchPage(NotFound):
    """Nothing answers at this address."""

    title = Text("Мұндай мекенжай жоқ.", "Такого адреса нет.", "There is nothing at this address.")


class MethodNotAllowed(Malformed):
    """The address exists, but does not answer to this method."""

    status = 405
    title = Text(
        "Бұл мекенжай мұндай әдісті қабылдамайды.",
        "Этот адрес не принимает такой метод.",
        "This address does not take this method.",
    )


class SomethingBroke(Unavailable):
    """A fault of ours; the details are in our log, never in the answer."""

    status = 500
    title = Text(
        "Бізде ақау шықты. Сұрау орындалған жоқ; біз бұл туралы білеміз.",
        "У нас произошёл сбой. Запрос не выполнен; мы уже знаем об этом.",
        "Something broke on our side. Nothing was done, and we have been told.",
    )


class Busy(Unavailable):
    """Another change was in the way; trying again in a moment helps."""

    title = Text(
        "Жүйе қазір бос емес. Бірер секундтан кейін қайталаңыз.",
        "Система сейчас занята. Повторите через пару секунд.",
        "The system is busy at this moment. Please try again in a second.",
    )


class StorageFull(Unavailable):
    """There is no room to store anything; reading still works."""

    status = 507
    title = Text(
        "Дискіде орын қалмады: қазір тек оқуға болады.",
        "На диске нет места: сейчас доступно только чтение.",
        "The disk is full: only reading works now.",
    )


class TooLargeASum(Invalid):
    """A sum would leave the range of 64 bits."""

    title = Text("Сома тым үлкен.", "Сумма слишком велика.", "The sum is too large.")


class RuleOfTheData(Conflict):
    """The database keeps a rule that this change would break."""

    title = Text(
        "Бұл өзгеріс деректер ережесін бұзады.",
        "Это изменение нарушает правило данных.",
        "This change would break a rule of the data.",
    )


def status_of(refusal: type[Refusal]) -> int:
    """Return the HTTP status that a refusal is answered with."""
    own: int | None = getattr(refusal, "status", None)
    return own or next(status for kind, status in STATUSES.items() if issubclass(refusal, kind))


def problem_document(refusal: Refusal, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Return the RFC 9457 document of a refusal in the language of the current request."""
    language = current_language.get()
    document: dict[str, Any] = {
        "type": f"/problems/{refusal.slug}",
        "title": refusal.title.within(language),
        "status": status_of(type(refusal)),
        "detail": refusal.sentence(language, refusal.values),
        "instance": f"urn:trace:{trace_id.get()}",
    }
    if errors:
        document["errors"] = list(errors[:MOST_ERRORS])
    return document


def problem_response(
    refusal: Refusal,
    errors: Sequence[dict[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the answer that tells a refusal to the asker."""
    status = status_of(type(refusal))
    extra = {"Content-Language": current_language.get(), "Vary": "Accept-Language"}
    if status == 401:  # noqa: PLR2004
        extra["WWW-Authenticate"] = 'Bearer realm="ortaq"'
    if isinstance(refusal, Unavailable) or getattr(refusal, "retry_after_seconds", None):
        extra["Retry-After"] = str(getattr(refusal, "retry_after_seconds", 1))
    return JSONResponse(
        problem_document(refusal, errors),
        status,
        {**extra, **(headers or {})},
        media_type="application/problem+json",
    )


def problem_catalogue() -> dict[str, dict[str, Any]]:
    """Return every refusal of this process: `{slug: {status, title: {kk, ru, en}, detail: …}}`."""
    return {
        slug: {
            "status": status_of(refusal),
            "title": refusal.title._asdict(),
            "detail": (refusal.detail or refusal.title)._asdict(),
        }
        for slug, refusal in sorted(REFUSALS.items())
    }


def field_errors(raw: Sequence[Any]) -> list[dict[str, str]]:
    """Return what is wrong with which field as `{pointer, code, message}`, at most 20.

    `message` is for the person, in the language of the current request, `code` is for programs. The
    value itself is never repeated: it may be an identity number.
    """
    language = current_language.get()
    return [
        {
            "pointer": "/" + "/".join(str(step) for step in error["loc"])[:200],
            "code": str(error["type"]),
            "message": field_message(error, language),
        }
        for error in raw[:MOST_ERRORS]
    ]


def answer_problems(app: FastAPI) -> None:
    """Make the application answer every error as a problem document."""
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(DBAPIError, _answer_database)
    app.add_exception_handler(ConnectionError, _answer_no_connection)
    app.add_exception_handler(TimeoutError, _answer_no_connection)
    app.add_exception_handler(Exception, _answer_fault)


def _answer_refusal(_: Request, refusal: Exception) -> JSONResponse:
    return problem_response(refusal)  # type: ignore[arg-type]  # registered for Refusal alone


def _answer_invalid_request(_: Request, error: Exception) -> JSONResponse:
    return problem_response(InvalidRequest(), field_errors(error.errors()))  # type: ignore[attr-defined]


def _answer_http(_: Request, error: Exception) -> JSONResponse:
    status: int = getattr(error, "status_code", 500)
    kinds: dict[int, type[Refusal]] = {404: NoSuchPage, 405: MethodNotAllowed}
    return problem_response(
        kinds.get(status, InvalidRequest)(), headers=getattr(error, "headers", None)
    )


def refusal_of(error: DBAPIError) -> Refusal:
    """Return what a database error means to the asker."""
    original = getattr(error, "orig", None)
    cause = getattr(original, "__cause__", None) or original
    state = str(getattr(cause, "sqlstate", None) or getattr(original, "sqlstate", "") or "")
    constraint = str(getattr(cause, "constraint_name", None) or "")
    if constraint in BY_CONSTRAINT:
        return BY_CONSTRAINT[constraint]()
    if state.startswith("23"):
        return RuleOfTheData()
    if state == "22003":
        return TooLargeASum()
    if state == "53100":
        return StorageFull()
    if state in {"40001", "40P01", "55P03", "57014", "53300"} or error.connection_invalidated:
        return Busy()
    if state.startswith(("08", "57P")) or not state:
        return Busy()
    return SomethingBroke()


def _answer_database(request: Request, error: Exception) -> JSONResponse:
    refusal = refusal_of(error)  # type: ignore[arg-type]
    if isinstance(refusal, SomethingBroke | RuleOfTheData):
        logger.error("database refused a change", exc_info=error, extra={"path": request.url.path})
    return problem_response(refusal)


def _answer_no_connection(_: Request, error: Exception) -> JSONResponse:
    logger.warning("dependency unreachable", extra={"reason": repr(error)})
    return problem_response(Busy())


def _answer_fault(request: Request, error: Exception) -> JSONResponse:
    logger.error("fault", exc_info=error, extra={"path": request.url.path})
    return problem_response(SomethingBroke())
