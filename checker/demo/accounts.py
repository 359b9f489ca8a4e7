"""Builds the demo's accounts in an emulated AWS (moto), each with one lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.demo.world import HOME, ROOT, World
from checker.errors import RunError


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: its profile name says what it teaches."""

    profile: str
    account_id: str
    build: Callable[[World, str], None]


def _chain(world: World, account_id: str, pattern: str = ROOT, *, subscribe: bool = True, **alarm: Any) -> str:
    """A chain with names of the demo's own; returns the topic's ARN."""
    group = {"account": account_id, "group": "cloudtrail"}
    metric = "root_usage_metric"
    return world.chain(
        pattern,
        trail=group,
        filter=group | {"name": "root_usage", "metricName": metric},
        topic={"account": account_id, "name": "security", "subscribe": subscribe},
        alarm={"account": account_id, "AlarmName": "root_usage", "MetricName": metric, **alarm},
    )


def _complete(world: World, account_id: str) -> None:
    _chain(world, account_id, '{ $.eventType != AwsServiceEvent && ($.userIdentity.type = "Root") }')


def _sign_in_only(world: World, account_id: str) -> None:
    _chain(world, account_id, f'{ROOT[:-2]} && $.eventName = "ConsoleLogin" }}')


def _ten_events(world: World, account_id: str) -> None:
    _chain(world, account_id, Threshold=10.0)


def _closed_topic(world: World, account_id: str) -> None:
    world.close_topic(_chain(world, account_id), account_id)


def _nobody_subscribed(world: World, account_id: str) -> None:
    _chain(world, account_id, subscribe=False)


def _no_trail(_world: World, _account_id: str) -> None:
    """Nothing at all."""


ACCOUNTS = (
    DemoAccount("complete", "111111111111", _complete),
    DemoAccount("sign-in-only", "222222222222", _sign_in_only),
    DemoAccount("ten-events", "333333333333", _ten_events),
    DemoAccount("closed-topic", "444444444444", _closed_topic),
    DemoAccount("nobody-subscribed", "555555555555", _nobody_subscribed),
    DemoAccount("no-trail", "666666666666", _no_trail),
)


@contextmanager
def emulated_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Start the emulator with the demo's accounts; yields the environment in which a check reads them.

    ``folder`` gets a configuration file with one profile an account. Raises ``RunError`` without the extra ``demo``.
    """
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise RunError(
            "the demo needs an emulated AWS, which is not installed", hint="pip install 'alarmchain[demo]'"
        ) from error
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        world = World(endpoint)
        for demo in ACCOUNTS:
            demo.build(world, demo.account_id)
        profiles = [_profile(demo.profile, world.keys(demo.account_id)) for demo in ACCOUNTS]
        config = folder / "config"
        config.write_text("\n".join(profiles), encoding="utf-8")
        yield {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
    finally:
        server.stop()


def _profile(name: str, keys: dict[str, str]) -> str:
    lines = [f"[profile {name}]", f"region = {HOME}", *(f"{key} = {value}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"
