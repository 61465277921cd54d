"""The root of every error a person may see: a stable code, a sentence and a hint, in two languages."""

from typing import Any, ClassVar

from bocau.base.words import say


class BocauError(Exception):
    """Subclasses are named ``<What><Wrong>Error`` and give three texts; fields fill the ``{names}`` in them.

    ``code`` is stable and is what programs match on. ``sentence`` says what happened and what was or was not
    lost. ``hint`` says what to do.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    hint: ClassVar[str] = ""

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


def _again(kind: type[BocauError], arguments: tuple[object, ...]) -> BocauError:
    """The same error in another process; what its kind asks for is in the fields already."""
    return kind.__new__(kind, *arguments)
