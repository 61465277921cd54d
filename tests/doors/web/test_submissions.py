import re

import pytest
from flask.testing import FlaskClient

from bocau import wiring
from bocau.ledger.states import MessageState
from tests.doors.web.conftest import on_both
from tests.doors.web.seeds import settle, submission

PEOPLE = [(f"Người {number}", f"nguoi{number}@clinic.test") for number in range(120)]


def following(page: str) -> str:
    found = re.search(r'href="([^"]+)">(?:Next|Older)', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


@on_both
def test_list_is_newest_first_and_leads_to_older_ones(client: FlaskClient, parts: wiring.Parts) -> None:
    for number in range(27):
        submission(parts.db, key=str(number), name=f"Đợt {number:02}", people=PEOPLE[:1])
    first = client.get("/submissions").text
    assert first.index("Đợt 26") < first.index("Đợt 02")
    assert "Đợt 01" not in first
    second = client.get(following(first)).text
    assert "Đợt 01" in second
    assert "Newest" in second


@on_both
def test_people_of_a_submission_are_paged_and_filtered(client: FlaskClient, parts: wiring.Parts) -> None:
    number = submission(parts.db, people=PEOPLE, rejected=2)
    settle(parts.db, {5: (MessageState.failed, 550, "5.1.1", "User unknown")})
    page = client.get(f"/submissions/{number}").text
    assert page.count('href="/messages/') == 50
    assert "2 rows of the file were not accepted" in page
    assert client.get(following(page)).text.count('href="/messages/') == 50
    failed = client.get(f"/submissions/{number}?state=failed").text
    assert failed.count('href="/messages/') == 1
    assert "550 5.1.1 User unknown" in failed
    found = client.get(f"/submissions/{number}?address=NGUOI7@clinic.test").text
    assert found.count('href="/messages/') == 1
    assert "No recipient matches" in client.get(f"/submissions/{number}?address=x@y.test").text


def test_part_that_changes_is_given_alone(client: FlaskClient, parts: wiring.Parts) -> None:
    number = submission(parts.db, people=PEOPLE)
    part = client.get(f"/submissions/{number}?part=1").text
    assert "<html" not in part
    assert "0 of 120 done" in part


@pytest.mark.parametrize(
    "path",
    ["/submissions/99", "/submissions/0", "/submissions/-1", "/submissions/9999999999999999999999", "/submissions/x"],
)
def test_unknown_submissions_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@on_both
def test_nonsense_in_the_query_does_no_harm(client: FlaskClient, parts: wiring.Parts) -> None:
    number = submission(parts.db, people=PEOPLE)
    assert client.get(f"/submissions/{number}?state=nonsense").status_code == 404
    for query in ("after=x", "after=-5", "after=99999999999999999999", "address=%00", "after=٣"):
        assert client.get(f"/submissions/{number}?{query}").status_code == 200, query
    assert client.get("/submissions?before=abc").status_code == 200
