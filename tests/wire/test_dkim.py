"""DKIM signatures, checked by two other implementations: dkimpy, and Mail::DKIM (Perl) where it is installed."""

import base64
import shutil
import subprocess
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire import calendar, letter, mime
from bocau.wire.dkim import DkimKeyWrongError, Identity, load_key, relax

RSA_KEY = rsa.generate_private_key(65537, 2048)
EDWARDS_KEY = ed25519.Ed25519PrivateKey.generate()
PERL = Path(__file__).parent / "verify_dkim.pl"


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())


def record(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """The DNS record of a key."""
    if isinstance(key, rsa.RSAPrivateKey):
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        raw = key.public_key().public_bytes(serialization.Encoding.DER, kind)
        return "v=DKIM1; k=rsa; p=" + base64.b64encode(raw).decode()
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "v=DKIM1; k=ed25519; p=" + base64.b64encode(raw).decode()


def signed(
    pieces: list[str],
    statics: dict[str, str] | None = None,
    *,
    key: bytes = pem(RSA_KEY),
    files: tuple[bytes, ...] = (),
    subject: bytes = b"Subject: Hello  there\r\n",
) -> bytes:
    texts = [letter.Text("plain", mime.coder(statics or {}))]
    fixed = letter.Fixed(b"From: Clinic <hen@clinic.test>\r\n", b"List-Id: <a.clinic.test>\r\nMIME-Version: 1.0\r\n")
    skeleton = letter.Skeleton(fixed, texts, seed=b"s", identity=Identity("clinic.test", "s1", key))
    own = {
        "to": b"To: =?utf-8?B?TMOq?=\r\n <le@mail.test>\r\n",
        "subject": subject,
        "message-id": b"Message-ID: <1@x>\r\n",
    }
    return skeleton.fill(own, [pieces], files, 1_700_000_000)


def verifies(raw: bytes, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = RSA_KEY) -> bool:
    """What dkimpy says."""
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: record(key).encode()))


def test_dkimpy_accepts_a_letter() -> None:
    assert verifies(signed(["Xin chào"]))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_dkimpy_accepts_any_body(text: str) -> None:
    assert verifies(signed([text, "\u4e00" + text], {"\u4e00": "  indented\n\n\n   static\t text \n\n" * 3}))


def test_dkimpy_accepts_letters_with_attachments() -> None:
    assert verifies(signed(["a"], files=(mime.attachment_part("a  b.pdf", "application/pdf", b"\0" * 900),)))


def test_dkimpy_accepts_letters_that_show_a_picture() -> None:
    texts = [letter.Text(subtype, mime.coder({"\u4e00": "two  blanks\n\n"})) for subtype in ("plain", "html")]
    picture = mime.attachment_part("a  b.png", "image/png", b"\0" * 900, "a@x.test")
    fixed = letter.Fixed(b"From: Clinic <hen@clinic.test>\r\n", b"MIME-Version: 1.0\r\n")
    identity = Identity("clinic.test", "s1", pem(RSA_KEY))
    skeleton = letter.Skeleton(fixed, texts, inline=(picture,), seed=b"s", identity=identity)
    own = {"to": b"To: le@mail.test\r\n", "message-id": b"Message-ID: <1@x>\r\n"}
    assert verifies(skeleton.fill(own, [["", "\u4e00a"], ["", "\u4e00b"]], (), 1_700_000_000))
    assert verifies(skeleton.fill(own, [["a"], ["b"]], (picture,), 1_700_000_000))
    invitation = calendar.Calendar("REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").alternative()
    assert verifies(skeleton.fill(own, [["a"], ["b"]], (picture,), 1_700_000_000, calendar=invitation))


def test_mail_dkim_accepts_letters(tmp_path: Path) -> None:
    perl = shutil.which("perl")
    if not perl or subprocess.run([perl, "-MMail::DKIM::Verifier", "-e", "1"], capture_output=True).returncode:
        pytest.skip("Mail::DKIM is not installed (apt install libmail-dkim-perl)")
    files = (mime.attachment_part("phiếu.pdf", "application/pdf", b"\0" * 900),)
    letters = [signed(["a"]), signed(["Xin  chào\n\n"], files=files), signed(["\t x \n" * 40], {"\u4e00": " y " * 40})]
    for i, raw in enumerate(letters):
        path = tmp_path / f"{i}.eml"
        path.write_bytes(raw)
        told = subprocess.run([perl, PERL, record(RSA_KEY), path], capture_output=True, text=True)
        assert told.stdout == "pass", told.stdout + told.stderr
        path.write_bytes(raw.replace(b"there", b"hello"))
        told = subprocess.run([perl, PERL, record(RSA_KEY), path], capture_output=True, text=True)
        assert told.stdout.startswith("fail")


def test_ed25519_is_accepted() -> None:
    raw = signed(["Xin chào"], key=pem(EDWARDS_KEY))
    assert b"a=ed25519-sha256" in raw
    assert verifies(raw, EDWARDS_KEY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello  there", b"Hello thera"),
        (b"From: Clinic", b"From: Clinic2"),
        (b"Message-ID: <1@x>", b"Message-ID: <2@x>"),
        (b"MIME-Version: 1.0", b"MIME-Version: 1.1"),
        (b"List-Id: <a.", b"List-Id: <b."),
        (b"Xin", b"Xjn"),
        (b"From: Clinic", b"From: Evil <e@x.test>\r\nFrom: Clinic"),
        (b"MIME-Version", b"Subject: again\r\nMIME-Version"),
        (b"MIME-Version", b"Reply-To: e@x.test\r\nMIME-Version"),
        (b"MIME-Version", b"List-Unsubscribe: <https://x>\r\nMIME-Version"),
        (b"MIME-Version", b"Cc: e@x.test\r\nMIME-Version"),
    ],
)
def test_what_is_changed_or_added_breaks_the_signature(old: bytes, new: bytes) -> None:
    raw = signed(["Xin chao"])
    assert old in raw
    assert not verifies(raw.replace(old, new))


def test_what_relaxed_forgives_is_forgiven() -> None:
    raw = signed(["Xin  chao"])
    assert verifies(raw.replace(b"Subject: Hello  there", b"SUBJECT:   Hello\r\n\tthere"))


def test_the_body_length_is_never_limited_and_the_time_is_the_letters() -> None:
    field = signed(["a"]).partition(b"\r\nFrom:")[0].replace(b"\r\n", b"")
    assert b"l=" not in field.partition(b"bh=")[0]
    assert b"t=1700000000;" in field
    assert b"c=relaxed/relaxed;" in field


def test_equal_letters_have_equal_signatures() -> None:
    assert signed(["a"]) == signed(["a"])


def test_signature_lines_are_short() -> None:
    field = signed(["a"]).partition(b"\r\nFrom:")[0]
    assert max(map(len, field.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("key", [b"", b"nonsense", pem(rsa.generate_private_key(65537, 1024))[:200]])
def test_a_key_that_cannot_sign_is_told(key: bytes) -> None:
    with pytest.raises(DkimKeyWrongError, match=r"clinic\.test"):
        signed(["a"], key=key)


def test_a_key_is_loaded_once() -> None:
    key = pem(RSA_KEY)
    assert load_key(key) is load_key(bytes(key))


def test_the_identity_never_shows_its_key() -> None:
    assert "PRIVATE" not in repr(Identity("clinic.test", "s1", pem(RSA_KEY)))


def test_a_folded_field_is_relaxed() -> None:
    assert relax(b"SubJect :  a \r\n\t b  \r\n") == b"subject:a b\r\n"
