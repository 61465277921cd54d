"""What can be wrong with content."""

from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_


class VersionMissingError(BocauError):
    """No content version has this id."""

    code: ClassVar[str] = "content-version-missing"
    sentence: ClassVar[str] = N_("There is no content version {version}.")
    hint: ClassVar[str] = N_("Send the mail again, so that its content is stored again.")


class SourceWrongError(BocauError):
    """The parts of a source do not fit together: no body, or two of them."""

    code: ClassVar[str] = "content-source-wrong"
    sentence: ClassVar[str] = N_("The mail cannot be made: {problem}.")
    hint: ClassVar[str] = N_("Give a subject and one of HTML, Markdown, MJML or text.")


class TemplateWrongError(BocauError):
    """A template cannot be compiled, or uses what is not allowed where it stands.

    ``part`` (subject, html, …), ``line`` and ``column`` from 1 in the author's source; ``excerpt`` is that line with a
    caret below it.
    """

    code: ClassVar[str] = "template-wrong"
    sentence: ClassVar[str] = N_("{part}, line {line}, column {column}: {problem}\n{excerpt}")
    hint: ClassVar[str] = N_("Correct the template. Nothing was sent.")


class RenderError(BocauError):
    """One person's data does not fit the template; only this message fails. Fields as TemplateWrongError."""

    code: ClassVar[str] = "render-failed"
    sentence: ClassVar[str] = N_("{part}, line {line}: {problem} in {tag}. This mail was not sent.")
    hint: ClassVar[str] = N_("Correct this person's data, or give the field a default: {example}.")

    def __init__(self, **fields: object) -> None:
        super().__init__(**{"example": '{{ name | default("…") }}', **fields})
