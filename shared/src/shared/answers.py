"""What goes out: the base of every answer's body."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of every answer. Made from rows and entities; shows its own fields and no others.

    Money is `…_tiyn`, an integer. Days are `YYYY-MM-DD`, instants RFC 3339 in UTC.
    """

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class TrilingualText(Answer):
    """A name or title in Kazakh, Russian and English."""

    kk: str
    ru: str
    en: str
