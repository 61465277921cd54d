import pytest
import sqlalchemy as sa

from bocau import events, ledger
from bocau.base.db import reading, transaction
from bocau.ledger import protocol
from bocau.ledger.forget import MailUnderWayError
from tests.ledger.seeds import submitted

AN = "an@x.test"


def test_rows_stay_and_say_nothing_about_the_person(engine: sa.Engine) -> None:
    number = submitted(engine, [AN, "binh@x.test"])
    with transaction(engine) as connection:
        first = ledger.list_messages(connection, ledger.Filter(recipient=AN))[0]["id"]
        told = {"code": 450, "text": f"<{AN}> is busy"}
        events.append(connection, [events.Event(first, events.Kind.deferred, 1, told)])
        assert ledger.forget(connection, AN)["messages"] == 1
    with reading(engine) as connection:
        row = ledger.show_message(connection, first)
        assert row is not None
        assert row["address"] == row["recipient"] == f"erased-{first}@x.test"
        assert (row["name"], row["data"], row["state"]) == ("", "{}", "cancelled")
        assert [one["detail"] for one in row["events"] if one["kind"] == "deferred"] == [{"code": 450}]
        assert ledger.counts(connection, number)["queued"] == 1
        assert ledger.list_messages(connection, ledger.Filter(recipient="binh@x.test"))[0]["name"] == "Văn An"


def test_a_mail_that_a_worker_holds_is_in_the_way(engine: sa.Engine) -> None:
    submitted(engine, [AN])
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", "j" * 36, 60_000)
        assert claimed is not None
        order = protocol.Settle(claimed.id, claimed.token, 0, claimed.rows[-1].id, 60_000, [])
        protocol.settle(connection, order)
    with pytest.raises(MailUnderWayError), transaction(engine) as connection:
        ledger.forget(connection, AN)
    with reading(engine) as connection:
        assert len(ledger.list_messages(connection, ledger.Filter(recipient=AN))) == 1
