"""Letters that tests put into the mailbox."""

from email.message import EmailMessage

from bocau.sandbox import Caught


def letter(
    *,
    subject: str = "Hello",
    text: str = "Good morning.",
    html: str = "",
    to: str = "lan@clinic.test",
    files: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    message = EmailMessage()
    message["From"] = "Phòng khám <hen@clinic.test>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


def caught(raw: bytes | None = None, *, at: int = 1_700_000_000_000, to: str = "lan@clinic.test") -> Caught:
    return Caught("hen@clinic.test", (to,), letter(to=to) if raw is None else raw, at)
