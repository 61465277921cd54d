import pytest

from bocau.wire import dns
from tests.doors.cli.terminal import Open, Terminal


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("senders")


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What DNS answers."""
    records: dict[str, list[str]] = {}
    monkeypatch.setattr(dns, "texts", lambda name, patience=5.0: records.get(name, []))
    return records


def publish(run: Terminal, zone: dict[str, list[str]], domain: str) -> None:
    for record in run("show", domain, "--json").json["records"]:
        zone[record["name"]] = [record["value"]]


def selectors(run: Terminal, domain: str) -> dict[str, str]:
    return {key["selector"]: key["state"] for key in run("show", domain, "--json").json["keys"]}


def test_add_prints_the_records_to_publish(run: Terminal) -> None:
    said = run("add", "clinic.vn")
    assert said.code == 0
    assert "bocau1._domainkey.clinic.vn" in said.out
    assert "v=DKIM1; k=rsa; p=MII" in said.out
    assert "v=spf1" in said.out
    assert "v=DMARC1; p=none" in said.out
    assert "pct=" not in said.out
    assert "PRIVATE" not in said.out


def test_records_are_whole_lines_that_can_be_copied(run: Terminal) -> None:
    run("add", "clinic.vn")
    value = next(one["value"] for one in run("show", "clinic.vn", "--json").json["records"] if one["purpose"] == "DKIM")
    assert f"Value: {value}\n" in run("show", "clinic.vn").out


def test_spf_names_the_relay_in_use(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://u:p@smtp.gmail.com:587")
    records = run("add", "clinic.vn", "--json").json["records"]
    assert next(one["value"] for one in records if one["purpose"] == "SPF") == "v=spf1 include:_spf.google.com ~all"


def test_domain_is_stored_as_a_labels(run: Terminal) -> None:
    assert run("add", "Phòngkhám.vn.", "--json").json["domain"] == "xn--phngkhm-mwa2m.vn"
    assert run("show", "phòngkhám.vn").code == 0


@pytest.mark.parametrize("domain", ["", "hen@clinic.vn", "a b.vn", "clinic", "_.vn", "x\r\n.vn"])
def test_what_is_no_domain_is_told(run: Terminal, domain: str) -> None:
    assert run("add", domain, "--json").fault["code"] == "sender-domain-wrong"


def test_domain_is_added_once(run: Terminal) -> None:
    run("add", "clinic.vn")
    assert run("add", "clinic.vn", "--json").fault["code"] == "sender-exists"


def test_list_shows_domains_keys_and_where_bounces_go(run: Terminal) -> None:
    assert "unsigned" in run("list").out
    run("add", "clinic.vn", "--bounce-domain", "b.clinic.vn")
    assert "b.clinic.vn" in run("list").out
    (only,) = run("list", "--json").json["senders"]
    assert (only["domain"], only["bounce_domain"]) == ("clinic.vn", "b.clinic.vn")


def test_bounce_domain_can_be_changed_and_cleared(run: Terminal) -> None:
    run("add", "clinic.vn")
    assert run("set", "clinic.vn", "--bounce-domain", "b.clinic.vn", "--json").json["bounce_domain"] == "b.clinic.vn"
    assert run("set", "clinic.vn", "--bounce-domain", "", "--json").json["bounce_domain"] is None


def test_check_passes_when_what_we_printed_is_published(run: Terminal, zone: dict[str, list[str]]) -> None:
    run("add", "clinic.vn")
    publish(run, zone, "clinic.vn")
    said = run("check", "clinic.vn")
    assert said.code == 0
    assert said.out.count("✓") == 3


def test_check_explains_what_is_missing_and_ends_with_one(run: Terminal, zone: dict[str, list[str]]) -> None:
    run("add", "clinic.vn")
    said = run("check")
    assert said.code == 1
    assert "not published" in said.out
    told = run("check", "clinic.vn", "--json")
    assert [one["code"] for one in told.json["senders"][0]["findings"]] == [
        "dkim-missing",
        "spf-missing",
        "dmarc-missing",
    ]


def test_check_asks_dns_nothing_about_names_for_tests(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(name: str) -> list[str]:
        raise AssertionError(name)

    monkeypatch.setattr(dns, "texts", asked)
    run("add", "clinic.test")
    assert run("check").code == 0


def test_check_says_when_dns_does_not_answer(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str) -> list[str]:
        raise dns.DnsAwayError(name=name, reason="timeout")

    monkeypatch.setattr(dns, "texts", away)
    run("add", "clinic.vn")
    assert run("check", "--json").fault["code"] == "dns-away"


def test_rotation_waits_until_dns_knows_the_new_key(run: Terminal, zone: dict[str, list[str]]) -> None:
    run("add", "clinic.vn")
    first = run("rotate", "clinic.vn")
    assert "bocau2._domainkey.clinic.vn" in first.out
    assert selectors(run, "clinic.vn") == {"bocau1": "active", "bocau2": "next"}
    early = run("rotate", "clinic.vn", "--json")
    assert (early.code, early.fault["code"]) == (1, "key-unpublished")
    assert selectors(run, "clinic.vn")["bocau1"] == "active"
    publish(run, zone, "clinic.vn")
    done = run("rotate", "clinic.vn")
    assert done.code == 0
    assert "Leave the old record bocau1._domainkey.clinic.vn" in done.out
    assert selectors(run, "clinic.vn") == {"bocau1": "retired", "bocau2": "active"}


def test_rotation_now_does_not_look(run: Terminal, zone: dict[str, list[str]]) -> None:
    run("add", "clinic.vn")
    assert run("rotate", "clinic.vn", "--now").code == 0
    assert selectors(run, "clinic.vn") == {"bocau1": "retired", "bocau2": "active"}


def test_rotation_of_a_name_for_tests_needs_no_dns(run: Terminal) -> None:
    run("add", "clinic.test")
    run("rotate", "clinic.test")
    assert run("rotate", "clinic.test").code == 0
    assert selectors(run, "clinic.test")["bocau2"] == "active"


def test_remove_wants_a_yes(run: Terminal) -> None:
    run("add", "clinic.vn")
    assert run("remove", "clinic.vn", "--json").fault["code"] == "sender-remove-unconfirmed"
    assert run("remove", "clinic.vn", "--yes").code == 0
    assert run("list", "--json").json == {"senders": []}


@pytest.mark.parametrize(
    "arguments",
    [("show",), ("rotate",), ("remove", "--yes"), ("check",), ("set", "--bounce-domain", "x.vn")],
    ids=lambda arguments: str(arguments[0]),
)
def test_unknown_sender_is_told(run: Terminal, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, "nobody.vn", "--json").fault["code"] == "sender-unknown"


@pytest.mark.parametrize("selector", ["a b", "-a", "A", "a.b", "x" * 64, "k\n"])
def test_selector_that_dns_cannot_hold_is_told(run: Terminal, selector: str) -> None:
    said = run("add", "clinic.vn", f"--selector={selector}", "--json")
    assert said.fault["code"] == "selector-wrong"


def test_senders_speak_vietnamese(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    assert "Chưa có tên miền" in run("list").out
    assert "Cần đăng lên DNS" in run("add", "clinic.vn").out
