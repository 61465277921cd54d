"""What can be wrong with a file."""

from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_


class FileMissingError(BocauError):
    """A file cannot be read; ``name`` is its name or path."""

    code: ClassVar[str] = "file-missing"
    sentence: ClassVar[str] = N_("The file {name} cannot be read. No mail was sent with it.")
    hint: ClassVar[str] = N_("Check that it exists and can be read.")


class FileTooLargeError(BocauError):
    """A file is larger than may be attached; ``size`` and ``limit`` in bytes."""

    code: ClassVar[str] = "file-too-large"
    sentence: ClassVar[str] = N_("The file {name} has {size} bytes; at most {limit} can be attached.")
    hint: ClassVar[str] = N_("Make it smaller, or send a link to it.")


class FileRefusedError(BocauError):
    """A file is of a kind that receivers refuse: a program, or an archive with one inside."""

    code: ClassVar[str] = "file-refused"
    sentence: ClassVar[str] = N_("The file {name} cannot be attached: {problem}.")
    hint: ClassVar[str] = N_("Receivers such as Gmail refuse such files, even inside archives. Send a link to it.")
