from collections.abc import Mapping, Sequence

import pytest

from bocau.relays import Relay
from bocau.relays.published import Finding, Lookup, Verdict, check, spread, walk
from bocau.relays.senders import Key, Sender
from bocau.wire.smtp import Profile

PUBLIC = "MIIB" + "A" * 388
KEY = Key("bocau1", PUBLIC, 0, 0, None)
SENDER = Sender("clinic.vn", "", 0, (KEY,))
GMAIL = Relay(1, "gmail", "smtp", Profile("smtp.gmail.com", 587))
LOCAL = Relay(2, "local", "smtp", Profile("127.0.0.1", 25))
OWN = Relay(3, "own", "smtp", Profile("mail.clinic.vn", 587))
DKIM = {"bocau1._domainkey.clinic.vn": [f"v=DKIM1; k=rsa; p={PUBLIC}"]}
SPF = {"clinic.vn": ["google-site-verification=x", "v=spf1 include:_spf.google.com ~all"]}
DMARC = {"_dmarc.clinic.vn": ["v=DMARC1; p=reject; rua=mailto:d@clinic.vn"]}
GOOD = DKIM | SPF | DMARC


def dns(zone: Mapping[str, Sequence[str]]) -> Lookup:
    return lambda name: zone.get(name, [])


def found(zone: Mapping[str, Sequence[str]], purpose: str, sender: Sender = SENDER) -> Finding:
    return next(one for one in check(sender, [GMAIL], dns(zone)) if one.purpose == purpose)


def test_key_to_come_is_looked_for_beside_the_one_in_use() -> None:
    sender = Sender("clinic.vn", "", 0, (Key("bocau2", PUBLIC, 1, None, None), KEY))
    missing = [one for one in check(sender, [], dns(GOOD)) if one.verdict == Verdict.bad]
    assert [one.name for one in missing] == ["bocau2._domainkey.clinic.vn"]


def test_spf_is_looked_for_at_the_bounce_domain() -> None:
    assert found(GOOD, "SPF", Sender("clinic.vn", "b.clinic.vn", 0, (KEY,))).code == "spf-missing"


def test_all_good_is_told_as_good() -> None:
    assert [one.verdict for one in check(SENDER, [GMAIL], dns(GOOD))] == [Verdict.good] * 3


@pytest.mark.parametrize(
    ("texts", "verdict", "told"),
    [
        ([], "bad", "not published"),
        (["v=spf1 -all"], "bad", "not published"),
        ([f"v=DKIM1; p={PUBLIC[:-1]}B"], "bad", "not the one that signs"),
        (["v=DKIM1; p="], "bad", "withdrawn"),
        ([f"v=DKIM1; k=ed25519; p={PUBLIC}"], "bad", "wrong"),
        ([f"v=DKIM2; p={PUBLIC}"], "bad", "wrong"),
        ([f"p={PUBLIC}", f"v=DKIM1; p={PUBLIC}"], "bad", "several"),
        ([f"v=DKIM1; t=y; p={PUBLIC}"], "warning", "test"),
        ([f"p={PUBLIC[:200]} {PUBLIC[200:]}"], "good", "published"),
        ([f"v=DKIM1;k=rsa;t=s;p={PUBLIC};"], "good", "published"),
    ],
)
def test_published_key_is_judged(texts: list[str], verdict: str, told: str) -> None:
    finding = found({"bocau1._domainkey.clinic.vn": texts}, "DKIM")
    assert (finding.verdict, told in finding.sentence) == (verdict, True)
    assert bool(finding.hint) == (verdict != "good")


@pytest.mark.parametrize(
    ("texts", "verdict", "told"),
    [
        ([], "bad", "no SPF"),
        (["v=spf10 include:_spf.google.com"], "bad", "no SPF"),
        (["v=spf1 ~all", "v=spf1 mx ~all"], "bad", "2 SPF records"),
        (["v=spf1 include:_spf.google.com +all"], "bad", "everybody"),
        (["v=spf1 all"], "bad", "everybody"),
        (["v=spf1 include:other.vn ~all"], "warning", "include:_spf.google.com"),
        (["V=SPF1 INCLUDE:_spf.google.com -all"], "good", "allows"),
        (["v=spf1 " + " ".join(f"a:h{number}.vn" for number in range(11)) + " ~all"], "bad", "11 look-ups"),
    ],
)
def test_spf_record_is_judged(texts: list[str], verdict: str, told: str) -> None:
    finding = found({"clinic.vn": texts}, "SPF")
    assert (finding.verdict, told in finding.sentence) == (verdict, True)


def test_spf_is_followed_through_includes() -> None:
    zone = {
        "clinic.vn": ["v=spf1 include:all.clinic.vn ~all"],
        "all.clinic.vn": ["v=spf1 ip4:192.0.2.1 redirect=more.clinic.vn"],
        "more.clinic.vn": ["v=spf1 include:_spf.google.com ~all"],
    }
    assert found(zone, "SPF").verdict == Verdict.good


def test_spf_records_that_include_each_other_end() -> None:
    zone = {"clinic.vn": ["v=spf1 include:a.vn ~all"], "a.vn": ["v=spf1 include:clinic.vn include:a.vn ~all"]}
    reached, cost = spread(zone["clinic.vn"][0], dns(zone))
    assert "include:a.vn" in reached
    assert cost <= 11


def test_bombs_of_includes_are_left_after_the_limit() -> None:
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return ["v=spf1 " + " ".join(f"include:{name}{number}" for number in range(10)) + " ~all"]

    assert spread("v=spf1 include:x ~all", lookup)[1] > 10
    assert len(asked) < 20


@pytest.mark.parametrize(
    ("texts", "verdict", "told"),
    [
        ([], "bad", "no DMARC"),
        (["v=DMARC1; p=none"], "good", "only watches"),
        (["v=DMARC1; rua=mailto:a@b.vn"], "good", "only watches"),
        (["v=DMARC1;p=quarantine"], "good", "quarantine"),
        (["v=DMARC1; p=reject; pct=50"], "warning", "pct="),
        (["v=DMARC1; p=sometimes"], "bad", "sometimes"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "bad", "several"),
        (["v=spf1 -all"], "bad", "no DMARC"),
    ],
)
def test_dmarc_record_is_judged(texts: list[str], verdict: str, told: str) -> None:
    finding = found({"_dmarc.clinic.vn": texts}, "DMARC")
    assert (finding.verdict, told in finding.sentence) == (verdict, True)


def test_policy_of_the_domain_above_counts_unless_it_wants_exact_alignment() -> None:
    sender = Sender("mail.clinic.vn", "", 0, (KEY,))
    assert found(DMARC, "DMARC", sender).name == "_dmarc.clinic.vn"
    assert found(DMARC, "DMARC", sender).verdict == Verdict.good
    strict = {"_dmarc.clinic.vn": ["v=DMARC1; p=reject; adkim=s"]}
    assert found(strict, "DMARC", sender).verdict == Verdict.warning
    assert found(strict, "DMARC").verdict == Verdict.good


def test_no_more_than_eight_names_are_asked_for_a_policy() -> None:
    names = walk("a.b.c.d.e.f.g.h.i.clinic.vn")
    assert len(names) == 8
    assert names[0] == "a.b.c.d.e.f.g.h.i.clinic.vn"
    assert names[-1] == "clinic.vn"
    assert walk("clinic.vn") == ["clinic.vn"]
