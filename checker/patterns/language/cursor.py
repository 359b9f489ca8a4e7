"""A cursor over a pattern text: where we are, what is here, and errors that say so."""

from __future__ import annotations

from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.tree import Position

BLANKS = " \t\r\n"
SMART_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
SMART_SINGLE = "\u2018\u2019\u201a\u201b\u2032\u0060"
END = "the end of the pattern"


class Cursor:
    """Reads a text from left to right. Every method leaves ``index`` behind what it has read."""

    def __init__(self, text: str, index: int = 0) -> None:
        self.text = text
        self.index = index

    def skip_blanks(self) -> None:
        """Move to the next character that is not a blank."""
        while self.index < len(self.text) and self.text[self.index] in BLANKS:
            self.index += 1

    def peek(self, length: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.index : self.index + length]

    def take(self, literal: str) -> bool:
        """Read ``literal`` if it is next."""
        if self.text.startswith(literal, self.index):
            self.index += len(literal)
            return True
        return False

    def take_while(self, allowed: str) -> str:
        """Read characters that are ASCII letters or digits or in ``allowed``."""
        start = self.index
        while self.index < len(self.text) and is_word(self.text[self.index], allowed):
            self.index += 1
        return self.text[start : self.index]

    def word_here(self) -> str:
        """The bare word at the cursor, without reading it."""
        start = self.index
        word = self.take_while("_")
        self.index = start
        return word

    def position(self, index: int | None = None) -> Position:
        """Line, column and offset of ``index``, or of the cursor."""
        offset = self.index if index is None else index
        line_start = self.text.rfind("\n", 0, offset) + 1
        return Position(self.text.count("\n", 0, offset) + 1, offset - line_start + 1, offset)

    def found(self, index: int | None = None) -> str:
        """What stands at ``index`` or at the cursor, for a message."""
        offset = self.index if index is None else index
        if offset >= len(self.text):
            return END
        start = end = offset
        while end < len(self.text) and is_word(self.text[end], "_") and end - start < 40:
            end += 1
        shown = self.text[start : max(end, start + 1)]
        return f"'{shown}'" if shown.isprintable() and shown != "'" else ascii(shown)

    def error(
        self, expected: str, *, hint: str = "", at: int | None = None, found: str | None = None
    ) -> PatternSyntaxError:
        """The error that something else is expected here."""
        if not hint:
            hint = _hint_for(self.text, self.index if at is None else at)
        return PatternSyntaxError(self.position(at), found=found or self.found(at), expected=expected, hint=hint)


def is_word(char: str, also: str = "") -> bool:
    """Whether ``char`` is an ASCII letter or digit, or in ``also``."""
    return (char.isascii() and char.isalnum()) or char in also


def _hint_for(text: str, index: int) -> str:
    char = text[index : index + 1]
    if char and char in SMART_DOUBLE:
        return f'{char} is a typographic quotation mark; write the straight double quotation mark " instead'
    if char == "'" or (char and char in SMART_SINGLE):
        return 'text is quoted with double quotation marks, as in "Root"'
    if text.startswith('\\"', index):
        return 'the backslash before " was meant for a shell or JSON file and reached the pattern; remove it'
    if char and not char.isascii() and char.isspace():
        return "this is a non-breaking or other special blank; write an ordinary one"
    return ""
