"""The policy that is good, and what a way to break it consists of."""

from typing import NamedTuple

FILES = {
    "base.yaml": """\
inputs:
  - {name: shop, topic: shop.metrics}
channels:
  slack: {kind: slack, token: {env: SLACK_TOKEN}}
  mail: {kind: email, host: localhost, sender: tocsin@shop.example}
""",
    "people.yaml": """\
users:
  ana:
    time_zone: Europe/Vienna
    contacts:
      - {channel: slack, address: U1}
      - {channel: mail, address: ana@shop.example, after: 5m}
  bo:
    contacts: [{channel: slack, address: U2}]
    page_budget: 5/1h
schedules:
  primary:
    time_zone: Europe/Vienna
    layers:
      - users: [ana, bo]
        starts_at: 2026-01-05
        turn: 1w
        handoff: "09:00"
      - users: [bo]
        starts_at: 2026-01-05
        turn: 1w
        restrictions: [{start_time: "22:00", end_time: "06:00"}]
    overrides:
      - {user: bo, starts_at: 2026-12-24T09:00:00Z, ends_at: 2026-12-27T09:00:00Z}
    swaps:
      - {users: [ana, bo], starts_at: 2026-11-02T09:00:00Z, ends_at: 2026-11-16T09:00:00Z}
escalations:
  urgent:
    levels:
      - targets: [schedule: primary]
        wait: 5m
      - targets: [user: bo, receiver: shop]
        wait: 10m
        only_if: {severity: [critical]}
    repeat: 1
""",
    "routing.yaml": """\
receivers:
  shop: [{channel: slack, address: "#shop"}]
  night: [{channel: mail, address: night@shop.example}]
time_intervals:
  office:
    - weekdays: ["monday:friday"]
      times: [{start_time: "09:00", end_time: "17:00"}]
      time_zone: Europe/Vienna
route:
  receiver: shop
  group_by: [service]
  group_wait: 30s
  routes:
    - match: ['service="checkout"']
      escalation: urgent
      active_intervals: [office]
    - match: ['team="data"']
      receiver: night
silences:
  - id: move
    match: ['service="shipping"']
    starts_at: 2026-01-10T22:00:00Z
    ends_at: 2026-01-11T04:00:00Z
    comment: The provider moves.
inhibitions:
  - name: host-down
    source: ['metric="up"']
    target: ['metric="load"']
    equal: [host]
""",
}


class Broken(NamedTuple):
    """A text in one of the files, what stands there instead, and the problems in order."""

    what: str
    old: str
    new: str
    said: tuple[str, ...]
