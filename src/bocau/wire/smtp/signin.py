"""Ways to sign in: PLAIN (RFC 4616), LOGIN (a draft that never became more), XOAUTH2 (Google and Microsoft)."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from bocau.wire.smtp.profile import Profile

MAX_INITIAL = 500
"""Bytes of an AUTH line with its answer; a longer answer waits for 334 (RFC 4954 section 4, RFC 5321 4.5.3.1.4)."""
SUPPORTED = ("PLAIN", "LOGIN", "XOAUTH2")


@dataclass(slots=True)
class Exchange:
    """One sign-in: ``first`` gives the AUTH command, ``next`` the answer to each 334, None when none is left."""

    mechanism: str
    answers: list[bytes]
    early: bool
    _left: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def first(self) -> bytes:
        command = b"AUTH %b" % self.mechanism.encode("ascii")
        self._left = iter(self.answers)
        if self.early and len(command) + len(self.answers[0]) < MAX_INITIAL:
            command += b" " + next(self._left)
        return command + b"\r\n"

    def next(self) -> bytes | None:
        answer = next(self._left, None)
        return None if answer is None else answer + b"\r\n"


def choose(profile: Profile, offered: frozenset[str]) -> Exchange | None:
    """The exchange for this profile among the offered mechanisms; None when there is none."""
    wanted = (profile.auth.upper(),) if profile.auth else ("PLAIN", "LOGIN")
    mechanism = next((name for name in wanted if name in offered and name in SUPPORTED), None)
    if mechanism is None:
        return None
    user = profile.username.encode("utf-8")
    password = profile.password.get_secret_value().encode("utf-8")
    if mechanism == "PLAIN":
        return Exchange(mechanism, [b64encode(b"\0" + user + b"\0" + password)], early=True)
    if mechanism == "LOGIN":
        return Exchange(mechanism, [b64encode(user), b64encode(password)], early=False)
    # A refused token is explained in a 334, which wants an empty line before the 535.
    token = b"user=%b\x01auth=Bearer %b\x01\x01" % (user, password)
    return Exchange(mechanism, [b64encode(token), b""], early=True)
