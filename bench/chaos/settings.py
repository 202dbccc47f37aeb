"""The configuration of a run.

Gauges have a budget that noise does not use up in a run. Counts of errors have the usual one: under
1/365d 5 of 150 planted bursts opened in no run at all, two to eleven hours after the first sample,
under 1/30d all did (counts alone, without brokers; docs/adr/0028, Reach). What is tried here is
that nothing is lost, not how far detectors reach.
"""

from pathlib import Path

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}, partitions: 4, session_timeout: 3s}}
inputs:
  - {{name: metrics, topic: {topics}-metrics, format: json, behind_alarm: 36500d}}
  - {{name: keyed, topic: {topics}-keyed, format: json, keyed: true, behind_alarm: 36500d}}
  - name: counters
    topic: {topics}-counters
    format: mapping
    mapping:
      timestamp: timestamp
      labels: {{host: host}}
      fields: [requests_total]
      counters: ["*_total"]
    behind_alarm: 36500d
  - {{name: errors, topic: {topics}-errors, kind: errors, behind_alarm: 36500d}}
profiles:
  - name: errors
    match: ['input="errors"']
    detectors: {{counts: {{memory: 1d}}}}
    count_every: 20s
    direction: up
    min_change: 5
    open_after: 2 of 3
    warm_up: 1h
    warm_up_samples: 60
    false_alarms: 1/30d
    severity: error
  - name: default
    match: ['input=~".+"']
    detectors: {{seasonal: {{}}, robust: {{}}, ewma: {{}}}}
    min_change_ratio: 0.3
    warm_up: 1h
    false_alarms: 1/365d
    severity: error
channels:
  slack: {{kind: slack, token: {{env: SLACK_TOKEN}}, base_url: "{slack}"}}
retry: {{attempts: 20, first_wait: 1s, longest_wait: 2s}}
receivers: {{ops: [{{channel: slack, address: "#ops"}}]}}
route:
  receiver: ops
  group_by: [metric, host, service]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 4h
console: {{host: 127.0.0.1, port: 8080}}
"""


def write_config(path: Path, *, bootstrap: str, prefix: str, topics: str, slack: str) -> Path:
    """A configuration whose inputs are the topics named after `topics`."""
    text = CONFIG.format(bootstrap=bootstrap, prefix=prefix, topics=topics, slack=slack)
    path.write_text(text)
    return path
