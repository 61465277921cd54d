"""What the words in a mail's links say. No database is needed to read them."""

from typing import NamedTuple

from bocau.base.seals import Seal, number_of
from bocau.content.links import open_link


class Copy(NamedTuple):
    """Whose copy of a mail a link stood in; ``message`` is 0 when it tells only its ``submission``, and vice versa."""

    message: int
    submission: int


class Words:
    """Opens words that were made under the root ``secret``."""

    def __init__(self, secret: bytes) -> None:
        self._message, self._submission = Seal(secret, "message"), Seal(secret, "submission")
        self._link = Seal(secret, "link")

    def message(self, word: str) -> int | None:
        """The id of the message; None when the word is not ours, or names nobody's copy."""
        return number_of(self._message.open(word))

    def copy(self, word: str) -> Copy | None:
        """The copy a link stood in; None when the word is not ours."""
        message = self.message(word)
        if message is not None:
            return Copy(message, 0)
        submission = number_of(self._submission.open(word))
        return None if submission is None else Copy(0, submission)

    def link(self, word: str) -> tuple[int, str] | None:
        """The link's number and where it leads; None when the word is not ours."""
        return open_link(self._link, word)
