"""What must be said beside a number: a sentence that knows its kind, so that nothing is decided by its words."""

from __future__ import annotations

from collections.abc import Iterable


class Note(str):
    """A sentence beside a number, with its kind.

    It is a text in every way, so that it prints and joins like one; whatever has to decide something looks at `kind`.

    Parameters
    ----------
    kind : str
        A word or two for the program: ``conflict``, ``allocation``, ``rounding``, ...
    text : str
        The sentence for the reader.

    Attributes
    ----------
    kind : str
        As given.

    Examples
    --------
    >>> note = Note("allocation", "not randomised: the trial says so")
    >>> note.kind, str(note.of("Smith 2001"))
    ('allocation', 'Smith 2001: not randomised: the trial says so')
    """

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, kind: str, text: str) -> Note:
        """Make the text, and keep the kind beside it."""
        note = super().__new__(cls, text)
        object.__setattr__(note, "kind", kind)
        return note

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a note does not change."""
        raise AttributeError(f"a Note does not change; {name} cannot be set")

    def __reduce__(self) -> tuple[type[Note], tuple[str, str]]:
        """Return what a copy is made of."""
        return Note, (self.kind, self.text)

    @property
    def text(self) -> str:
        """The sentence as a plain text."""
        return str(self)

    def of(self, who: str) -> Note:
        """Return the same kind of note, said of someone.

        Parameters
        ----------
        who : str
            A trial, an arm.

        Returns
        -------
        Note
            With the name before the sentence.
        """
        return Note(self.kind, f"{who}: {self.text}")


def has_kind(notes: Iterable[str], kind: str) -> bool:
    """Tell whether a note of this kind is there.

    Parameters
    ----------
    notes : iterable of Note
        The notes; a plain text is of no kind.
    kind : str
        The kind looked for.

    Returns
    -------
    bool
        Whether there is one.

    Examples
    --------
    >>> has_kind([Note("rounding", "the rounding decides")], "rounding"), has_kind(["rounding"], "rounding")
    (True, False)
    """
    return any(kind_of(note) == kind for note in notes)


def kind_of(note: str) -> str:
    """Return the kind of a note; empty for a plain text."""
    return note.kind if isinstance(note, Note) else ""
