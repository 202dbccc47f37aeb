"""Records as real producers write them, shortened, after the documents of their makers."""

import json
from typing import Any

SECOND = 1_799_999_990
"""When all of them were written, epoch seconds."""
RFC3339 = "2027-01-15T07:59:50.000Z"

FLUENT_BIT_CPU: dict[str, Any] = {
    "@timestamp": SECOND + 0.5,
    "cpu_p": 1.75,
    "user_p": 1.25,
    "system_p": 0.5,
    "cpu0.p_cpu": 3.0,
    "cpu0.p_user": 2.0,
    "cpu0.p_system": 1.0,
}
FLUENT_BIT_LOG: dict[str, Any] = {
    "@timestamp": RFC3339,
    "stream": "stdout",
    "log": "GET /cart 200 12ms",
    "duration_ms": 12,
    "pid": 4711,
    "kubernetes": {
        "pod_name": "cart-7d9f",
        "namespace_name": "shop",
        "pod_id": "b89a812e",
        "labels": {"app": "cart"},
        "host": "node1",
        "container_name": "cart",
    },
}
BEATS_CPU: dict[str, Any] = {
    "@timestamp": RFC3339,
    "@metadata": {"beat": "metricbeat", "type": "_doc", "version": "8.19.0"},
    "ecs": {"version": "8.0.0"},
    "agent": {"type": "metricbeat", "name": "web1", "version": "8.19.0"},
    "event": {"dataset": "system.cpu", "duration": 115000, "module": "system"},
    "host": {"name": "web1", "cpu": {"usage": 0.0457}},
    "metricset": {"name": "cpu", "period": 10000},
    "service": {"type": "system"},
    "system": {
        "cpu": {
            "cores": 24,
            "idle": {"norm": {"pct": 0.9543}, "pct": 22.9021, "ticks": 2001810369},
            "user": {"norm": {"pct": 0.0295}, "pct": 0.7068, "ticks": 41097150},
        }
    },
}
BEATS_FILESYSTEM: dict[str, Any] = {
    "@timestamp": RFC3339,
    "agent": {"type": "metricbeat", "hostname": "web1"},
    "event": {"dataset": "system.filesystem", "module": "system"},
    "metricset": {"name": "filesystem"},
    "system": {
        "filesystem": {
            "device_name": "overlay",
            "mount_point": "/",
            "type": "overlay",
            "free": 53538639872,
            "used": {"bytes": 13832937472, "pct": 0.2053},
        }
    },
}
BEATS_PROMETHEUS: dict[str, Any] = {
    "@timestamp": RFC3339,
    "beat": {"hostname": "web1", "name": "web1"},
    "metricset": {"host": "127.0.0.1:9090", "module": "prometheus", "name": "collector"},
    "prometheus": {
        "labels": {"job": "node", "handler": "/metrics"},
        "metrics": {"http_requests_total": 42, "process_open_fds": 12},
    },
}
VECTOR_COUNTER: dict[str, Any] = {
    "name": "requests",
    "namespace": "app",
    "tags": {"host": "web1", "method": "GET"},
    "timestamp": "2027-01-15T07:59:50.123456789Z",
    "interval_ms": 10000,
    "kind": "incremental",
    "counter": {"value": 5.0},
}
VECTOR_GAUGE: dict[str, Any] = {
    "name": "memory_available_bytes",
    "namespace": "host",
    "tags": {"collector": "memory", "host": "web1"},
    "timestamp": RFC3339,
    "kind": "absolute",
    "gauge": {"value": 22126592.0},
}
VECTOR_HISTOGRAM: dict[str, Any] = {
    "name": "latency_seconds",
    "timestamp": RFC3339,
    "kind": "absolute",
    "aggregated_histogram": {
        "buckets": [
            {"upper_limit": 0.1, "count": 7},
            {"upper_limit": 1.0, "count": 2},
            {"upper_limit": None, "count": 1},
        ],
        "count": 10,
        "sum": 4.5,
    },
}
VECTOR_LOG: dict[str, Any] = {
    "host": "web1",
    "message": "took 12 ms",
    "service": "cart",
    "source_type": "socket",
    "took_ms": 12.5,
    "timestamp": RFC3339,
}
DEBEZIUM_UPDATE: dict[str, Any] = {
    "schema": {
        "type": "struct",
        "name": "shop.inventory.products.Envelope",
        "fields": [
            {"type": "struct", "optional": True, "field": "before", "fields": []},
            {
                "type": "struct",
                "optional": True,
                "field": "after",
                "name": "shop.inventory.products.Value",
                "fields": [
                    {"type": "int32", "optional": False, "field": "id"},
                    {"type": "string", "optional": False, "field": "name"},
                    {"type": "int32", "optional": True, "field": "quantity"},
                    {
                        "type": "bytes",
                        "optional": False,
                        "name": "org.apache.kafka.connect.data.Decimal",
                        "version": 1,
                        "parameters": {"scale": "2", "connect.decimal.precision": "10"},
                        "field": "price",
                    },
                    {
                        "type": "int32",
                        "optional": True,
                        "name": "io.debezium.time.Date",
                        "version": 1,
                        "field": "listed",
                    },
                ],
            },
        ],
    },
    "payload": {
        "before": None,
        "after": {"id": 101, "name": "scooter", "quantity": 7, "price": "AN3h", "listed": 20000},
        "source": {
            "version": "3.3.0.Final",
            "connector": "mysql",
            "name": "shop",
            "ts_ms": SECOND * 1000,
            "snapshot": "false",
            "db": "inventory",
            "table": "products",
            "server_id": 223344,
            "file": "mysql-bin.000003",
            "pos": 484,
        },
        "op": "u",
        "ts_ms": SECOND * 1000 + 480,
    },
}
DEBEZIUM_UNWRAPPED: dict[str, Any] = {
    "id": 101,
    "quantity": 7,
    "price": 568.01,
    "__op": "u",
    "__table": "products",
    "__source_ts_ms": SECOND * 1000,
    "__deleted": "false",
}
COLLECTD: list[dict[str, Any]] = [
    {
        "values": [1901474177],
        "dstypes": ["derive"],
        "dsnames": ["value"],
        "time": SECOND + 0.123,
        "interval": 10.000,
        "host": "web1",
        "plugin": "cpu",
        "plugin_instance": "0",
        "type": "cpu",
        "type_instance": "idle",
    },
    {
        "values": [0.25, 0.5, None],
        "dstypes": ["gauge", "gauge", "gauge"],
        "dsnames": ["shortterm", "midterm", "longterm"],
        "time": SECOND + 0.123,
        "interval": 10.000,
        "host": "web1",
        "plugin": "load",
        "plugin_instance": "",
        "type": "load",
        "type_instance": "",
    },
]


