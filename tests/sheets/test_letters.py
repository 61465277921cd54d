import pytest

from bocau.sheets.letters import TCVN3, VNI, Scheme, is_syllable, lost, scheme_of, share

TEXT = (
    "Trường hợp đặc biệt: Nguyễn Quốc Khánh, giảng viên; khuỷu tay, quyển, giếng, ngoằn ngoèo, thuở, Đắk Lắk, người, rượu "
    "nghiêng, xoong, Ngô Bảo Châu, Ấn Độ, Ứng Hòa, Ỷ Lan, ổi, ẩm ướt, đặng"
)
TO_TCVN3 = {letter: bytes([code]) for code, letter in TCVN3.items()}
TO_VNI = {letter: pair for pair, letter in VNI.items()}


def in_tcvn3(text: str) -> str:
    """As a program shows it that does not know the font; a toned capital is that of another font."""
    return b"".join(TO_TCVN3.get(one) or TO_TCVN3.get(one.lower()) or one.encode("latin-1") for one in text).decode(
        "latin-1"
    )


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_utf8_that_was_encoded_twice_is_read(codec: str) -> None:
    twice = "".join(
        bytes([byte]).decode(codec, "ignore") or chr(byte) if byte > 127 else chr(byte) for byte in TEXT.encode()
    )
    assert scheme_of([twice]) is Scheme.twice
    assert Scheme.twice.read(twice) == TEXT


def test_tcvn3_is_read() -> None:
    text = TEXT.replace("Ấn", "ấn").replace("Ứng", "ứng").replace("Ỷ", "ỷ")
    assert scheme_of([in_tcvn3(text)]) is Scheme.tcvn3
    assert Scheme.tcvn3.read(in_tcvn3(text)) == text
    assert Scheme.tcvn3.read(in_tcvn3("NGUYỄN THỊ")) == "NGUYỄN THỊ"


def test_vni_is_read() -> None:
    written = "".join(TO_VNI.get(one, one) for one in TEXT)
    assert scheme_of([written]) is Scheme.vni
    assert Scheme.vni.read(written) == TEXT
    assert Scheme.vni.read("Nguyeãn Thò Tuyeát, TRAÀN VAÊN Ñöùc") == "Nguyễn Thị Tuyết, TRẦN VĂN Đức"


@pytest.mark.parametrize("text", [TEXT, "René Müller, Zoë, Åsa", "Київ, 東京", "plain", "", "â ê ô", "Đ"])
def test_what_is_right_stays(text: str) -> None:
    assert scheme_of(text.split()) is None


def test_syllables_are_known() -> None:
    assert all(map(is_syllable, ["nguyễn", "Quốc", "giếng", "gì", "quý", "Đắk", "ượn", "khuỷu", "ngoẻo"]))
    assert not any(map(is_syllable, ["Hä", "NguyÔn", "rené", "ÃÂ", "xyz", "ngghh"]))
    assert share(TEXT.split()) == 1.0


def test_question_marks_in_words_are_lost_letters() -> None:
    assert lost("Nguy?n Th? Tuy?t") and lost("Hu\ufffd")
    assert not any(map(lost, ["Đi đâu?", "http://x.test/a?b=c", "?", "a=b?c=d"]))
