"""From a ledger row to the bytes of its letter. The same row gives the same bytes, always and in any process.

``options`` are the submission's; each may be absent. Of its ``columns``, intake stores each cell once, and ``row`` for
``row['Họ tên']`` is made from it here, when the template uses it and ``data`` has no ``row`` of its own.

Templates see the row's ``data``, and the row's ``email`` and (unless empty) ``name`` when data has none of its own.
"""

import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, NamedTuple, Protocol

from bocau import attachments, content
from bocau.base.errors import BocauError
from bocau.base.seals import Seal, number_payload
from bocau.base.words import N_, Phrase
from bocau.content.links import TOKEN, Track
from bocau.delivery.headings import Headings, site, wire_address
from bocau.ledger import options as given
from bocau.ledger.options import Options, OptionWrongError
from bocau.wire import calendar, headers, letter, mime
from bocau.wire.dkim import Identity
from bocau.wire.smtp import Mail

UTM = re.compile(r"[a-z0-9_]{1,40}\Z")


class Advice:
    """An error's hint, turned when it is shown."""

    def __init__(self, error: BocauError) -> None:
        self.error = error

    def __str__(self) -> str:
        return self.error.advice()


class ComposeError(BocauError):
    """One letter cannot be made; ``reason`` is the error that says why. Only this message fails."""

    code: ClassVar[str] = "compose-failed"
    sentence: ClassVar[str] = N_("{reason}")
    hint: ClassVar[str] = N_("{advice}")

    def __init__(self, reason: BocauError) -> None:
        super().__init__(reason=reason, advice=Advice(reason))
        self.reason = reason


class Row(NamedTuple):
    """What one letter is made from: the ledger's row, with ``data`` and ``files`` parsed from JSON."""

    id: int
    address: str
    name: str
    data: dict[str, Any]
    files: Sequence[Mapping[str, Any]] | None = None


class Sender(Protocol):
    """As whom a domain's mail goes; ``relays.SenderIdentity`` is one."""

    @property
    def domain(self) -> str: ...
    @property
    def selector(self) -> str: ...
    @property
    def private_key_pem(self) -> Any: ...
    @property
    def bounce_domain(self) -> str: ...


class Parts(NamedTuple):
    """Files as parts of a letter: listed, shown by the HTML, and the invitation among its texts."""

    files: list[bytes]
    inline: list[bytes]
    calendar: bytes


NO_PARTS = Parts([], [], b"")


