"""What a sender domain does publish in DNS, judged and explained. Pure: the look-up is given."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bocau.base.words import N_, say
from bocau.relays.records import dkim_name, envelope, mechanisms
from bocau.relays.relay import Relay
from bocau.relays.senders import Key, Sender

Lookup = Callable[[str], Sequence[str]]
"""Name → the TXT records there, each with its strings joined; empty when there are none. Raises what DNS raises."""

LOOKUPS = 10
"""DNS look-ups an SPF record may cost (RFC 7208 section 4.6.4)."""
WALK = 8
"""Names looked at for a DMARC record (RFC 9989 section 4.10)."""
COSTLY = ("include", "a", "mx", "ptr", "exists", "redirect")
POLICIES = ("none", "quarantine", "reject")


class Verdict(StrEnum):
    good = "good"
    warning = "warning"
    bad = "bad"


PUBLISH = N_("Publish the record that `bocau senders show` prints; it may take minutes to hours to appear in DNS.")
ONE_ONLY = N_("Keep only one of them.")

SAYINGS: dict[str, tuple[Verdict, str, str]] = {
    "dkim-missing": (Verdict.bad, N_("The public key is not published."), PUBLISH),
    "dkim-several": (Verdict.bad, N_("There are several keys under one name; receivers may take any."), ONE_ONLY),
    "dkim-withdrawn": (Verdict.bad, N_("The key is published as withdrawn (empty p=)."), PUBLISH),
    "dkim-other": (Verdict.bad, N_("The key published here is not the one that signs."), PUBLISH),
    "dkim-tags": (Verdict.bad, N_("The key is right, but v= or k= beside it is wrong."), PUBLISH),
    "dkim-test": (Verdict.warning, N_("The key is right, but marked as a test (t=y)."), N_("Remove t=y.")),
    "dkim-good": (Verdict.good, N_("The public key is published."), ""),
    "spf-missing": (Verdict.bad, N_("There is no SPF record."), PUBLISH),
    "spf-several": (
        Verdict.bad,
        N_("There are {count} SPF records; with more than one, none counts."),
        N_("Merge them into one: all their parts between one v=spf1 and one ~all."),
    ),
    "spf-everybody": (
        Verdict.bad,
        N_("The SPF record allows everybody to send in this domain's name (+all)."),
        N_("End it with ~all."),
    ),
    "spf-costly": (
        Verdict.bad,
        N_("The SPF record needs {cost} look-ups; above 10, receivers ignore it."),
        N_("Remove what no longer sends for you."),
    ),
    "spf-relay": (
        Verdict.warning,
        N_("The SPF record does not name our relay: {missing} is missing."),
        N_("Put {missing} into it before ~all, unless an ip4: or a: in it stands for the same servers."),
    ),
    "spf-good": (Verdict.good, N_("The SPF record allows our relays."), ""),
    "dmarc-missing": (
        Verdict.bad,
        N_("There is no DMARC record; Gmail and Yahoo require one from those who send a lot."),
        PUBLISH,
    ),
    "dmarc-several": (Verdict.bad, N_("There are several DMARC records; with more than one, none counts."), ONE_ONLY),
    "dmarc-policy": (Verdict.bad, N_("The policy p={policy} is not one of none, quarantine, reject."), PUBLISH),
    "dmarc-exact": (
        Verdict.warning,
        N_("The record above asks for exact alignment (adkim=s): this subdomain's mail fails."),
        N_("Remove adkim=s, or add this subdomain as a sender of its own."),
    ),
    "dmarc-old": (
        Verdict.warning,
        N_("There is a DMARC record; {old} in it means nothing any more (RFC 9989)."),
        N_("Remove {old}; to test a policy without effect, use t=y."),
    ),
    "dmarc-watches": (
        Verdict.good,
        N_("There is a DMARC record that only watches (p=none)."),
        N_("When the reports show only your own mail, raise it to p=quarantine, later to p=reject."),
    ),
    "dmarc-good": (Verdict.good, N_("There is a DMARC record with the policy {policy}."), ""),
}


@dataclass(frozen=True)
class Finding:
    """One thing seen in DNS at ``name``. ``code`` is stable; ``sentence`` and ``hint`` are in the reader's language."""

    code: str
    name: str
    verdict: Verdict
    sentence: str
    hint: str = ""

    @property
    def purpose(self) -> str:
        """DKIM, SPF or DMARC."""
        return self.code.partition("-")[0].upper()

    def as_dict(self) -> dict[str, str]:
        """As JSON."""
        said = {"sentence": self.sentence, "hint": self.hint}
        return {"code": self.code, "name": self.name, "verdict": self.verdict.value} | said


