from bocau.relays import Relay
from bocau.relays.published import Verdict, check
from bocau.relays.records import mechanisms, records
from bocau.relays.senders import Key, Sender
from bocau.wire.smtp import Profile

PUBLIC = "MIIB" + "A" * 388
KEY = Key("bocau1", PUBLIC, 0, 0, None)
SENDER = Sender("clinic.vn", "", 0, (KEY,))
GMAIL = Relay(1, "gmail", "smtp", Profile("smtp.gmail.com", 587))
LOCAL = Relay(2, "local", "smtp", Profile("127.0.0.1", 25))
OWN = Relay(3, "own", "smtp", Profile("mail.clinic.vn", 587))


def test_records_to_publish_are_exact() -> None:
    told = {one.purpose: one for one in records(SENDER, [GMAIL])}
    assert told["DKIM"].name == "bocau1._domainkey.clinic.vn"
    assert told["DKIM"].value == f"v=DKIM1; k=rsa; p={PUBLIC}"
    assert (told["SPF"].name, told["SPF"].value) == ("clinic.vn", "v=spf1 include:_spf.google.com ~all")
    assert told["DMARC"].name == "_dmarc.clinic.vn"
    assert told["DMARC"].value == "v=DMARC1; p=none; rua=mailto:postmaster@clinic.vn"


def test_what_is_to_be_published_passes_the_check() -> None:
    zone = {one.name: [one.value] for one in records(SENDER, [GMAIL, OWN])}
    assert {one.verdict for one in check(SENDER, [GMAIL, OWN], lambda name: zone.get(name, []))} == {Verdict.good}


def test_long_record_is_split_into_strings_a_zone_file_takes() -> None:
    zone = records(SENDER, [])[0].zone
    strings = zone.strip('"').split('" "')
    assert len(strings) == 2
    assert max(map(len, strings)) <= 255
    assert "".join(strings) == f"v=DKIM1; k=rsa; p={PUBLIC}"


def test_key_to_come_is_published_beside_the_one_in_use() -> None:
    sender = Sender("clinic.vn", "", 0, (Key("bocau2", PUBLIC, 1, None, None), KEY))
    names = [one.name for one in records(sender, []) if one.purpose == "DKIM"]
    assert names == ["bocau1._domainkey.clinic.vn", "bocau2._domainkey.clinic.vn"]


def test_spf_stands_at_the_bounce_domain_when_there_is_one() -> None:
    sender = Sender("clinic.vn", "b.clinic.vn", 0, (KEY,))
    assert next(one.name for one in records(sender, []) if one.purpose == "SPF") == "b.clinic.vn"


def test_spf_names_services_and_own_hosts_and_not_this_machine() -> None:
    assert mechanisms([GMAIL, OWN, GMAIL, LOCAL]) == ["include:_spf.google.com", "a:mail.clinic.vn"]
    assert mechanisms([LOCAL]) == ["mx"]
