from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bocau import migrations, wiring
from bocau.base import metrics, presence
from bocau.base.config import Settings
from bocau.doors.site import create_app
from tests.doors.web.seeds import submission

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[wiring.Parts]:
    made = wiring.parts(Settings(home=tmp_path / "home", database_url="", secret_key=SECRET))
    yield made
    made.close()


@pytest.fixture
def client(parts: wiring.Parts) -> Iterator[FlaskClient]:
    yield create_app(parts).test_client()
    metrics.keep_in(None)


def test_process_that_lives_says_so_whatever_is_missing(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_probes_answer_to_any_name_and_caller(client: FlaskClient) -> None:
    for path, code in (("/healthz", 200), ("/readyz", 503)):
        assert (
            client.get(path, base_url="http://10.1.2.3", environ_base={"REMOTE_ADDR": "10.9.9.9"}).status_code == code
        )


def test_not_ready_before_the_tables_are_there(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": {"database": "ok", "migrations": "failed", "broker": "failed"}}


def test_ready_with_database_tables_and_broker(client: FlaskClient, parts: wiring.Parts, broker_socket: Path) -> None:
    migrations.upgrade(parts.db)
    (parts.settings.home / "broker.url").write_text(f"redis+socket://{broker_socket}\n")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"ready": True, "checks": {"database": "ok", "migrations": "ok", "broker": "ok"}},
    )


def test_not_ready_without_the_database(tmp_path: Path) -> None:
    parts = wiring.parts(Settings(home=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/x", secret_key=SECRET))
    checks = create_app(parts).test_client().get("/readyz").json
    assert checks is not None
    assert checks["checks"]["database"] == "failed"
    metrics.keep_in(None)


def test_metrics_show_queue_parts_and_what_processes_counted(client: FlaskClient, parts: wiring.Parts) -> None:
    migrations.upgrade(parts.db)
    submission(parts.db, people=[("Lan", "lan@clinic.test"), ("Hoa", "hoa@clinic.test")])
    metrics.settled("gmail", {("sent", ""): 3})
    leave = presence.announce(parts.settings.home, "worker")
    text = client.get("/metrics").text
    leave()
    assert 'bocau_ledger_open_mails{queue="bulk"} 2.0' in text
    assert 'bocau_ledger_open_batches{queue="bulk",state="ready"} 1.0' in text
    assert 'bocau_ledger_queue_age_seconds{queue="bulk"}' in text
    assert 'bocau_delivery_mails_total{class="",outcome="sent",relay="gmail"} 3.0' in text
    assert 'bocau_site_part_up{part="worker"} 1.0' in text
    assert 'bocau_site_part_up{part="beat"} 0.0' in text


def test_metrics_come_without_a_database(client: FlaskClient, parts: wiring.Parts) -> None:
    parts.db.dispose()
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "bocau_site_part_up" in answer.text
    assert answer.content_type.startswith("text/plain")


def test_metrics_are_for_this_machine(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.9.9.9"}).status_code == 403


def test_application_connects_to_nothing_before_the_first_request(parts: wiring.Parts) -> None:
    connected: list[object] = []
    sa.event.listen(parts.db, "connect", lambda raw, record: connected.append(raw))
    create_app(parts)
    metrics.keep_in(None)
    assert connected == []
