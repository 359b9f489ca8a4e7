"""States of AWS accounts for control 4.3, each with the verdict that an expert would give.

A scenario builds its state through boto3 in an emulated AWS. It expects, per account, ``ok`` or ``alarm``, and for
``alarm`` the first broken hop of the best chain. ``SCENARIOS["ok_canonical"].build(World(endpoint))``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from checker.demo.world import World
from tests.builders import HOME, ROOT, A, B, topic_arn

CENTRAL_TOPIC = topic_arn(A)


Build = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A state and its verdict: ``expect`` and ``hop`` by account."""

    name: str
    why: str
    build: Build
    expect: Mapping[str, str]
    hop: Mapping[str, str]


_FOUND: dict[str, Scenario] = {}
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(_FOUND)


def _ok(why: str) -> Callable[[Build], Build]:
    return _scenario(why, {A: "ok"}, {})


def _broken(hop: str, why: str) -> Callable[[Build], Build]:
    return _scenario(why, {A: "alarm"}, {A: hop})


def _scenario(why: str, expect: Mapping[str, str], hop: Mapping[str, str]) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        _FOUND[build.__name__] = Scenario(build.__name__, why, build, expect, hop)
        return build

    return register


@_ok("the CIS remediation to the letter")
def ok_canonical(world: World) -> None:
    world.chain()


@_ok("same three clauses in another order")
def ok_reordered(world: World) -> None:
    world.chain(
        '{ $.eventType != "AwsServiceEvent" && $.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type = "Root" }'
    )


@_ok("broader than the reference: every reference event still matches")
def ok_broader(world: World) -> None:
    world.chain('{ $.userIdentity.type = "Root" }')


@_ok("management events, all, by advanced selectors")
def ok_advanced_selectors(world: World) -> None:
    selectors = [{"Name": "mgmt", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    world.chain(trail={"advanced": selectors})


@_ok("the whole chain lives in the trail's home region")
def ok_other_home_region(world: World) -> None:
    place = {"region": "eu-west-1"}
    world.chain(trail=place, filter=place, topic=place, alarm=place)


@_ok("one complete chain is enough")
def ok_second_trail(world: World) -> None:
    world.trail("aaa-broken", group=None)
    world.chain()


@_ok("1 > 0 fires on a single event")
def ok_gt_zero(world: World) -> None:
    world.chain(alarm={"Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"})


@_ok("a metric-math alarm that returns the root metric itself")
def ok_metric_math(world: World) -> None:
    world.trail()
    world.filter()
    metric = {"Namespace": "CISBenchmark", "MetricName": "root"}
    query = {"Id": "m1", "ReturnData": True, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="root",
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[world.topic()],
        Metrics=[query],
    )


@_broken("trail", "nothing at all")
def bad_empty(world: World) -> None:
    del world


@_broken("trail", "trail covers one region")
def bad_single_region(world: World) -> None:
    world.chain(trail={"multi": False})


@_broken("trail", "trail does not log")
def bad_not_logging(world: World) -> None:
    world.chain(trail={"logging": False})


@_broken("log_group", "trail has no log group")
def bad_no_log_group(world: World) -> None:
    world.chain(trail={"group": None})


@_broken("trail", "write events only")
def bad_write_only(world: World) -> None:
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    world.chain(trail={"selectors": [selector]})


@_broken("filter", "no metric filter")
def bad_no_filter(world: World) -> None:
    world.trail()
    world.alarm(world.topic())


@_broken("filter", "filter sits on another log group")
def bad_other_group(world: World) -> None:
    world.chain(filter={"group": "elsewhere"})


@_broken("filter", "only root console logins")
def bad_narrowed_console_login(world: World) -> None:
    world.chain(ROOT.replace(" }", ' && $.eventName = "ConsoleLogin" }'))


@_broken("alarm", "no alarm")
def bad_no_alarm(world: World) -> None:
    world.trail()
    world.filter()
    world.topic()


@_broken("alarm", "alarm on the same metric name in another namespace")
def bad_other_namespace(world: World) -> None:
    world.chain(alarm={"Namespace": "SomethingElse"})


@_broken("alarm", "alarm needs ten events")
def bad_threshold_10(world: World) -> None:
    world.chain(alarm={"Threshold": 10.0})


@_broken("topic", "alarm has no action")
def bad_no_action(world: World) -> None:
    world.chain(alarm={"AlarmActions": []})


@_broken("topic", "actions are switched off")
def bad_actions_disabled(world: World) -> None:
    world.chain(alarm={"ActionsEnabled": False})


@_broken("subscription", "nobody subscribed")
def bad_no_subscription(world: World) -> None:
    world.chain(topic={"subscribe": False})


@_broken("topic", "the topic's policy lets only Lambda publish")
def bad_topic_policy(world: World) -> None:
    world.chain()
    world.close_topic()


@_broken("topic", "encrypted under the AWS managed SNS key: CloudWatch cannot use it")
def bad_topic_managed_key(world: World) -> None:
    world.chain()
    world.topic_attribute("KmsMasterKeyId", "alias/aws/sns")


@_scenario("a good account must not lend its chain to another", {A: "ok", B: "alarm"}, {B: "trail"})
def multi_isolated(world: World) -> None:
    world.chain()
    world.topic(account=B)


@_scenario("central topic: A's alarm notifies a confirmed subscriber of B's topic", {A: "ok", B: "alarm"}, {B: "trail"})
def multi_central_topic(world: World) -> None:
    world.trail()
    world.filter()
    world.alarm(world.topic(account=B))


@_ok("a compliant account of usual size: 60 topics, 80 alarms and 40 log groups at home, some elsewhere")
def realistic(world: World) -> None:
    world.chain()
    _furnish(world, HOME, topics=59, alarms=79, groups=39)
    for region in ("eu-west-1", "eu-central-1", "ap-southeast-2"):
        _furnish(world, region, topics=2, alarms=3, groups=2)


def _furnish(world: World, region: str, *, topics: int, alarms: int, groups: int) -> None:
    arns = [world.topic(f"team-{number:02}", region=region) for number in range(topics)]
    for number in range(groups):
        world.log_group(f"/app/service-{number:02}", region)
        if number % 4 == 0:
            place = {"group": f"/app/service-{number:02}", "region": region, "name": "errors"}
            world.filter("?ERROR ?Exception", **place, metricName=f"errors-{number:02}", metricNamespace="Apps")
    for number in range(alarms):
        name, topic = f"app-{number:02}", arns[number % len(arns)]
        world.alarm(topic, region=region, AlarmName=name, MetricName=f"errors-{number:02}", Namespace="Apps")


def names(*, expect: Iterable[str] = ("ok", "alarm")) -> list[str]:
    """Names of the scenarios whose home account gets one of the verdicts."""
    wanted = set(expect)
    return [name for name, scenario in SCENARIOS.items() if scenario.expect[A] in wanted]
