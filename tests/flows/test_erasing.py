"""A person in all rooms: written out page by page, forgotten whole or not at all."""

from typing import Any

import pytest
import sqlalchemy as sa

from bocau import audience, campaigns, ledger
from bocau.audience import Target, contacts, erasure
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import draft, filed
from bocau.campaigns.shapes import File
from bocau.flows import erasing
from bocau.ledger import NewMessage, protocol
from bocau.ledger.forget import MailUnderWayError
from tests.audience.people import NOW, people
from tests.campaigns.world import plan
from tests.flows.contents import BrokenOffError, contents
from tests.ledger.seeds import submitted

AN, MOVED, BINH = "an@x.test", "an@y.test", "binh@x.test"


@pytest.fixture
def moved(engine: sa.Engine) -> sa.Engine:
    """An, who has another address now, with mails to both; and Bình."""
    with transaction(engine) as connection:
        people(connection, AN, BINH, name="Văn An")
    submitted(engine, [AN, BINH], "one")
    with transaction(engine) as connection:
        contacts.move(connection, AN, MOVED, NOW + 1)
    submitted(engine, [MOVED], "two")
    submitted(engine, [MOVED, AN], "three")
    return engine


def mails(connection: Connection, place: erasing.Place, size: int) -> list[list[Any]]:
    """The addresses of the mails of each page."""
    pages, following = [], place if place.waiting else None
    while following is not None:
        page = erasing.mails(connection, following, size)
        pages.append([one["address"] for one in page.mails])
        following = page.following
    return pages


def under_way(engine: sa.Engine) -> None:
    """A worker holds the oldest batch, and may send all of it."""
    with transaction(engine) as connection:
        held = protocol.claim(connection, "bulk", "journal", 60_000)
        assert held is not None
        protocol.settle(connection, protocol.Settle(held.id, held.token, 0, held.rows[-1].id, 60_000, ()))


def filed_for(connection: Connection, *addresses: str) -> int:
    """A campaign with a file of these people; its id."""
    made = draft.add(connection, plan(Target()), NOW)
    assert filed.begin_file(connection, made, File("khach.csv", "", {"email": "email"}, ("email",)))
    filed.add_file_rows(connection, made, [NewMessage(one, one, "", row, "{}") for row, one in enumerate(addresses, 2)])
    filed.end_file(connection, made)
    return made


@pytest.mark.parametrize("size", [1, 2, 500])
def test_a_person_is_written_out_page_by_page_under_every_address(moved: sa.Engine, size: int) -> None:
    with reading(moved) as connection:
        known = erasing.write_out(connection, " An@Y.test")
        pages = mails(connection, known.mails, size)
    assert known.held["contact"]["address"] == MOVED
    assert [one for page in pages for one in page] == [MOVED, MOVED, AN, AN]
    assert max(map(len, pages)) <= size


def test_who_is_no_contact_is_written_out_and_erased_all_the_same(engine: sa.Engine) -> None:
    submitted(engine, [AN])
    with reading(engine) as connection:
        known = erasing.write_out(connection, AN)
        assert mails(connection, known.mails, 500) == [[AN]]
    with transaction(engine) as connection:
        done = erasing.erase(connection, AN, NOW, asked_by="phòng pháp chế")
    assert (done.counts["messages"], done.counts["campaign_files"]) == (1, 0)
    assert done.proof.asked_by == "phòng pháp chế" and "messages" not in done.proof.counts


def test_erasing_takes_a_person_out_of_every_room(moved: sa.Engine) -> None:
    with transaction(moved) as connection:
        made = filed_for(connection, AN, MOVED, BINH)
        done = erasing.erase(connection, MOVED, NOW + 2)
    assert (done.counts["contacts"], done.counts["messages"], done.counts["campaign_files"]) == (1, 4, 2)
    left = repr(contents(moved))
    assert MOVED not in left and AN not in left.replace("erased-", "") and BINH in left
    with reading(moved) as connection:
        assert [one.recipient for one in filed.some_people(connection, campaigns.show(connection, made), 10)] == [BINH]
        blocked = audience.blocked(connection, [AN, MOVED, BINH], [], bulk=True, now=NOW + 3)
    assert blocked == {AN: "erased", MOVED: "erased"}


def test_erasing_again_is_no_harm_and_gives_another_proof(moved: sa.Engine) -> None:
    proofs = []
    for at in (NOW + 2, NOW + 3):
        with transaction(moved) as connection:
            proofs.append(erasing.erase(connection, MOVED, at))
    assert proofs[1].counts["messages"] == 0 and proofs[0].proof.digest == proofs[1].proof.digest
    with reading(moved) as connection:
        assert [one.at for one in erasure.proofs(connection, MOVED)] == [NOW + 2, NOW + 3]


def test_an_address_that_is_somebody_elses_by_now_stays_theirs(moved: sa.Engine) -> None:
    with transaction(moved) as connection:
        people(connection, AN, name="Một người khác")
    later = submitted(moved, [AN], "four", NOW + 1000)
    with transaction(moved) as connection:
        assert erasing.erase(connection, MOVED, NOW + 2000).counts["messages"] == 4
    with reading(moved) as connection:
        (mail,) = ledger.list_messages(connection, ledger.Filter(recipient=AN))
        assert mail["submission"] == later and contacts.show(connection, AN)["name"] == "Một người khác"


def test_nobody_is_erased_while_a_worker_holds_a_mail_to_a_former_address(moved: sa.Engine) -> None:
    under_way(moved)
    before = contents(moved)
    with pytest.raises(MailUnderWayError), transaction(moved) as connection:
        erasing.erase(connection, MOVED, NOW + 2)
    assert contents(moved) == before


def test_what_ends_after_the_erasure_leaves_nothing_of_it(moved: sa.Engine) -> None:
    before = contents(moved)
    with pytest.raises(BrokenOffError), transaction(moved) as connection:
        erasing.erase(connection, MOVED, NOW + 2)
        raise BrokenOffError
    assert contents(moved) == before