def written(record: object) -> bytes:
    """A record as it stands in Kafka."""
    return json.dumps(record).encode()


LINES = b"""\
cpu,host=web1,region=eu usage_idle=97.1,usage_user=2.5 1799999990000000000
mem,host=web1 free=12345i 1799999990000000000
"""
TELEGRAF: dict[str, Any] = {
    "fields": {"usage_idle": 97.1, "usage_user": 2.5},
    "name": "cpu",
    "tags": {"host": "web1", "cpu": "cpu-total"},
    "timestamp": SECOND,
}
PROMETHEUS: dict[str, Any] = {
    "timestamp": "2027-01-15T07:59:50Z",
    "value": "9876543210",
    "name": "up",
    "labels": {"__name__": "up", "job": "node"},
}
OTLP_JSON: dict[str, Any] = {
    "resourceMetrics": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]},
            "scopeMetrics": [
                {
                    "scope": {"name": "my.library"},
                    "metrics": [
                        {
                            "name": "requests",
                            "unit": "1",
                            "sum": {
                                "aggregationTemporality": 2,
                                "isMonotonic": True,
                                "dataPoints": [
                                    {
                                        "asInt": "5",
                                        "startTimeUnixNano": str((SECOND - 60) * 10**9),
                                        "timeUnixNano": str(SECOND * 10**9),
                                    }
                                ],
                            },
                        },
                        {
                            "name": "queue",
                            "gauge": {
                                "dataPoints": [
                                    {"asDouble": 10.5, "timeUnixNano": str(SECOND * 10**9)}
                                ]
                            },
                        },
                    ],
                }
            ],
        }
    ]
}
NATIVE: dict[str, Any] = {
    "name": "latency_ms",
    "labels": {"service": "cart"},
    "value": 12.5,
    "timestamp": SECOND,
}
FIELDS: dict[str, Any] = {"labels": {"host": "a"}, "fields": {"load1": 0.5}, "timestamp": SECOND}

BY_FORMAT: dict[str, list[bytes]] = {
    "json": [written(NATIVE), written([NATIVE, NATIVE]), written(FIELDS)],
    "otlp_json": [written(OTLP_JSON)],
    "influx": [LINES, LINES.splitlines()[0]],
    "telegraf_json": [written(TELEGRAF), written({"metrics": [TELEGRAF, TELEGRAF]})],
    "prometheus_json": [written(PROMETHEUS)],
    "vector": [
        written(event) for event in (VECTOR_COUNTER, VECTOR_GAUGE, VECTOR_HISTOGRAM, VECTOR_LOG)
    ],
    "fluent_bit": [written(FLUENT_BIT_CPU), written(FLUENT_BIT_LOG)],
    "beats": [written(d) for d in (BEATS_CPU, BEATS_FILESYSTEM, BEATS_PROMETHEUS)],
    "debezium": [written(DEBEZIUM_UPDATE), written(DEBEZIUM_UNWRAPPED)],
    "collectd": [written(COLLECTD)],
}
"""Records of each format that is text."""
