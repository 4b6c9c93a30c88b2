"""Characters that a reader cannot see: they hide or reorder what stands beside them, so no text here may hold one."""

from __future__ import annotations

import re

# Controls (tab and line breaks, too), what turns the direction of writing, what has no glyph, half characters, private use.
# Variation selectors stay. The two joiners stay behind a character that is not ASCII, since Persian and Indic scripts
# cannot be written without them.
_HIDDEN_RANGES = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
)
HIDDEN = re.compile(f"[{_HIDDEN_RANGES}]|(?<![^\\x00-\\x7f])[\u200c\u200d]")


def character_name(character: str) -> str:
    r"""Return a character as its number in Unicode.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    str
        ``U+`` and at least four hexadecimal digits.

    Examples
    --------
    >>> character_name("\u202e")
    'U+202E'
    """
    return f"U+{ord(character):04X}"


def printable(text: str) -> str:
    r"""Return a text in which what a reader could not see, or a terminal would obey, is named.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same, with each hidden character as its number in Unicode.

    Examples
    --------
    >>> printable("0.76\u202e (0.62\x1b[2J)")
    '0.76U+202E (0.62U+001B[2J)'
    """
    return HIDDEN.sub(lambda match: character_name(match.group()), text)
