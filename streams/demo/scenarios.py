"""The named scenarios of the demonstration, and whom each must reach.

The contacts are those of the first page under `config/examples`; a test keeps the two together.
"""

from routing.alert import Severity
from routing.policy import Contact
from streams.demo.scenario import (
    MINUTE_S,
    Change,
    Expected,
    Scenario,
    about,
    every_other,
    growing,
    half_a_day_away,
    silent,
    times_over,
)

CONTROL = ("catalog", "shipping")  # nothing is ever wrong with these

_SLACK, _PAGER = Contact("slack", "#shop"), Contact("pagerduty", "shop-oncall")
_ISSUE = Contact("jira", "SHOP")
TOLD_FIRST: dict[str, tuple[Contact, ...]] = {
    "checkout": (_SLACK, _PAGER),
    "payments": (_SLACK, _PAGER),
    "search": (_SLACK,),
    "cache": (_SLACK,),
    "db": (_ISSUE,),
    "storefront": (Contact("email", "storefront@shop.example"),),
    "inventory": (Contact("email", "warehouse@shop.example"),),
    "cart": (_SLACK, _ISSUE),
}
TOLD_SECOND = {"payments": Contact("email", "lena@shop.example")}  # while nobody acknowledges


def _scenario(
    name: str,
    service: str,
    minutes: float,
    about: str,
    changes: dict[str, Change],
    *,
    errors: float = 1.0,
    severity: Severity = Severity.WARNING,
) -> Scenario:
    return Scenario(
        name=name,
        service=service,
        about=about,
        lasts_for_s=minutes * MINUTE_S,
        changes=changes,
        errors=errors,
        expected=Expected(service=service, contacts=TOLD_FIRST[service], severity=severity),
    )


_ALL = (
    _scenario(
        "spike",
        "checkout",
        12,
        "latency is six times the usual",
        {"latency_ms": times_over(6.0)},
        severity=Severity.CRITICAL,
    ),
    _scenario(
        "error-burst",
        "cart",
        10,
        "40 errors a minute instead of one",
        {},
        errors=40.0,
    ),
    _scenario(
        "outage",
        "payments",
        22,  # long enough for the second level to be told, even by a worker that has to come back
        "no requests get through, most that try fail, and slowly",
        {
            "requests_per_s": times_over(0.0),
            "error_ratio": about(0.6),
            "latency_ms": times_over(4.0),
        },
        severity=Severity.CRITICAL,
    ),
    _scenario(
        "level-shift",
        "search",
        25,
        "latency settles at 1.6 times the usual",
        {"latency_ms": times_over(1.6)},
    ),
    _scenario("missing-data", "inventory", 12, "no series arrives", {"*": silent}, errors=0.0),
    _scenario(
        "flapping",
        "cache",
        15,
        "the hit ratio is bad every other minute",
        {"hit_ratio": every_other(MINUTE_S, times_over(0.55))},
    ),
    _scenario(
        "slow-drift", "db", 40, "connections leak, 1.5 % a minute", {"connections": growing(0.015)}
    ),
    _scenario(
        "season-break",
        "storefront",
        30,
        "orders are those of the opposite time of day",
        {"orders_per_min": half_a_day_away},
    ),
)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
