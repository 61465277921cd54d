"""Metrics in the Prometheus text format: what all processes counted, and gauges read at the scrape."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bocau.base.metrics import METERS, Meter, sums
from bocau.base.shares import Key

CONTENT_TYPE = CONTENT_TYPE_LATEST
Gauges = Mapping[Meter, Mapping[tuple[str, ...], float]]


def exposition(gauges: Gauges | None = None) -> bytes:
    """All metrics as Prometheus text; ``gauges``: meter → label values → number. Raises OSError (see ``base.shares``)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Listing(sums(), gauges or {}))
    return generate_latest(registry)


class _Listing(Collector):
    def __init__(self, sums: Mapping[Key, float], gauges: Gauges) -> None:
        self._gauges = gauges
        self._found: dict[str, dict[tuple[str, ...], float]] = {}
        for (name, *labels), value in sums.items():
            self._found.setdefault(name, {})[tuple(labels)] = value

    def collect(self) -> Iterator[Metric]:
        for meter in METERS:
            if meter.kind == "gauge":
                yield from _gauge(meter, self._gauges.get(meter, {}))
            elif meter.kind == "counter":
                yield _counter(meter, self._found.get(meter.name, {}))
            else:
                yield _histogram(meter, self._found.get(meter.name, {}))


def _counter(meter: Meter, values: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(meter.name, meter.help, labels=meter.labels)
    for labels, value in sorted(values.items() or ([((), 0.0)] if not meter.labels else [])):
        if len(labels) == len(meter.labels):
            family.add_metric(labels, value)
    return family


def _gauge(meter: Meter, values: Mapping[tuple[str, ...], float]) -> Iterator[Metric]:
    family = GaugeMetricFamily(meter.name, meter.help, labels=meter.labels)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    yield family


def _histogram(meter: Meter, found: Mapping[tuple[str, ...], float]) -> Metric:
    family = HistogramMetricFamily(meter.name, meter.help, labels=meter.labels)
    series: dict[tuple[str, ...], dict[str, float]] = {}
    for key, value in found.items():
        series.setdefault(key[:-1], {})[key[-1]] = value
    for labels, values in sorted(series.items()):
        if len(labels) != len(meter.labels):
            continue
        running, buckets = 0.0, []
        for place, bound in enumerate((*meter.buckets, float("inf"))):
            running += values.get(f"#{place}", 0.0)
            buckets.append(("+Inf" if bound == float("inf") else repr(bound), running))
        family.add_metric(labels, buckets, values.get("sum", 0.0))
    return family
