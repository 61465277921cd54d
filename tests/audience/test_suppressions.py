import pytest
import sqlalchemy as sa

from bocau.audience import Reason, suppress, suppressions, unsuppress
from bocau.audience.contacts import show
from bocau.audience.suppressions import Suppression, SuppressionWrongError, Wanted, matching, page, suppress_many
from bocau.base.db import reading, transaction
from tests.audience.people import DAY, NOW, people


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" An@Mail.Test ", "an@mail.test"),
        ("Mail.TEST", "mail.test"),
        ("@mail.test.", "mail.test"),
        ("thư.test", "xn--th-e0a.test"),
    ],
)
def test_values_are_kept_in_one_spelling(text: str, value: str) -> None:
    assert suppressions.normalised(text) == value


@pytest.mark.parametrize(
    "text", ["", "@", "mail", "a b@mail.test", "a@b@c.test", "#abc", "mail..test", "a@mail.test\nb"]
)
def test_what_is_neither_address_nor_domain_is_refused(engine: sa.Engine, text: str) -> None:
    with transaction(engine) as connection, pytest.raises(SuppressionWrongError):
        suppress(connection, text, Reason.manual, NOW)


def test_the_longer_time_and_the_stronger_reason_win(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        assert suppress(connection, "an@mail.test", Reason.manual, NOW, note="một", expires_at=NOW + DAY)
        assert not suppress(connection, "An@mail.test", Reason.bounced, NOW, source="sổ", expires_at=NOW + 2 * DAY)
        assert not suppress(connection, "an@mail.test", Reason.manual, NOW)
        (row,) = matching(connection, "an@mail.test")
        assert (row["reason"], row["source"], row["expires_at"]) == ("bounced", "sổ", None)


def test_what_has_expired_is_overwritten(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        suppress(connection, "an@mail.test", Reason.complained, NOW, expires_at=NOW + DAY)
        assert suppress(connection, "an@mail.test", Reason.manual, NOW + DAY, expires_at=NOW + 2 * DAY)
        (row,) = matching(connection, "an@mail.test")
        assert (row["reason"], row["created_at"], row["expires_at"]) == ("manual", NOW + DAY, NOW + 2 * DAY)


def test_many_are_told_apart_from_those_there(engine: sa.Engine) -> None:
    wanted = [Suppression(f"p{n}@mail.test") for n in range(1200)]
    with transaction(engine) as connection:
        suppress(connection, "P7@mail.test", Reason.manual, NOW)
        assert suppress_many(connection, [*wanted, Suppression("P8@MAIL.test")], NOW) == (1199, 1)
        assert suppress_many(connection, wanted, NOW) == (0, 1200)
        assert len(page(connection, Wanted(limit=2000))) == 1200
        assert [row["value"] for row in page(connection, Wanted(text="p119", limit=2))] == [
            "p119@mail.test",
            "p1190@mail.test",
        ]


def test_both_scopes_stand_beside_each_other_and_go_one_by_one(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people(connection, "an@mail.test")
        suppress(connection, "an@mail.test", Reason.manual, NOW)
        suppress(connection, "an@mail.test", Reason.unsubscribed, NOW, scope="bulk")
        suppress(connection, "mail.test", Reason.manual, NOW)
        assert [row["value"] for row in matching(connection, "an@mail.test")] == ["an@mail.test"] * 2 + ["mail.test"]
        assert unsuppress(connection, "an@mail.test", NOW, scope="bulk") == 1
        assert unsuppress(connection, "an@mail.test", NOW) == 1
        assert unsuppress(connection, "an@mail.test", NOW) == 0
        whats = [line["what"] for line in show(connection, "an@mail.test")["history"]]
        assert whats == ["created", "suppressed", "suppressed", "unsuppressed", "unsuppressed"]
    with reading(engine) as connection:
        assert [row["value"] for row in page(connection, Wanted(scope="all"))] == ["mail.test"]
