"""What the gateway itself refuses; everything else is refused by the service that owns the rule."""

from shared.errors import Forbidden, Malformed, Unauthenticated, Unavailable
from shared.texts import Text


class UnreadableRequest(Malformed):
    """The bytes are not one unambiguous HTTP/1.1 request."""

    title = Text(
        "Сұрау HTTP/1.1 ережелеріне сай емес.",
        "Запрос не соответствует правилам HTTP/1.1.",
        "The request does not follow the rules of HTTP/1.1.",
    )
    detail = Text(
        "Сұрау HTTP/1.1 ережелеріне сай емес: {reason}.",
        "Запрос не соответствует правилам HTTP/1.1: {reason}.",
        "The request does not follow the rules of HTTP/1.1: {reason}.",
    )


class AmbiguousAddress(Malformed):
    """The address could be read in two ways: dot segments, double slashes, disguised letters."""

    title = Text(
        "Мекенжай екіұшты жазылған.",
        "Адрес записан неоднозначно.",
        "The address is written ambiguously.",
    )


class ForgedHeader(Malformed):
    """A header that only the gateway may write came from outside, or hides behind an underscore."""

    title = Text(
        "Сұрауда сырттан келуге тиіс емес тақырып бар.",
        "В запросе есть заголовок, который не может приходить извне.",
        "The request carries a header that may not come from outside.",
    )


class UnknownVersion(Malformed):
    """Only HTTP/1.1 is spoken here."""

    status = 505
    title = Text(
        "Тек HTTP/1.1 қабылданады.",
        "Принимается только HTTP/1.1.",
        "Only HTTP/1.1 is spoken here.",
    )


class UnknownMethod(Malformed):
    """The method is not one that any address answers to."""

    status = 405
    title = Text(
        "Мұндай әдіс жоқ.",
        "Такого метода нет.",
        "There is no such method.",
    )


class AddressTooLong(Malformed):
    """The address is longer than 8 KiB."""

    status = 414
    title = Text(
        "Мекенжай тым ұзын (8 КиБ-тан артық).",
        "Адрес слишком длинный (больше 8 КиБ).",
        "The address is too long (more than 8 KiB).",
    )


class HeadersTooLarge(Malformed):
    """The headers are longer than 16 KiB or more than 64."""

    status = 431
    title = Text(
        "Тақырыптар тым көп.",
        "Заголовков слишком много.",
        "There are too many headers.",
    )


class ForeignHost(Malformed):
    """The request is meant for another host."""

    status = 421
    title = Text(
        "Бұл сұрау басқа хостқа арналған.",
        "Этот запрос предназначен другому хосту.",
        "This request is meant for another host.",
    )


class UnknownExpectation(Malformed):
    """Only `Expect: 100-continue` can be met."""

    status = 417
    title = Text(
        "Expect тақырыбындағы талап белгісіз.",
        "Неизвестное требование в заголовке Expect.",
        "The Expect header asks for something unknown.",
    )


class TooSlow(Malformed):
    """The request did not arrive within its time."""

    status = 408
    title = Text(
        "Сұрау тым баяу келді.",
        "Запрос поступал слишком медленно.",
        "The request arrived too slowly.",
    )


class TooManyConnections(Unavailable):
    """There are as many connections as we can serve."""

    retry_after_seconds = 2
    title = Text(
        "Қосылым тым көп. Сәл кейінірек қайталаңыз.",
        "Слишком много соединений. Повторите чуть позже.",
        "There are too many connections. Please try again shortly.",
    )


class TooManyRequests(Malformed):
    """The caller has used up this minute's requests."""

    status = 429
    title = Text(
        "Минутына рұқсат етілген сұраулар саны бітті.",
        "Исчерпано число запросов в минуту.",
        "This minute's requests are used up.",
    )
    detail = Text(
        "Минутына {limit} сұрау рұқсат етіледі. {seconds} секундтан кейін қайталаңыз.",
        "Разрешено {limit} запросов в минуту. Повторите через {seconds} с.",
        "{limit} requests a minute are allowed. Please try again in {seconds} s.",
    )

    def __init__(self, *, limit: int, seconds: int) -> None:
        super().__init__(limit=limit, seconds=seconds)
        self.retry_after_seconds = seconds


class BearerTokenNeeded(Unauthenticated):
    """A caller is known by `Authorization: Bearer …` alone, never by an address or a password."""

    title = Text(
        "Кіру белгісі Authorization: Bearer тақырыбында берілуі керек.",
        "Токен входа передаётся только в заголовке Authorization: Bearer.",
        "The access token belongs in the header Authorization: Bearer.",
    )


class OriginNotAllowed(Forbidden):
    """A page of this origin may not call us from a browser."""

    title = Text(
        "Бұл сайттан шақыруға рұқсат жоқ.",
        "Обращаться с этого сайта нельзя.",
        "Calls from this site are not allowed.",
    )


class ServiceUnreachable(Unavailable):
    """The service behind this address does not answer, or answers nonsense."""

    status = 502
    title = Text(
        "Қызмет қазір жауап бермейді. Сәл кейінірек қайталаңыз.",
        "Служба сейчас не отвечает. Повторите чуть позже.",
        "The service does not answer at the moment. Please try again shortly.",
    )


class ServiceTooSlow(Unavailable):
    """The service behind this address did not answer in time."""

    status = 504
    title = Text(
        "Қызмет уақытында жауап бермеді. Сәл кейінірек қайталаңыз.",
        "Служба не ответила вовремя. Повторите чуть позже.",
        "The service did not answer in time. Please try again shortly.",
    )


class ServiceResting(Unavailable):
    """The service has just failed too often, or has all the work it can take."""

    retry_after_seconds = 5
    title = Text(
        "Қызмет шамадан тыс жүктелген. Бірнеше секундтан кейін қайталаңыз.",
        "Служба перегружена. Повторите через несколько секунд.",
        "The service is overloaded. Please try again in a few seconds.",
    )


class DocumentsDisagree(Unavailable):
    """The services' descriptions cannot be joined into one."""

    title = Text(
        "Қызметтердің сипаттамаларын біріктіру мүмкін болмады.",
        "Не удалось объединить описания служб.",
        "The descriptions of the services could not be joined.",
    )
