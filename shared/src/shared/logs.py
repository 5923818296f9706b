"""Logs as JSON lines on standard output: facts with fields, no personal data."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""W3C trace id of the request or event that is being worked on (32 hexadecimal digits)."""

logger = logging.getLogger("ortaq")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace_id.get():
            line["trace_id"] = trace_id.get()
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_logs(level: str = "INFO") -> None:
    """Send this process's logs to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("aiokafka", "asyncio", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
