"""Pages for people: the documentation and the problems, as plain HTML without scripts."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Document = Mapping[str, Any]

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2a33;background:#fff}h1,h2,h3{line-height:1.2}code,pre{font:14px/1.4 monospace}"
    "pre{background:#f3f6f8;padding:.7rem;overflow:auto;white-space:pre-wrap}"
    "section{border-top:1px solid #d5dde2;margin-top:1.2rem}a{color:#00647d}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.15rem .8rem .15rem 0;"
    "vertical-align:top}.method{display:inline-block;min-width:4rem;font-weight:700}"
)
STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
)


def documentation_page(document: Document) -> str:
    """Return the joined description as a page: every operation by subject, then every schema."""
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    parts = [f"<h2 id='{escape(tag)}'>{escape(tag)}</h2>{''.join(by_tag[tag])}" for tag in by_tag]
    contents = " · ".join(f"<a href='#{escape(tag)}'>{escape(tag)}</a>" for tag in by_tag)
    schemas = "".join(
        f"<section id='{escape(name)}'><h3>{escape(name)}</h3>{_schema_table(schema)}</section>"
        for name, schema in document["components"]["schemas"].items()
    )
    info = document["info"]
    body = (
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])}</p>"
        "<p><a href='/v1/openapi.json'>openapi.json</a> · <a href='/problems'>problems</a></p>"
        f"<p>{contents}</p>{''.join(parts)}<h2 id='schemas'>schemas</h2>{schemas}"
    )
    return _page("Ortaq API", body)


def problem_page(slug: str, problem: Document) -> str:
    """Return the page that a problem's `type` leads to, in three languages."""
    parts = [
        f"<section lang='{code}'><h2>{name}</h2><p><strong>{escape(problem['title'][code])}"
        f"</strong></p>{_detail(problem, code)}</section>"
        for code, name in LANGUAGES.items()
    ]
    heading = f"<h1><code>{escape(slug)}</code> · {int(problem['status'])}</h1>"
    return _page(problem["title"]["kk"], heading + "".join(parts))


def problem_list(problems: Document) -> str:
    """Return the page that lists every problem with its status and its title in Kazakh."""
    rows = "".join(
        f"<tr><td>{int(problem['status'])}</td><td><a href='/problems/{escape(slug)}'>"
        f"{escape(slug)}</a></td><td>{escape(problem['title']['kk'])}</td></tr>"
        for slug, problem in sorted(problems.items())
    )
    return _page("Problems", f"<h1>Problems</h1><table>{rows}</table>")


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='kk'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _detail(problem: Document, code: str) -> str:
    detail = problem.get("detail", {}).get(code, "")
    return f"<p>{escape(detail)}</p>" if detail and detail != problem["title"][code] else ""


def _operation(method: str, path: str, operation: Document) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{_type(one.get('schema', {}))}</td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    )
    bodies = "".join(f"<p>Body: {one}</p>" for one in _contents(operation.get("requestBody", {})))
    answers = "".join(
        f"<p>{escape(status)}: {escape(answer.get('description', ''))} "
        f"{' '.join(_contents(answer))}</p>"
        for status, answer in operation.get("responses", {}).items()
    )
    action = operation.get("x-ortaq-action")
    right = f"<p>Action: <code>{escape(action)}</code></p>" if action else ""
    return (
        f"<section><h3><span class='method'>{escape(method.upper())}</span> "
        f"<code>{escape(path)}</code></h3><p>{escape(operation.get('summary', ''))}</p>"
        f"<p>{escape(operation.get('description', ''))}</p>{right}"
        f"<table>{rows}</table>{bodies}{answers}</section>"
    )


def _contents(part: Document) -> Iterator[str]:
    for content in part.get("content", {}).values():
        if content.get("schema"):
            yield _type(content["schema"])


def _schema_table(schema: Document) -> str:
    needed = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_type(field)}</td>"
        f"<td>{'' if name in needed else 'optional'}</td>"
        f"<td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<p>{escape(schema.get('description', ''))}</p><table>{rows}</table>" + (
        "" if rows else f"<p>{_type(schema)}</p>"
    )


def _type(schema: Document) -> str:
    """Return a schema in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " | ".join(_type(one) for one in schema[choice])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    form = schema.get("format") or schema.get("pattern")
    return escape(f"{schema.get('type', 'any')}{f' ({form})' if form else ''}")
