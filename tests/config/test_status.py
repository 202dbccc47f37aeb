"""What workers say of themselves, and what that says of the inputs."""

import msgspec

from config.status import InputStatus, WorkerStatus, decode, encode, inputs_of


def worker(name: str, **inputs: InputStatus) -> WorkerStatus:
    return WorkerStatus(worker=name, host="node", pid=1, at=1000.0, inputs=inputs)


def test_status_is_what_was_written() -> None:
    status = worker("a", shop=InputStatus(records=7, event_at=990.0, event_lag_s=10.0))
    assert decode(encode(status)) == status


def test_status_of_an_older_worker_knows_nothing_of_inputs() -> None:
    old = msgspec.json.encode({"worker": "a", "host": "node", "pid": 1, "at": 1000.0, "lag": 3})
    assert decode(old).inputs == {}
    assert inputs_of([decode(old)]) == {}


def test_input_of_several_workers_is_their_sum_and_as_late_as_the_latest() -> None:
    ahead = InputStatus(
        records=3, bad=1, samples_per_s=2.5, waiting_s=0.1, event_at=999.0, event_lag_s=1.0
    )
    behind = InputStatus(
        records=4, shed=2, samples_per_s=1.5, waiting_s=40.0, event_at=900.0, event_lag_s=100.0
    )
    only_read = InputStatus(records=5, format="otlp")
    found = inputs_of([worker("a", shop=ahead), worker("b", shop=behind, web=only_read)])
    assert list(found) == ["shop", "web"]
    assert found["shop"] == InputStatus(
        records=7,
        bad=1,
        shed=2,
        samples_per_s=4.0,
        waiting_s=40.0,
        event_at=900.0,
        event_lag_s=100.0,
    )
    assert found["web"] == only_read
