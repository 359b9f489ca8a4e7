"""Answers of AWS with every field that is in them, those that the installed botocore does not know included.

botocore keeps of a structure only the members of its model, so that what AWS added after that model was written would
not be seen at all. Here it is kept, as it came. Whoever reads an answer field by field notices no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from botocore.parsers import PROTOCOL_PARSERS, ResponseParserFactory

_UNKNOWN_CHOICE = "SDK_UNKNOWN_MEMBER"
"""What botocore puts in the place of a choice (a tagged union) whose name it does not know."""
_TYPE = "__type"
"""Says in JSON which shape an object has; it is not part of the object."""


class WholeAnswers(ResponseParserFactory):
    """botocore's parsers, each made to keep the fields that its model lacks. A component of a botocore session."""

    def create_parser(self, protocol_name: str) -> Any:
        """The parser of a protocol (``json``, ``query``, ``smithy-rpc-v2-cbor``). Raises ``KeyError`` for others."""
        factory: Any = self  # the stubs do not show what the factory keeps
        return _keeping(protocol_name)(**factory._defaults)


@lru_cache(maxsize=16)
def _keeping(protocol: str) -> Callable[..., Any]:
    """The parser class of a protocol, with the one method replaced that makes an object of a structure."""
    base: Any = PROTOCOL_PARSERS[protocol]

    class Keeping(base):  # type: ignore[misc]  # which class it extends is known at run time only
        def _handle_structure(self, shape: Any, value: Any) -> Any:
            parsed = super()._handle_structure(shape, value)
            # Errors and documents come whole from botocore already.
            if not isinstance(parsed, dict) or shape.metadata.get("exception") or shape.is_document_type:
                return parsed
            parsed.pop(_UNKNOWN_CHOICE, None)
            is_xml = not isinstance(value, Mapping)
            raw = self._build_name_to_xml_node(value) if is_xml else value
            for name in _unknown(raw, shape, self):
                parsed.setdefault(name, _plain(raw[name]) if is_xml else raw[name])
            return parsed

    return Keeping


def _unknown(raw: Mapping[str, Any], shape: Any, parser: Any) -> list[str]:
    """The names in a structure that are no member's, neither as it is called nor as it is spelled in an answer."""
    unknown = [name for name, item in raw.items() if item is not None and name != _TYPE and name not in shape.members]
    if unknown:
        spell = getattr(parser, "_member_key_name", _spelled)
        spelled = {spell(member, name) for name, member in shape.members.items()}
        unknown = [name for name in unknown if name not in spelled]
    return unknown


def _spelled(member: Any, name: str) -> str:
    return str(member.serialization.get("name", name))


def _plain(node: Any) -> Any:
    """An element of XML as JSON would have it: text, a flag, an object, or a list of these."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if children := list(node):
        return {child.tag.rpartition("}")[2]: _plain(child) for child in children}
    text = node.text or ""
    return text != "false" and text