class Composer:
    """Makes the letters of one submission. Making one is cheap and never fails: what is wrong with the submission
    fails its messages one by one, each with the reason.

    ``submission`` is what the links of a mail name that is tracked without its person (0: one that is not sent);
    ``secret`` keys Message-IDs and tokens; ``files`` is where attachments are read; ``max_bytes`` bounds a letter.
    """

    def __init__(
        self,
        version: content.Version,
        sender: Sender | None,
        from_header: str,
        stream: str,
        options: Options,
        *,
        submission: int,
        secret: bytes,
        files: attachments.Store | None = None,
        max_bytes: int = 10 << 20,
        fuel: int = content.FUEL,
    ) -> None:
        self.broken: BocauError | None = None
        self.files, self.max_bytes = files, max_bytes
        self.key = hashlib.blake2b(key=hashlib.sha256(b"letters:" + secret).digest(), digest_size=12)
        try:
            track = tracked(options, secret)
            self.content = content.compile(version, fuel, track)
            self.headings = headings = Headings(version, from_header, stream, options)
            self.skeleton = self._skeleton(version, sender, max_bytes)
        except BocauError as error:
            self.broken = error
            return
        self.columns = row_columns(version.source, options)
        self.words = Words(secret, track, headings.own, submission, says(version.source, "_url"))
        self.end = f"@{headings.message_id_domain}>\r\n".encode("ascii")
        self.bounce_domain = sender.bounce_domain.encode("ascii") if sender and sender.bounce_domain else b""

    def _skeleton(self, version: content.Version, sender: Sender | None, max_bytes: int) -> letter.Skeleton:
        compiled = self.content
        texts = [letter.Text("plain", mime.coder(compiled.text.statics))]
        if compiled.html is not None:
            texts.append(letter.Text("html", mime.coder(compiled.html.statics)))
        cids = compiled.page.pictures.shared
        files = version.source.attachments
        shared = self._parts(files, [cids.get(at, "") for at in range(len(files))])
        return letter.Skeleton(
            self.headings.fixed,
            texts,
            shared.files,
            inline=shared.inline,
            calendar=shared.calendar,
            seed=version.digest.encode("ascii"),
            max_bytes=max_bytes,
            identity=signing_identity(sender),
        )

    def compose(self, row: Row, date_ms: int) -> Mail:
        """The letter for ``row``, dated ``date_ms`` (ms since the epoch; frozen with the row).

        Raises ComposeError, which fails this message only.
        """
        if self.broken is not None:
            raise ComposeError(self.broken)
        try:
            return self._compose(row, date_ms // 1000)
        except BocauError as error:
            raise ComposeError(error) from error

    def _compose(self, row: Row, seconds: int) -> Mail:
        given = {"email": row.address, "name": row.name} if row.name else {"email": row.address}
        data = {**given, **row.data}
        if self.columns and "row" not in data:
            data["row"] = {heading: data.get(key, "") for heading, key in self.columns.items()}
        word = self.words.put(data, row.id) if self.words.wanted else ""
        token = self._token(b"token:%d" % row.id)
        recipient = wire_address(row.address)
        own = {
            "to": headers.mailbox("To", headers.one_line(row.name), recipient),
            "subject": headers.unstructured("Subject", headers.one_line(self.content.subject.text(data))),
            "date": letter.date_field(seconds),
            "message-id": b"Message-ID: <" + self._token(b"message-id:%d" % row.id) + self.end,
        }
        bodies = [self.content.text.pieces(data)]
        if self.content.html is not None:
            bodies.append(self.content.html.pieces(data))
        if self.headings.own:
            own["list-unsubscribe"] = self.headings.own_field(word)
        elif self.headings.unsubscribe is not None:
            own["list-unsubscribe"] = self.headings.unsubscribe_field(data, token.decode())
        mine = self._own_files(row.files) if row.files else NO_PARTS
        body = self.skeleton.fill(own, bodies, mine.files, seconds, inline=mine.inline, calendar=mine.calendar)
        smtputf8 = not recipient.isascii() or self.headings.smtputf8
        return Mail(self._return_path(row.id, token), recipient.encode(), body, row.id, smtputf8, smtputf8, True)

    def _token(self, message: bytes) -> bytes:
        """A word of 24 characters that only this installation can make from ``message``."""
        made = self.key.copy()
        made.update(message)
        return binascii.hexlify(made.digest())

    def _return_path(self, message_id: int, token: bytes) -> bytes:
        if self.bounce_domain:
            return b"b-%d-%b@%b" % (message_id, token[:12], self.bounce_domain)
        return self.headings.envelope_sender

    def _own_files(self, files: Sequence[Mapping[str, Any]]) -> "Parts":
        size = sum(int(file["size"]) for file in files) * 4 // 3
        if size > self.max_bytes:
            raise letter.LetterTooLargeError(size=size, limit=self.max_bytes)
        awaited = dict(self.content.page.pictures.awaited)
        return self._parts(files, [awaited.pop(content.picture_key(str(file["name"])), "") for file in files])

    def _parts(self, files: Sequence[Mapping[str, Any]], cids: Sequence[str]) -> "Parts":
        """``cids``: what the HTML calls each by; empty: it does not."""
        made = Parts([], [], b"")
        for file, cid in zip(files, cids, strict=True):
            name, raw = str(file["name"]), self._read(file)
            invitation = calendar.read(raw) if file["type"] == calendar.TYPE and not cid else None
            if invitation is not None:
                made.files.append(invitation.attachment(name))
                if invitation.method and not made.calendar:  # a mail invites to one thing (RFC 6047 2.1)
                    made = made._replace(calendar=invitation.alternative())
                continue
            part = mime.attachment_part(name, str(file["type"]), raw, cid)
            (made.inline if cid else made.files).append(part)
        return made

    def _read(self, file: Mapping[str, Any]) -> bytes:
        if self.files is not None:
            with suppress(attachments.FileMissingError):
                return self.files.read(str(file["digest"]))
        raise attachments.FileMissingError(name=str(file["name"]))


class Words:
    """What a mail's own links say: the words of its message and, where nobody is to be known, of its submission."""

    def __init__(self, secret: bytes, track: Track | None, own: str, submission: int, named: bool) -> None:
        self.seal, self.own, self.named = Seal(secret, "message"), own, bool(own) and named
        anonymous = track is not None and track.anonymous
        self.shared = Seal(secret, "submission").seal(number_payload(submission)) if anonymous else ""
        self.follows = track is not None
        self.wanted = self.follows or bool(own)

    def put(self, data: dict[str, Any], message: int) -> str:
        """Give a template its words; the message's own comes back, empty when nothing of this mail may name it."""
        word = self.seal.seal(number_payload(message)) if self.own or not self.shared else ""
        if self.follows:
            data[TOKEN] = self.shared or word
        if self.named:
            data["unsubscribe_url"], data["preferences_url"] = f"{self.own}/u/{word}", f"{self.own}/p/{word}"
        return word


MODES = ("off", "aggregate", "person")


def tracked(options: Options, secret: bytes) -> Track | None:
    """How the submission's mails are followed; None when they are not. Raises OptionWrongError."""
    asked = options.track or given.Track()
    mode = "off" if asked.mode is None else asked.mode
    if mode not in MODES:
        raise OptionWrongError(
            option="track.mode", problem=Phrase(N_("it is not one of {modes}"), modes=", ".join(MODES))
        )
    opens, clicks = asked.opens is not False, asked.clicks is not False
    utm = tuple((name, value) for name, value in sorted((asked.utm or {}).items()) if value)
    if mode == "off" or not (opens or clicks or utm):
        return None
    if any(not UTM.match(name) for name, _ in utm):
        raise OptionWrongError(
            option="track.utm", problem=Phrase(N_("a name has characters other than a to z, 0 to 9 and _"))
        )
    return Track(site(options), Seal(secret, "link"), opens, clicks, utm, anonymous=mode == "aggregate")


def says(source: content.Source, word: str) -> bool:
    """Whether any template of the source holds ``word``."""
    return any(word in text for text in (source.subject, source.html, source.markdown, source.mjml, source.text))


def row_columns(source: content.Source, options: Options) -> dict[str, str]:
    """Heading → key of data, when any template says ``row``; empty otherwise."""
    if not says(source, "row") and "row" not in (options.unsubscribe_url or ""):
        return {}
    return dict(options.columns or {})


def signing_identity(sender: Sender | None) -> Identity | None:
    """The identity to sign as; None when the sender has no key."""
    if sender is None or not sender.private_key_pem:
        return None
    pem = sender.private_key_pem
    if hasattr(pem, "get_secret_value"):
        pem = pem.get_secret_value()
    return Identity(sender.domain, sender.selector, pem.encode("ascii") if isinstance(pem, str) else bytes(pem))


def preview(composer: Composer, row: Row, date_ms: int) -> bytes:
    """The same bytes that would be sent, to be written as an .eml file. Raises ComposeError."""
    return composer.compose(row, date_ms).body
