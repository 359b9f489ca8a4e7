"""Hides what must not be printed inside values that may be: passwords and tokens in URLs and connection strings."""

from __future__ import annotations

import re

MASK = "***"

_SECRET_NAME = re.compile(r"(?:pass(?:word|wd|phrase)|secret|token|credential|api[_-]?key)", re.IGNORECASE)
_SECRET_PAIR = re.compile(
    r"(?P<key>\b\w*(?:password|passwd|passphrase|secret|token|api_?key|access_?key|sig(?:nature)?)\w*\s*=\s*)"
    r"(?P<value>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;]+)",
    re.IGNORECASE,
)
_URL = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_LONG_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")
_URL_INSIDE = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>,;)\]}]+", re.IGNORECASE)
_QUERY_VALUE = re.compile(r"=[^&]*")
_SHOWN_PATHS = ("postgres", "postgresql", "file", "sqlite")

_ADDRESS = re.compile(r"(?P<first>[\w.+-])[\w.+-]{0,63}@(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_PHONE = re.compile(r"(?<![\w+-])\+\d{7,15}\b")
_KEY_ID = re.compile(r"\b(?:ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{12,}\b")
_NAMED_SECRET = re.compile(
    r"(?P<key>\b[\w-]*(?:password|passwd|passphrase|secret(?!smanager)|token|api[_-]?key|access[_-]?key|credential|signature)[\w-]*"
    r"[\"']?\s*[:=]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,\"']{6,})",
    re.IGNORECASE,
)
# A base64 text with capitals, small letters and digits. Names are shorter, or have dashes, dots and underscores.
_TOKEN = re.compile(
    r"(?<![\w+/=])(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)(?:[A-Za-z0-9+=]{40,}|[A-Za-z0-9+/=]{80,})(?![\w+/])"
)


def mask_secrets(value: str, *, name: str = "") -> str:
    """``value`` with every password and token replaced by ``***``; ``name`` is the setting's name.

    In a URL the password goes; for schemes that are not a database or the web (``slack://token@...``) all but
    the scheme, because every notifier hides its token elsewhere; in a web address long path segments (web hooks)
    and the values of secret-looking parameters. In ``key=value`` strings the values of secret keys.
    """
    if _SECRET_NAME.search(name):
        return MASK
    url = _URL.match(value)
    if url is None:
        return _SECRET_PAIR.sub(lambda pair: pair["key"] + MASK, value)
    scheme = url["scheme"].lower()
    if scheme not in (*_SHOWN_PATHS, "http", "https"):
        return f"{url['scheme']}://{MASK}"
    return _mask_url(url["scheme"], url["rest"], shown=scheme in _SHOWN_PATHS)


def mask_text(text: str) -> str:
    """A sentence of somebody else (an error of AWS, which repeats endpoints) without the tokens in it.

    Every URL inside is masked as ``mask_secrets`` does, and loses the values of its query too; so do ``key=value``
    pairs with a secret-looking key.
    """
    masked = _URL_INSIDE.sub(lambda found: mask_url(found[0]), text)
    return _SECRET_PAIR.sub(lambda pair: pair["key"] + MASK, masked)


def mask_url(url: str) -> str:
    """A URL as ``mask_secrets`` masks it, and without any value of its query."""
    place, mark, query = mask_secrets(url).partition("?")
    return place + mark + _QUERY_VALUE.sub(f"={MASK}", query)


def _mask_url(scheme: str, rest: str, *, shown: bool) -> str:
    """A database or web address. People forget to encode passwords, so all up to the last ``@`` is taken for one."""
    user, at, address = rest.rpartition("@")
    if at:
        name, colon, _ = user.partition(":")
        user = f"{name}:{MASK}" if colon else (name if shown else MASK)
    place, mark, query = address.partition("?")
    if not shown:
        host, slash, path = place.partition("/")
        place = host + slash + _LONG_TOKEN.sub(MASK, path)
    query = _SECRET_PAIR.sub(lambda pair: pair["key"] + MASK, query)
    return f"{scheme}://{user}{at}{place}{mark}{query}"


def mask_answer(text: str) -> str:
    """What AWS says, which may repeat the request: as ``mask_text``, and without named secrets, key ids, session
    tokens, e-mail addresses and phone numbers (``s***@example.com``).

    Key ids by prefix: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    text = _NAMED_SECRET.sub(lambda pair: pair["key"] + MASK, mask_text(text))
    text = _ADDRESS.sub(lambda address: f"{address['first']}{MASK}@{address['host']}", text)
    text = _PHONE.sub(lambda number: f"{number[0][:3]}{MASK}", text)
    return _TOKEN.sub(MASK, _KEY_ID.sub(MASK, text))