def check(sender: Sender, relays: Iterable[Relay], lookup: Lookup) -> list[Finding]:
    """What DNS says about ``sender`` now."""
    keys = [key for key in (sender.active, sender.next) if key is not None]
    found = [check_key(sender, key, lookup) for key in keys]
    found.append(check_spf(envelope(sender), mechanisms(relays), lookup))
    return [*found, check_dmarc(sender.domain, lookup)]


def check_key(sender: Sender, key: Key, lookup: Lookup) -> Finding:
    """Whether a key's public half is published as it is."""
    name = dkim_name(sender, key)
    texts = [text for text in lookup(name) if "p=" in text]
    if not texts:
        return _told("dkim-missing", name)
    if len(texts) > 1:
        return _told("dkim-several", name)
    tags = parse_tags(texts[0])
    public = "".join(tags.get("p", "").split())
    if not public:
        return _told("dkim-withdrawn", name)
    if public != key.public_key:
        return _told("dkim-other", name)
    if tags.get("k", "rsa") != "rsa" or tags.get("v", "DKIM1") != "DKIM1":
        return _told("dkim-tags", name)
    return _told("dkim-test" if "y" in tags.get("t", "").split(":") else "dkim-good", name)


def check_spf(domain: str, wanted: Sequence[str], lookup: Lookup) -> Finding:
    """Whether the envelope domain allows our relays to send for it."""
    texts = spf_records(domain, lookup)
    if not texts:
        return _told("spf-missing", domain)
    if len(texts) > 1:
        return _told("spf-several", domain, count=len(texts))
    if {"+all", "all"} & set(texts[0].lower().split()):
        return _told("spf-everybody", domain)
    reached, cost = spread(texts[0], lookup)
    if cost > LOOKUPS:
        return _told("spf-costly", domain, cost=cost)
    missing = [term for term in wanted if term.lower() not in reached]
    if missing and wanted != ["mx"]:
        return _told("spf-relay", domain, missing=" ".join(missing))
    return _told("spf-good", domain)


def spf_records(domain: str, lookup: Lookup) -> list[str]:
    return [text for text in lookup(domain) if text.lower().split(" ")[0] == "v=spf1"]


def spread(record: str, lookup: Lookup) -> tuple[set[str], int]:
    """All terms an SPF record comes to through its includes, and the look-ups that costs (at most a few above 10)."""
    reached: set[str] = set()
    left, cost = [record], 0
    while left and cost <= LOOKUPS:
        for term in left.pop().lower().split()[1:]:
            bare = term.lstrip("+-~?")
            head, _, domain = bare.replace("=", ":", 1).partition(":")
            cost += head.partition("/")[0] in COSTLY
            if head in ("include", "redirect") and domain and bare not in reached and cost <= LOOKUPS:
                left += spf_records(domain, lookup)[:1]
            reached.add(bare)
    return reached, cost


def check_dmarc(domain: str, lookup: Lookup) -> Finding:
    """Whether there is a DMARC policy for the domain, its own or one above it."""
    for name in walk(domain):
        found = lookup(f"_dmarc.{name}")
        texts = [text for text in found if text.replace(" ", "").startswith("v=DMARC1")]
        if texts:
            return _policy(f"_dmarc.{name}", texts, own=name == domain)
    return _told("dmarc-missing", f"_dmarc.{domain}")


def _policy(name: str, texts: Sequence[str], *, own: bool) -> Finding:
    if len(texts) > 1:
        return _told("dmarc-several", name)
    tags = parse_tags(texts[0])
    policy = tags.get("p", "none").lower()
    if policy not in POLICIES:
        return _told("dmarc-policy", name, policy=policy[:20])
    if tags.get("adkim") == "s" and not own:
        return _told("dmarc-exact", name)
    old = [f"{tag}=" for tag in ("pct", "rf", "ri") if tag in tags]
    if old:
        return _told("dmarc-old", name, old=", ".join(old))
    return _told("dmarc-watches" if policy == "none" else "dmarc-good", name, policy=policy)


def walk(domain: str) -> list[str]:
    """The domain and those above it where its policy may stand, at most eight (RFC 9989 section 4.10)."""
    labels = domain.split(".")
    above = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [domain, *above[-(WALK - 1) :]]


def parse_tags(text: str) -> dict[str, str]:
    """``a=b; c=d`` → its tags, names in lower case, the first of equals."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _told(code: str, name: str, **fields: object) -> Finding:
    verdict, sentence, hint = SAYINGS[code]
    return Finding(code, name, verdict, say(sentence, **fields), say(hint, **fields) if hint else "")
