"""The root of every error a person may see: a stable code, a sentence and a hint, in two languages."""

import errno
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bocau.base.words import N_, Phrase, say


class BocauError(Exception):
    """Subclasses are named ``<What><Wrong>Error`` and give three texts; fields fill the ``{names}`` in them.

    ``code`` is stable and is what programs match on. ``sentence`` says what happened and what was or was not
    lost. ``hint`` says what to do. ``questions``: what only a person can decide, as JSON, each with ``question`` and
    ``answers``, which have an ``option`` that a command takes; at a terminal they are asked.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    hint: ClassVar[str] = ""
    questions: Sequence[Mapping[str, Any]] = ()

    def __init__(self, **fields: object) -> None:
        super().__init__(self.sentence, fields)
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        return say(self.sentence, **self.fields)

    def advice(self) -> str:
        """The hint in the current language; empty when there is none."""
        return say(self.hint, **self.fields) if self.hint else ""


def kept(error: BocauError) -> dict[str, Any]:
    """An error to be stored as JSON and told later, in the language of whoever looks then; see ``retold``."""
    return {
        "code": error.code,
        "sentence": error.sentence,
        "fields": {name: _stored(value) for name, value in error.fields.items()},
    }


def retold(stored: Mapping[str, Any]) -> str:
    """The sentence of an error that was stored, in the current language."""
    return say(stored["sentence"], **{name: _unstored(value) for name, value in stored["fields"].items()})


SYSTEM = {
    errno.ENOENT: N_("there is no such file or folder"),
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("permission denied"),
    errno.EEXIST: N_("it already exists"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("a part of its path is not a folder"),
    errno.EROFS: N_("the disk is read-only"),
    errno.ENOSPC: N_("the disk is full"),
}


def reason_of(error: OSError) -> Phrase | str:
    """What the operating system says, in the reader's language where it is something that happens to people."""
    known = SYSTEM.get(error.errno or 0)
    return Phrase(known) if known else error.strerror or str(error)


def _stored(value: object) -> object:
    if isinstance(value, Phrase | BocauError):
        text = value.text if isinstance(value, Phrase) else value.sentence
        return {"text": text, "fields": {name: _stored(one) for name, one in value.fields.items()}}
    return str(value)


def _unstored(value: Any) -> object:
    if isinstance(value, dict):
        return Phrase(value["text"], **{name: _unstored(one) for name, one in value["fields"].items()})
    return value


def _again(kind: type[BocauError], arguments: tuple[object, ...]) -> BocauError:
    """The same error in another process; what its kind asks for is in the fields already."""
    return kind.__new__(kind, *arguments)
