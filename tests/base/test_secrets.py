import stat
import threading
from pathlib import Path

import pytest

from bocau.base.secrets import (
    SealBrokenError,
    SecretBox,
    SecretExposedError,
    SecretUnreadableError,
    SecretWeakError,
    derive,
    fingerprint,
    make_or_read_secret,
)

ONE = b"1" * 32
OTHER = b"2" * 32


def test_first_start_makes_a_private_file_and_later_starts_read_it(tmp_path: Path) -> None:
    made = make_or_read_secret(tmp_path)
    assert len(made) >= 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert make_or_read_secret(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_two_homes_get_different_secrets(tmp_path: Path) -> None:
    assert make_or_read_secret(tmp_path / "a") != make_or_read_secret(tmp_path / "b")


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    gate = threading.Barrier(16)
    found: list[bytes] = []

    def start() -> None:
        gate.wait()
        found.append(make_or_read_secret(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_configured_secret_wins_and_makes_no_file(tmp_path: Path) -> None:
    assert make_or_read_secret(tmp_path, "x" * 40 + "\n") == b"x" * 40
    assert list(tmp_path.iterdir()) == []


def test_secret_file_given_as_setting_is_the_same_secret(tmp_path: Path) -> None:
    made = make_or_read_secret(tmp_path)
    assert make_or_read_secret(tmp_path / "elsewhere", (tmp_path / "secret.key").read_text()) == made


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_secret_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_or_read_secret(tmp_path)
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(SecretExposedError) as caught:
        make_or_read_secret(tmp_path)
    assert f"{mode:04o}" in str(caught.value)
    assert "chmod 600" in caught.value.advice()


@pytest.mark.parametrize("text", ["", "short", "x" * 31])
def test_weak_secrets_are_refused_wherever_they_stand(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret.key"
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(SecretWeakError):
        make_or_read_secret(tmp_path)
    if text:
        with pytest.raises(SecretWeakError):
            make_or_read_secret(tmp_path / "other", text)


def test_folder_in_place_of_the_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(SecretUnreadableError):
        make_or_read_secret(tmp_path)


def test_derived_keys_differ_by_purpose_and_by_secret() -> None:
    keys = {derive(secret, purpose) for secret in (ONE, OTHER) for purpose in ("a", "b")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert derive(ONE, "a") == derive(ONE, "a")


def test_fingerprint_names_a_secret_without_holding_it() -> None:
    assert fingerprint(ONE) == fingerprint(ONE) != fingerprint(OTHER)
    assert len(fingerprint(ONE)) == 16


@pytest.mark.parametrize("text", ["", "pass word", "mật khẩu 🐦", "x" * 10_000])
def test_sealed_text_opens_again(text: str) -> None:
    box = SecretBox(ONE)
    assert SecretBox(ONE).decrypt(box.encrypt(text, "relay/a"), "relay/a") == text


def test_equal_texts_are_sealed_differently() -> None:
    box = SecretBox(ONE)
    assert box.encrypt("same", "c") != box.encrypt("same", "c")


def test_sealed_text_does_not_show_the_text() -> None:
    assert "hunter2" not in SecretBox(ONE).encrypt("hunter2", "c")


def test_sealed_text_opens_neither_in_another_row_nor_with_another_secret() -> None:
    sealed = SecretBox(ONE).encrypt("hunter2", "relay/a")
    with pytest.raises(SealBrokenError):
        SecretBox(ONE).decrypt(sealed, "relay/b")
    with pytest.raises(SealBrokenError):
        SecretBox(OTHER).decrypt(sealed, "relay/a")


def test_every_changed_character_is_noticed() -> None:
    box = SecretBox(ONE)
    sealed = box.encrypt("12345678", "c")  # 12 + 8 + 16 bytes: no padding in base64
    for at in range(len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(SealBrokenError):
            box.decrypt(changed, "c")


@pytest.mark.parametrize("sealed", ["", "v1.", "v1.AAAA", "v2.AAAA", "hunter2", "v1.***", "v1.é"])
def test_texts_that_were_never_sealed_are_refused(sealed: str) -> None:
    with pytest.raises(SealBrokenError):
        SecretBox(ONE).decrypt(sealed, "c")
