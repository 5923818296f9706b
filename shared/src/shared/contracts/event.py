"""What every event is: a fact about one subject, told once, readable for ever."""

from typing import ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

PREFIX: Final = "kz.ortaq"


class Event(BaseModel):
    """A fact that other services and regions may hear. Contracts only ever grow.

    Readers ignore fields they do not know, so that an older reader understands a newer event.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    """`kz.ortaq.<service>.<fact>.v<major>`; past tense."""
    topic: ClassVar[str]
    """`<service>.<entity>.<kind>.v<major>`; facts of one entity share a topic, hence an order."""
    subject_field: ClassVar[str]
    """The field with the id of the thing that the fact is about: Kafka key and order."""

    @property
    def subject(self) -> str:
        """The id of the thing that the fact is about."""
        subject: UUID = getattr(self, self.subject_field)
        return str(subject)

    @classmethod
    def source(cls) -> str:
        """The CloudEvents source: `/registry`, `/budget` or `/participation`."""
        return "/" + cls.type.removeprefix(PREFIX + ".").split(".", 1)[0]
