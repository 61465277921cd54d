"""The header fields of a submission's letters: what its stream demands and its options ask for."""

import re
from functools import lru_cache
from typing import Any

from bocau import content
from bocau.base.words import N_, Phrase
from bocau.ledger.options import OWN, Options, OptionWrongError
from bocau.wire import address, headers
from bocau.wire.letter import Fixed

LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+\Z")
FEEDBACK = re.compile(r"[\w.@-]*(?::[\w.@-]*){2}\Z", re.ASCII)
URL = re.compile(r"https://[!-;=?-~]+\Z")
BASE = re.compile(r"(?:https://|http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/]|\Z))[A-Za-z0-9.:/_~\[\]-]+\Z")
"""Where our public pages are: clear text only to this machine itself."""


class Headings:
    """What all letters of a submission share in their headers. Raises OptionWrongError, HeaderWrongError.

    ``fixed`` are the field lines, ``unsubscribe`` the template of List-Unsubscribe's address (None without one),
    ``own`` the site whose unsubscribe page is used instead (empty without one), ``envelope_sender`` From's address,
    ``smtputf8`` whether that address needs it.
    """

    def __init__(self, version: content.Version, from_header: str, stream: str, options: Options) -> None:
        author = address.parse_mailbox(from_header)
        self.domain = author.address.rpartition("@")[2]
        self.envelope_sender, self.smtputf8 = author.address.encode(), not author.address.isascii()
        self.message_id_domain = wire_domain(options.message_id_domain or self.domain)
        self.own = site(options) if options.unsubscribe == OWN else ""
        self.unsubscribe, self.mailto = unsubscribe(options)
        before = headers.mailbox("From", author.name, author.address)
        after = [*self._stream(version, stream, options), *custom(options), b"MIME-Version: 1.0\r\n"]
        if options.reply_to:
            reply_to = address.parse_mailbox(options.reply_to)
            after.insert(0, headers.mailbox("Reply-To", reply_to.name, reply_to.address))
            self.smtputf8 = self.smtputf8 or not reply_to.address.isascii()
        self.fixed = Fixed(before, b"".join(after))

    def _stream(self, version: content.Version, stream: str, options: Options) -> list[bytes]:
        """RFC 3834 5 and Microsoft's own for what a machine sends to one person; RFC 2919, RFC 8058 for bulk."""
        if stream != "bulk":
            fields = [b"Auto-Submitted: auto-generated\r\n", b"X-Auto-Response-Suppress: OOF, AutoReply\r\n"]
            return [*fields, self._post()] if self.unsubscribe or self.own else fields
        if self.unsubscribe is None and not self.own:
            raise OptionWrongError(option="unsubscribe_url", problem=Phrase(N_("bulk mail needs one")))
        feedback = options.feedback_id or f"{version.digest[:12]}:{self.domain}:{stream}"
        if not FEEDBACK.match(feedback):
            raise OptionWrongError(option="feedback_id", problem=Phrase(N_("it is not of the form a:b:c")))
        return [
            self._post(),
            list_id(options.list_id or f"{stream}.{self.domain}"),
            headers.unstructured("Feedback-ID", f"{feedback}:bocau"),
            b"Precedence: bulk\r\n",
        ]

    def _post(self) -> bytes:
        return b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

    def unsubscribe_field(self, data: dict[str, Any], token: str) -> bytes:
        """List-Unsubscribe for one recipient (RFC 2369, RFC 8058). Raises OptionWrongError, RenderError."""
        assert self.unsubscribe is not None
        link = self.unsubscribe.text({"token": token, **data})
        if not URL.match(link) or len(link) > 900:
            raise OptionWrongError(option="unsubscribe_url", problem=Phrase(N_("it is not an https address")))
        return self._listed(link)

    def own_field(self, word: str) -> bytes:
        """List-Unsubscribe that leads to our own page. ``word``: the message's."""
        return self._listed(f"{self.own}/u/{word}")

    def _listed(self, link: str) -> bytes:
        parts = [f"<{link}>".encode("ascii")]
        if self.mailto:
            parts = [parts[0] + b",", f"<mailto:{self.mailto}>".encode("ascii")]
        return headers.structured("List-Unsubscribe", parts)


def site(options: Options) -> str:
    """Where our public pages are, without a slash at its end. Raises OptionWrongError."""
    base = ((options.track and options.track.base) or "").rstrip("/")
    if not BASE.match(base) or len(base) > 200:
        raise OptionWrongError(option="track.base", problem=Phrase(N_("it is not an https address")))
    return base


def unsubscribe(options: Options) -> tuple[content.Template | None, str]:
    """The template of the unsubscribe address, and the address that takes unsubscribe mails."""
    url, mailto = options.unsubscribe_url or "", options.unsubscribe_mailto or ""
    if mailto and not (headers.ADDRESS.match(mailto) and mailto.isascii()):
        raise OptionWrongError(option="unsubscribe_mailto", problem=headers.BAD_ADDRESS)
    if not url:
        return None, mailto
    if not url.startswith("https://"):
        raise OptionWrongError(option="unsubscribe_url", problem=Phrase(N_("it is not an https address")))
    return content.address_template("unsubscribe_url", url), mailto


def custom(options: Options) -> list[bytes]:
    """The further fields asked for. Raises HeaderWrongError."""
    asked = (options.headers or {}).items()
    return [headers.unstructured(headers.check_free(name), value) for name, value in asked]


def list_id(text: str) -> bytes:
    """List-Id (RFC 2919 3) from ``Name <id.domain>`` or ``id.domain``."""
    name, bracket, rest = text.rpartition("<")
    mark = (rest.removesuffix(">") if bracket else text).strip()
    if not LIST_ID.match(mark):
        raise OptionWrongError(option="list_id", problem=Phrase(N_("it is not of the form Name <id.domain>")))
    headers.check_value("List-Id", name)
    described = headers.phrase(name.strip(), 9) + b" " if name.strip() else b""
    return b"List-Id: " + described + b"<" + mark.encode("ascii") + b">\r\n"


@lru_cache(maxsize=4096)
def wire_address(text: str) -> str:
    """An address with its domain as A-labels, the local part as it is. Raises AddressWrongError."""
    return text if text.isascii() else address.parse_mailbox(text).address


def wire_domain(text: str) -> str:
    """A domain as A-labels (RFC 5891). Raises AddressWrongError."""
    return address.check(f"a@{text}").domain
