"""DNS against a name server of our own on loopback, which knows zones/test.zone and some bad habits."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import dns.zone
import pytest

from bocau.base.words import language
from bocau.wire.dns import DnsAwayError, DnsNameWrongError, MailHost, mail_hosts, texts
from tests.fakes.together import made_once

ZONE = dns.zone.from_file(str(Path(__file__).with_name("zones") / "test.zone"), origin="test.", relativize=False)
LONG = "x" * 200


class NameServer:
    """UDP and TCP on one free port. Names: ``silent.`` gets no answer, ``broken.`` SERVFAIL, ``long.`` only by TCP."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = int(self.tcp.getsockname()[1])
        self.udp.bind(("127.0.0.1", self.port))
        self.threads = [threading.Thread(target=self.serve_udp), threading.Thread(target=self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        # An empty datagram and an empty connection end the two threads.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("127.0.0.1", self.port))
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join()
        self.tcp.close()
        self.udp.close()

    def serve_udp(self) -> None:
        while (received := self.udp.recvfrom(4096))[0]:
            reply = self.reply(received[0])
            if reply is not None:
                if reply.question[0].name.to_text().startswith("long."):
                    reply.answer.clear()
                    reply.flags |= dns.flags.TC
                self.udp.sendto(reply.to_wire(), received[1])

    def serve_tcp(self) -> None:
        while True:
            connection, _ = self.tcp.accept()
            with connection, connection.makefile("rb") as lines:
                size = lines.read(2)
                if not size:
                    return
                reply = self.reply(lines.read(struct.unpack("!H", size)[0]))
                assert reply is not None
                data = reply.to_wire()
                connection.sendall(struct.pack("!H", len(data)) + data)

    def reply(self, data: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        head = question.name.to_text().partition(".")[0]
        if head == "silent":
            return None
        if head == "broken":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif head == "long":
            found = [f'"{n}{LONG}" "{LONG}"' for n in range(4)]
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "TXT", found))
        else:
            self.look_up(question.name, question.rdtype, reply)
        return reply

    def look_up(self, name: dns.name.Name, kind: dns.rdatatype.RdataType, reply: dns.message.Message) -> None:
        node = ZONE.get_node(name)
        if node is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            return
        for wanted in (kind, dns.rdatatype.CNAME):
            found = ZONE.get_rrset(name, wanted)
            if found is not None:
                reply.answer.append(found)
                if wanted is not kind:
                    self.look_up(found[0].target, kind, reply)
                return


@made_once
def server() -> Iterator[NameServer]:
    made = NameServer()
    yield made
    made.close()


@pytest.fixture
def resolver(server: NameServer) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1", server.port)]
    return made


def test_strings_of_a_text_record_are_joined(resolver: dns.resolver.Resolver) -> None:
    assert texts("s1._domainkey.clinic.test", resolver=resolver) == ["v=DKIM1; k=rsa; p=MIIB"]


def test_all_text_records_of_a_name_are_told(resolver: dns.resolver.Resolver) -> None:
    assert sorted(texts("clinic.test", resolver=resolver)) == ["other", "v=spf1 include:spf.test -all"]


def test_aliases_are_followed(resolver: dns.resolver.Resolver) -> None:
    assert len(texts("alias.test", resolver=resolver)) == 2


@pytest.mark.parametrize("name", ["nowhere.test", "bare.test"])
def test_a_name_without_text_records_has_none(resolver: dns.resolver.Resolver, name: str) -> None:
    assert texts(name, resolver=resolver) == []


def test_a_record_may_be_empty(resolver: dns.resolver.Resolver) -> None:
    assert texts("empty.test", resolver=resolver) == [""]


def test_control_characters_in_records_become_blanks(resolver: dns.resolver.Resolver) -> None:
    [text] = texts("hostile.test", resolver=resolver)
    assert text == "a b  [31mc\N{REPLACEMENT CHARACTER}d"


def test_an_answer_too_long_for_a_datagram_is_fetched_whole(resolver: dns.resolver.Resolver) -> None:
    found = texts("long.test", resolver=resolver)
    assert sorted(found) == [f"{n}{LONG}{LONG}" for n in range(4)]


def test_unicode_names_are_asked_for_as_a_labels(resolver: dns.resolver.Resolver) -> None:
    assert texts("phòngkhám.test", resolver=resolver) == ["idn"]


def test_mail_hosts_come_in_order_of_preference(resolver: dns.resolver.Resolver) -> None:
    assert mail_hosts("clinic.test", resolver=resolver) == [
        MailHost(10, "mx1.clinic.test"),
        MailHost(20, "mx2.clinic.test"),
    ]


@pytest.mark.parametrize("name", ["bare.test", "six.test"])
def test_a_domain_without_mx_takes_its_mail_at_its_address(resolver: dns.resolver.Resolver, name: str) -> None:
    assert mail_hosts(name, resolver=resolver) == [MailHost(0, name)]


@pytest.mark.parametrize("name", ["none.test", "nowhere.test", "empty.test"])
def test_a_domain_that_takes_no_mail_has_no_hosts(resolver: dns.resolver.Resolver, name: str) -> None:
    assert mail_hosts(name, resolver=resolver) == []


def test_silence_is_told_after_the_patience(resolver: dns.resolver.Resolver) -> None:
    with pytest.raises(DnsAwayError) as caught:
        texts("silent.test", 0.05, resolver=resolver)
    assert "silent.test: no answer within 0.05 s" in str(caught.value)


def test_failing_name_servers_are_told_apart_from_missing_names(resolver: dns.resolver.Resolver) -> None:
    with pytest.raises(DnsAwayError) as caught:
        mail_hosts("broken.test", resolver=resolver)
    assert "all name servers failed" in str(caught.value)


def test_a_machine_without_name_servers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> dns.resolver.Resolver:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "get_default_resolver", none)
    with pytest.raises(DnsAwayError) as caught:
        texts("clinic.test")
    assert "no name server is set" in str(caught.value)


@pytest.mark.parametrize("name", ["", ".", "a..test", "x" * 64 + ".test", ".".join(["a" * 60] * 5), "\ud800.test"])
def test_what_is_no_name_is_told_before_anybody_is_asked(name: str) -> None:
    with pytest.raises(DnsNameWrongError):
        texts(name)


def test_the_reason_is_told_in_the_readers_language(resolver: dns.resolver.Resolver) -> None:
    token = language.set("vi")
    try:
        with pytest.raises(DnsAwayError) as caught:
            texts("silent.test", 0.05, resolver=resolver)
        assert "không trả lời trong 0.05 giây" in str(caught.value)
    finally:
        language.reset(token)
