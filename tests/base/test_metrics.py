import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bocau.base import metrics
from bocau.base.exposition import exposition


@pytest.fixture(autouse=True)
def own_numbers(tmp_path: Path) -> Iterator[None]:
    metrics.keep_in(tmp_path / "metrics")
    yield
    metrics.keep_in(None)


def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition().decode())
        for sample in family.samples
    }


def test_outcomes_are_counted_by_relay_and_class() -> None:
    metrics.settled("gmail", Counter({("sent", ""): 9, ("deferred", "rate"): 1}))
    metrics.settled("gmail", Counter({("sent", ""): 1}))
    found = samples()
    assert found["bocau_delivery_mails_total", (("class", ""), ("outcome", "sent"), ("relay", "gmail"))] == 10
    assert found["bocau_delivery_mails_total", (("class", "rate"), ("outcome", "deferred"), ("relay", "gmail"))] == 1


def test_latencies_fall_into_cumulative_buckets() -> None:
    metrics.settled("gmail", {}, [0.001, 0.0011, 0.3, 9999.0])
    found = samples()
    name = "bocau_delivery_smtp_seconds"
    assert found[f"{name}_bucket", (("le", "0.001"), ("relay", "gmail"))] == 1
    assert found[f"{name}_bucket", (("le", "0.0025"), ("relay", "gmail"))] == 2
    assert found[f"{name}_bucket", (("le", "600.0"), ("relay", "gmail"))] == 3
    assert found[f"{name}_bucket", (("le", "+Inf"), ("relay", "gmail"))] == 4
    assert found[f"{name}_count", (("relay", "gmail"),)] == 4
    assert found[f"{name}_sum", (("relay", "gmail"),)] == pytest.approx(9999.3021)


def test_settles_claims_doubts_letters_and_caught_mails_are_counted() -> None:
    metrics.settle_took(0.004, 500)
    metrics.claimed("bulk")
    metrics.doubted("gmail", "silence", 2)
    metrics.composed(100, 0.003)
    metrics.composed(0, 0.0)
    metrics.caught(3, 4096)
    found = samples()
    assert found["bocau_delivery_settle_seconds_bucket", (("le", "0.005"),)] == 1
    assert found["bocau_delivery_settled_mails_total", ()] == 500
    assert found["bocau_delivery_claimed_batches_total", (("queue", "bulk"),)] == 1
    assert found["bocau_delivery_doubted_mails_total", (("cause", "silence"), ("relay", "gmail"))] == 2
    assert found["bocau_delivery_compose_seconds_count", ()] == 100
    assert found["bocau_delivery_compose_seconds_bucket", (("le", "5e-05"),)] == 100
    assert found["bocau_sandbox_caught_bytes_total", ()] == 4096


def test_hostile_label_values_cannot_break_the_format() -> None:
    metrics.settled('a"b\n# TYPE x', {("sent", "\\"): 1})
    assert (
        samples()["bocau_delivery_mails_total", (("class", "\\"), ("outcome", "sent"), ("relay", 'a"b\n# TYPE x'))] == 1
    )


def test_gauges_are_what_the_scrape_gives() -> None:
    text = exposition({metrics.QUEUE_OPEN: {("bulk",): 7.0}}).decode()
    assert 'bocau_ledger_open_mails{queue="bulk"} 7.0' in text


@pytest.mark.parametrize("meter", metrics.METERS, ids=lambda meter: meter.name)
def test_metrics_are_named_for_room_thing_and_unit(meter: metrics.Meter) -> None:
    units = "seconds|mails|batches|bytes|up|sendings"
    assert re.fullmatch(rf"bocau_[a-z]+(_[a-z]+)*_({units})(_total)?", meter.name)
    assert meter.name.endswith("_total") == (meter.kind == "counter")
    assert meter.help.endswith(".")
    assert bool(meter.buckets) == (meter.kind == "histogram")
    assert list(meter.buckets) == sorted(set(meter.buckets))
