"""What is asked of AWS, how often, and what becomes of refusals."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from checker.catalogue import load_queries, parse_query
from checker.database.embedded.collector.aws import Aws
from checker.database.embedded.database import EmbeddedDatabase
from checker.database.embedded.server import Server
from checker.database.embedded.settings import Settings
from checker.database.interface import DatabaseKind, ReadFailed
from checker.errors import DatabaseUnavailable
from checker.facts import Connection, LogGroup
from tests.emulator.client import EmulatedAws, Profiles
from tests.scenarios import CENTRAL_TOPIC, HOME, SCENARIOS, A, B, World

QUERIES = load_queries()
WriteProfiles = Callable[[Mapping[str, str]], Profiles]
Read = Callable[..., list[Any]]


@pytest.fixture
def world(emulator: EmulatedAws) -> World:
    return World(emulator.endpoint)


@pytest.fixture
def database(aws_environment: dict[str, str]) -> Iterator[EmbeddedDatabase]:
    with EmbeddedDatabase.open(timeout=30, max_attempts=3) as opened:
        yield opened


@pytest.fixture
def read(database: EmbeddedDatabase) -> Read:
    return reader(database)


def reader(database: EmbeddedDatabase) -> Read:
    def ask(name: str, **parameters: Sequence[str] | None) -> list[Any]:
        return database.read(QUERIES[name], parameters)

    return ask


def actions(emulator: EmulatedAws) -> dict[str, int]:
    return dict(Counter(call["action"] for call in emulator.calls()))


def staged(read: Read, topic: str = CENTRAL_TOPIC, region: str = HOME) -> None:
    """The stages of a check of one account."""
    assert read("accounts")
    assert read("trails", regions=[region])
    assert read("metric_filters", regions=[region], log_group_names=["ct"])
    assert read("alarms", regions=[region])
    assert read("topics", regions=[region], account_ids=[A], topic_arns=[topic])
    assert read("topic_subscriptions", regions=[region], account_ids=[A], topic_arns=[topic])


class TestBudget:
    def test_a_realistic_account_costs_nine_calls_in_one_region(
        self, world: World, emulator: EmulatedAws, read: Read
    ) -> None:
        SCENARIOS["realistic"].build(world)
        emulator.clear_calls()
        staged(read)
        staged(read)
        assert actions(emulator) == {
            "GetCallerIdentity": 1,
            "DescribeTrails": 1,
            "GetTrailStatus": 1,
            "GetEventSelectors": 1,
            "DescribeMetricFilters": 1,
            "DescribeAlarms": 1,
            "GetTopicAttributes": 1,
            "ListSubscriptionsByTopic": 1,
            "GetSubscriptionAttributes": 1,
        }
        assert {call["region"] for call in emulator.calls()} == {HOME}

    def test_an_empty_account_costs_two(self, emulator: EmulatedAws, read: Read) -> None:
        assert read("accounts")
        assert read("trails", regions=[HOME]) == []
        assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeTrails": 1}

    def test_a_trail_is_asked_where_it_lives(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        SCENARIOS["ok_other_home_region"].build(world)
        emulator.clear_calls()
        (trail,) = read("trails", regions=[HOME])
        assert (trail.region, trail.home_region, trail.is_logging) == (HOME, "eu-west-1", True)
        assert len(read("trails", regions=[HOME, "eu-west-1"])) == 2
        assert {(call["action"], call["region"]) for call in emulator.calls()} == {
            ("GetCallerIdentity", HOME),
            ("DescribeTrails", HOME),
            ("DescribeTrails", "eu-west-1"),
            ("GetTrailStatus", "eu-west-1"),
            ("GetEventSelectors", "eu-west-1"),
        }
        assert len(emulator.calls()) == 5

    def test_many_alarms_are_read_page_by_page(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        for number in range(120):
            world.alarm(CENTRAL_TOPIC, AlarmName=f"alarm-{number:03}")
        emulator.clear_calls()
        assert len(read("alarms", regions=[HOME])) == 120
        assert actions(emulator)["DescribeAlarms"] <= 2

    def test_clearing_the_cache_asks_anew(
        self, world: World, emulator: EmulatedAws, database: EmbeddedDatabase, read: Read
    ) -> None:
        assert read("alarms", regions=[HOME]) == []
        world.alarm(CENTRAL_TOPIC)
        assert read("alarms", regions=[HOME]) == []
        database.clear_cache()
        assert [row.name for row in read("alarms", regions=[HOME])] == ["root"]
        assert actions(emulator)["DescribeAlarms"] == 2


class TestRows:
    def test_every_transformation_is_kept(self, world: World, read: Read) -> None:
        world.filter(defaultValue=0.0, unit="Count")
        (row,) = read("metric_filters", regions=[HOME], log_group_names=["ct", "ct"])
        assert row.metric_transformations == [
            {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1", "defaultValue": 0.0}
            | {"unit": "Count"}
        ]

    def test_a_group_asked_alone_and_with_all_others_is_one_row(
        self, world: World, emulator: EmulatedAws, read: Read
    ) -> None:
        world.filter()
        world.filter(group="other")
        emulator.clear_calls()
        assert len(read("metric_filters", regions=[HOME], log_group_names=["ct"])) == 1
        assert len(read("metric_filters", regions=[HOME])) == 2
        assert len(read("metric_filters", regions=[HOME], log_group_names=["other"])) == 1
        assert actions(emulator)["DescribeMetricFilters"] == 2

    def test_a_missing_group_has_no_filters(self, emulator: EmulatedAws, read: Read) -> None:
        emulator.set_faults([{"action": "DescribeMetricFilters", "code": "ResourceNotFoundException"}])
        assert read("metric_filters", regions=[HOME], log_group_names=["gone"]) == []

    def test_log_groups_are_exact(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        for name in ("ct", "ct-more", "other"):
            world.log_group(name)
        emulator.clear_calls()
        (row,) = read("log_groups", regions=[HOME], log_group_names=["ct"])
        assert isinstance(row, LogGroup)
        assert (row.name, row.region, row.account_id) == ("ct", HOME, A)
        assert len(read("log_groups", regions=[HOME])) == 3
        assert len(read("log_groups", regions=[HOME], log_group_names=["other"])) == 1
        assert actions(emulator)["DescribeLogGroups"] == 2

    def test_a_filter_policy_and_its_scope(self, world: World, read: Read) -> None:
        arn = world.topic(subscribe=False)
        sns = world.client("sns")
        attributes = {"FilterPolicy": json.dumps({"NewStateValue": ["ALARM"]}), "FilterPolicyScope": "MessageBody"}
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com", Attributes=attributes)
        (row,) = read("topic_subscriptions", topic_arns=[arn])
        assert row.filter_policy == {"NewStateValue": ["ALARM"]}
        assert row.filter_policy_scope == "MessageBody"

    def test_a_key_by_id_and_by_alias(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        kms = world.client("kms")
        key = kms.create_key(Description="topics")["KeyMetadata"]
        kms.create_alias(AliasName="alias/topics", TargetKeyId=key["KeyId"])
        emulator.clear_calls()
        (row,) = read("kms_keys", regions=[HOME], key_ids=[key["KeyId"]])
        assert (row.id, row.arn, row.key_manager, row.key_state) == (key["KeyId"], key["Arn"], "CUSTOMER", "Enabled")
        assert row.policy["Statement"]
        (row,) = read("kms_keys", regions=[HOME], key_ids=["alias/topics"])
        assert (row.id, row.arn) == ("alias/topics", key["Arn"])
        assert read("kms_keys", regions=[HOME], key_ids=["alias/absent"]) == []
        assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeKey": 3, "GetKeyPolicy": 2}
        assert key["KeyId"] in [row.id for row in read("kms_keys", regions=[HOME])]

    def test_everything_everywhere_without_parameters(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        world.topic()
        world.topic("far", region="ap-southeast-2")
        emulator.clear_calls()
        assert sorted(row.region for row in read("topics")) == ["ap-southeast-2", HOME]
        assert sorted(row.region for row in read("topic_subscriptions")) == ["ap-southeast-2", HOME]
        asked = actions(emulator)
        assert asked["DescribeRegions"] == 1
        assert asked["ListTopics"] > 10
        assert asked["GetTopicAttributes"] == 2

    def test_a_missing_topic_is_no_row(self, emulator: EmulatedAws, read: Read) -> None:
        absent = f"arn:aws:sns:{HOME}:{A}:absent"
        assert read("topics", topic_arns=[absent, "nonsense"]) == []
        emulator.set_faults([{"action": "ListSubscriptionsByTopic", "code": "NotFound", "status": 404}])
        assert read("topic_subscriptions", topic_arns=[absent]) == []

    def test_a_foreign_topic_costs_no_call(self, emulator: EmulatedAws, read: Read) -> None:
        foreign = [f"arn:aws:sns:{HOME}:{B}:cis", f"arn:aws:sns:eu-west-1:{A}:elsewhere"]
        assert read("topics", topic_arns=foreign, regions=[HOME]) == []
        assert actions(emulator) == {"GetCallerIdentity": 1}

    def test_a_region_of_another_partition_costs_no_call(self, emulator: EmulatedAws, read: Read) -> None:
        assert read("alarms", regions=["cn-north-1", "us-gov-west-1"]) == []
        assert actions(emulator) == {"GetCallerIdentity": 1}

    def test_pending_and_deleted_subscriptions_are_told_apart(
        self, world: World, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arn = world.topic()
        real = Aws.pages

        def pages(self: Aws, *arguments: Any) -> list[dict[str, Any]]:
            answered = real(self, *arguments)
            if arguments[3] == "ListSubscriptionsByTopic":
                shared = {"TopicArn": arn, "Owner": A, "Protocol": "email"}
                answered[0]["Subscriptions"] += [
                    shared | {"SubscriptionArn": "PendingConfirmation", "Endpoint": "pending@example.com"},
                    shared | {"SubscriptionArn": "Deleted", "Endpoint": "deleted@example.com"},
                ]
            return answered

        monkeypatch.setattr(Aws, "pages", pages)
        rows = {row.endpoint: row.subscription_arn for row in read("topic_subscriptions", topic_arns=[arn])}
        assert rows["pending@example.com"] is None
        assert rows["deleted@example.com"] == "Deleted"
        assert rows["security@example.com"].startswith(f"{arn}:")

    def test_composite_alarms_are_rows_without_a_metric(self, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Any] = []
        composite = {
            "AlarmName": "both",
            "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{A}:alarm:both",
            "AlarmRule": "ALARM(root)",
            "ActionsEnabled": True,
            "AlarmActions": [CENTRAL_TOPIC],
        }

        def pages(self: Aws, *arguments: Any) -> list[dict[str, Any]]:
            asked.append(arguments[4])
            return [{"MetricAlarms": [], "CompositeAlarms": [composite]}]

        monkeypatch.setattr(Aws, "pages", pages)
        (row,) = read("alarms", regions=[HOME])
        assert asked == [{"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}]
        assert (row.name, row.alarm_rule, row.alarm_actions) == ("both", "ALARM(root)", [CENTRAL_TOPIC])
        assert (row.metric_name, row.statistic, row.metrics) == (None, None, None)

    def test_regions_and_unknown_tables(self, database: EmbeddedDatabase) -> None:
        text = (
            "-- title: Names\n-- table: TABLE\n-- $1 names text[]: any\n--\n-- Prose.\nselect name, null as state, "
            "null as type, null as connections, null as plugin, null as error from TABLE "
            "where ($1::text[] is null or name = any($1))"
        )

        def names(table: str) -> list[str]:
            query = parse_query(
                "connections", text.replace("TABLE", table), path="here", row_types={"connections": Connection}
            )
            return [row.name for row in database.read(query, {})]

        assert HOME in names("aws_region")
        assert names("steampipe_internal.steampipe_connection") == ["default"]

    def test_an_organisation_trail_of_another_account_is_shown_without_status(
        self, world: World, emulator: EmulatedAws, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.trail()
        emulator.clear_calls()
        real = Aws.call

        def call(self: Aws, *arguments: Any) -> dict[str, Any]:
            answer = real(self, *arguments)
            for trail in answer.get("trailList", []):
                trail.update(TrailARN=trail["TrailARN"].replace(A, B), IsOrganizationTrail=True)
            return answer

        monkeypatch.setattr(Aws, "call", call)
        (row,) = read("trails", regions=[HOME])
        assert row.arn.split(":")[4] == B
        assert (row.account_id, row.is_logging, row.event_selectors) == (A, None, None)
        assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeTrails": 1}


class TestFailures:
    def test_a_refusal_names_what_it_concerns_and_is_asked_once(self, emulator: EmulatedAws, read: Read) -> None:
        emulator.set_faults([{"action": "DescribeMetricFilters", "code": "AccessDeniedException"}])
        for _ in range(2):
            with pytest.raises(ReadFailed) as caught:
                read("metric_filters", regions=[HOME], log_group_names=["ct"])
            (failure,) = caught.value.failures
            assert failure.query == "metric_filters"
            assert failure.message == "AccessDeniedException: not authorized to perform logs:DescribeMetricFilters"
            assert (failure.connection, failure.account_id) == ("default", A)
            assert (failure.region, failure.action) == (HOME, "logs:DescribeMetricFilters")
        assert actions(emulator)["DescribeMetricFilters"] == 1

    @pytest.mark.parametrize(
        ("action", "query", "parameters", "iam_action"),
        [
            ("GetCallerIdentity", "accounts", {}, "sts:GetCallerIdentity"),
            ("DescribeTrails", "trails", {"regions": [HOME]}, "cloudtrail:DescribeTrails"),
            ("GetTrailStatus", "trails", {"regions": [HOME]}, "cloudtrail:GetTrailStatus"),
            ("GetEventSelectors", "trails", {"regions": [HOME]}, "cloudtrail:GetEventSelectors"),
            ("DescribeAlarms", "alarms", {"regions": [HOME]}, "cloudwatch:DescribeAlarms"),
            ("DescribeRegions", "alarms", {}, "ec2:DescribeRegions"),
            ("ListTopics", "topics", {"regions": [HOME]}, "sns:ListTopics"),
            ("GetTopicAttributes", "topics", {"topic_arns": [CENTRAL_TOPIC]}, "sns:GetTopicAttributes"),
            ("ListSubscriptionsByTopic", "topic_subscriptions", {"topic_arns": [CENTRAL_TOPIC]}, None),
            ("GetSubscriptionAttributes", "topic_subscriptions", {"topic_arns": [CENTRAL_TOPIC]}, None),
            ("DescribeKey", "kms_keys", {"regions": [HOME], "key_ids": ["any"]}, "kms:DescribeKey"),
            ("ListKeys", "kms_keys", {"regions": [HOME]}, "kms:ListKeys"),
            ("DescribeLogGroups", "log_groups", {"regions": [HOME]}, "logs:DescribeLogGroups"),
        ],
    )
    def test_every_call_can_be_refused(
        self, action: str, query: str, parameters: Any, iam_action: str | None, world: World, read: Read
    ) -> None:
        SCENARIOS["ok_canonical"].build(world)
        EmulatedAws.set_faults(_emulator_of(world), [{"action": action, "code": "AccessDenied", "status": 403}])
        with pytest.raises(ReadFailed, match="AccessDenied: not authorized to perform") as caught:
            read(query, **parameters)
        assert {failure.action for failure in caught.value.failures} == {iam_action or f"sns:{action}"}

    def test_throttling_is_retried(self, world: World, emulator: EmulatedAws, read: Read) -> None:
        world.alarm(CENTRAL_TOPIC)
        emulator.clear_calls()
        emulator.set_faults([{"action": "DescribeAlarms", "code": "Throttling", "times": 2}])
        assert len(read("alarms", regions=[HOME])) == 1
        assert actions(emulator)["DescribeAlarms"] == 3

    def test_one_trail_that_cannot_be_asked_does_not_hide_another(
        self, world: World, emulator: EmulatedAws, database: EmbeddedDatabase, read: Read
    ) -> None:
        world.trail("good")
        world.trail("far", region="eu-west-1")
        emulator.set_faults([{"action": "GetTrailStatus", "region": "eu-west-1", "code": "AccessDeniedException"}])
        rows = {row.name: row for row in read("trails", regions=[HOME])}
        assert rows["good"].is_logging is True
        assert (rows["far"].is_logging, rows["far"].event_selectors) == (None, None)
        (noted,) = database.partial_failures
        assert (noted.action, noted.region) == ("cloudtrail:GetTrailStatus", "eu-west-1")
        database.clear_cache()
        assert database.partial_failures == ()

    def test_one_subscription_that_cannot_be_asked_does_not_hide_another(
        self, world: World, emulator: EmulatedAws, database: EmbeddedDatabase, read: Read
    ) -> None:
        arn = world.topic()
        world.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="two@example.com")
        emulator.set_faults([{"action": "GetSubscriptionAttributes", "code": "AuthorizationError", "times": 1}])
        rows = read("topic_subscriptions", topic_arns=[arn])
        # Text instead of a policy: null would say that there is none.
        assert sorted(str(row.filter_policy) for row in rows) == ["None", "unreadable"]
        assert [failure.action for failure in database.partial_failures] == ["sns:GetSubscriptionAttributes"]

    def test_a_subscription_that_is_gone_meanwhile_is_no_row(
        self, world: World, emulator: EmulatedAws, read: Read
    ) -> None:
        arn = world.topic()
        emulator.set_faults([{"action": "GetSubscriptionAttributes", "code": "NotFound", "status": 404}])
        assert read("topic_subscriptions", topic_arns=[arn]) == []

    @pytest.mark.usefixtures("aws_environment")
    def test_a_slow_answer_ends_with_the_timeout(self, emulator: EmulatedAws) -> None:
        emulator.set_faults([{"action": "DescribeTrails", "delay": 10}])
        begin = time.monotonic()
        with EmbeddedDatabase.open(timeout=1) as database, pytest.raises(ReadFailed, match="no answer") as caught:
            reader(database)("trails", regions=[HOME])
        assert time.monotonic() - begin < 8
        assert caught.value.failures[0].region == HOME

    def test_cancel_ends_the_waiting(self, database: EmbeddedDatabase, emulator: EmulatedAws) -> None:
        emulator.set_faults([{"action": "DescribeTrails", "delay": 3}])
        errors: list[BaseException] = []

        def ask() -> None:
            try:
                reader(database)("trails", regions=[HOME])
            except ReadFailed as error:
                errors.append(error)

        waiting = threading.Thread(target=ask)
        waiting.start()
        end = time.monotonic() + 10
        while time.monotonic() < end and "DescribeTrails" not in actions(emulator):
            time.sleep(0.02)
        begin = time.monotonic()
        database.cancel()
        waiting.join(5)
        assert time.monotonic() - begin < 1
        assert [str(error) for error in errors] == ["cancelled"]

    def test_a_bug_is_not_taken_for_a_refusal(self, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Aws, "call", lambda *_: {"unexpected": True})
        with pytest.raises(KeyError):
            read("accounts")

    def test_a_lost_server_ends_the_run(self, database: EmbeddedDatabase, read: Read) -> None:
        database._server.close()
        with pytest.raises(DatabaseUnavailable):
            read("accounts")


class TestConnections:
    def test_what_fails_while_opening_stops_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stopped: list[Server] = []
        close = Server.close

        def closed(server: Server) -> None:
            stopped.append(server)
            close(server)

        monkeypatch.setattr(Server, "close", closed)
        monkeypatch.setattr(Server, "conninfo", "host=/nowhere connect_timeout=1")
        with pytest.raises(DatabaseUnavailable):
            EmbeddedDatabase.open()
        assert len(stopped) == 1
        assert not stopped[0].folder.exists()

    def test_profiles_are_connections(self, world: World, profiles: WriteProfiles) -> None:
        SCENARIOS["multi_central_topic"].build(world)
        written = profiles({"a": A, "b": B})
        with EmbeddedDatabase.open([*written.names, "a"]) as database:
            read = reader(database)
            assert database.connections == ("a", "b")
            assert database.kind is DatabaseKind.EMBEDDED
            assert (database.target, database.row_age_seconds) == ("private Postgres", 0)
            assert {(row.connection, row.account_id) for row in read("accounts")} == {("a", A), ("b", B)}
            assert [row.connection for row in read("accounts", connections=["b"])] == ["b"]
            assert [row.state for row in read("connections")] == ["ready", "ready"]
            topic = f"arn:aws:sns:{HOME}:{B}:cis"
            (row,) = read("topics", topic_arns=[topic])
            assert (row.account_id, row.connection) == (B, "b")
            database.close()

    def test_one_bad_profile_costs_the_others_nothing(
        self, world: World, emulator: EmulatedAws, profiles: WriteProfiles
    ) -> None:
        world.trail()
        written = profiles({"a": A, "b": B})
        with EmbeddedDatabase.open(["a", "b", "absent"]) as database:
            read = reader(database)
            (problem,) = [row.error for row in read("connections") if row.state == "error"]
            assert problem == 'profile "absent" is not in the AWS configuration files'
            with pytest.raises(ReadFailed) as caught:
                read("accounts")
            assert [(f.connection, f.message) for f in caught.value.failures] == [("absent", problem)]
            assert database.first_region("absent") == HOME
            assert len(read("accounts", connections=["a", "b"])) == 2
            assert len(read("trails", regions=[HOME], account_ids=[A, B])) == 1
            emulator.set_faults([{"key": written.keys["b"], "code": "AccessDenied"}])
            with pytest.raises(ReadFailed, match="DescribeAlarms") as caught:
                read("alarms", regions=[HOME], account_ids=[A, B])
            assert [(f.connection, f.account_id) for f in caught.value.failures] == [("b", B)]
            assert read("alarms", regions=[HOME], account_ids=[A]) == []
            assert actions(emulator) == {
                "GetCallerIdentity": 2,
                "DescribeTrails": 2,
                "GetTrailStatus": 1,
                "GetEventSelectors": 1,
                "DescribeAlarms": 2,
            }

    @pytest.mark.usefixtures("aws_environment")
    def test_missing_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, os.devnull)
        with EmbeddedDatabase.open() as database, pytest.raises(ReadFailed) as caught:
            reader(database)("accounts")
        (failure,) = caught.value.failures
        assert failure.message == 'no AWS credentials found for profile "default"'
        assert failure.action == "sts:GetCallerIdentity"

    def test_expired_credentials(self, emulator: EmulatedAws, read: Read) -> None:
        emulator.set_faults([{"action": "GetCallerIdentity", "code": "ExpiredToken", "message": "It is expired"}])
        with pytest.raises(ReadFailed, match='the credentials of profile "default" have expired'):
            read("accounts")

    @pytest.mark.usefixtures("aws_environment")
    def test_a_role_that_may_not_be_assumed(
        self, emulator: EmulatedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = tmp_path / "config"
        config.write_text(
            "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
            f"[profile audit]\nsource_profile = base\nrole_arn = arn:aws:iam::{B}:role/audit\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
        with EmbeddedDatabase.open(["audit"]) as database, pytest.raises(ReadFailed) as caught:
            reader(database)("accounts")
        assert caught.value.failures[0].action == "sts:AssumeRole"

    @pytest.mark.usefixtures("aws_environment")
    def test_an_unreachable_endpoint(self) -> None:
        with (
            EmbeddedDatabase.open(endpoint_url="http://127.0.0.1:9", max_attempts=1) as database,
            pytest.raises(ReadFailed, match=f"no answer from sts in {HOME} \\(endpoint connection\\)"),
        ):
            reader(database)("accounts")

    @pytest.mark.parametrize(
        ("profile", "region"),
        [
            ("plain", "us-east-1"),
            ("own", "eu-north-1"),
            ("china", "cn-north-1"),
            ("gov", "us-gov-west-1"),
            ("gov-sso", "us-gov-west-1"),
        ],
    )
    @pytest.mark.usefixtures("aws_environment")
    def test_the_first_region(
        self,
        profile: str,
        region: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        config = tmp_path / "config"
        config.write_text(
            "[profile plain]\n[profile own]\nregion = eu-north-1\n"
            "[profile china]\nrole_arn = arn:aws-cn:iam::1:role/x\n"
            "[profile gov]\nrole_arn = arn:aws-us-gov:iam::1:role/x\n"
            "[profile gov-sso]\nsso_region = us-gov-east-1\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert Aws(Settings((profile,)), abandoned=lambda: False).first_region(profile) == region
        assert Aws(Settings((profile,), "sa-east-1"), abandoned=lambda: False).first_region(profile) == "sa-east-1"
        monkeypatch.setenv("AWS_REGION", "ca-central-1")
        expected = "eu-north-1" if profile == "own" else "ca-central-1"
        assert Aws(Settings((profile,)), abandoned=lambda: False).first_region(profile) == expected
        monkeypatch.setenv("AWS_PROFILE", profile)
        default = Aws(Settings(), abandoned=lambda: False)
        assert default.connections == (profile,)
        assert default.first_region(profile) == "ca-central-1"


def _emulator_of(world: World) -> EmulatedAws:
    return EmulatedAws(world.endpoint, process=None)  # type: ignore[arg-type]  # only asked over HTTP
