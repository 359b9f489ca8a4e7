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
    masked = _URL_INSIDE.sub(lambda found: _mask_endpoint(found[0]), text)
    return _SECRET_PAIR.sub(lambda pair: pair["key"] + MASK, masked)


def _mask_endpoint(url: str) -> str:
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
