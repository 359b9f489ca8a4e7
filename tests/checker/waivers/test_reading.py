"""Waivers: what they turn into a skip, what they never touch, and how a wrong file is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from checker.controls import load_catalogue
from checker.errors import DataFileError
from checker.findings import Finding, Hop, HopStatus, HopVerdict, Status
from checker.waivers.reading import WaiverSet, load, parse

TODAY = date(2026, 11, 25)
ACCOUNT = "123456789012"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:ct"


def waiver(**fields: str) -> str:
    """A ``[[waiver]]`` with the given TOML values over complete ones; an empty value leaves the field out."""
    whole = {
        "control": '"root_usage"',
        "account": f'"{ACCOUNT}"',
        "reason": '"covered by SIEM rule 17"',
        "owner": '"security"',
        "expires": "2027-03-31",
    } | fields
    return "[[waiver]]\n" + "".join(f"{key} = {value}\n" for key, value in whole.items() if value)


def exclusion(**fields: str) -> str:
    """An ``[[exclusion]]``, as ``waiver`` does it."""
    pattern = {"pattern": """'{ $.userIdentity.sessionContext.assumedRoot = "true" }'"""}
    return waiver(**(pattern | fields)).replace("[[waiver]]", "[[exclusion]]")


def read(text: str, today: date = TODAY) -> WaiverSet:
    return parse(text, "waivers.toml", load_catalogue(), today)


def finding(
    status: Status = Status.ALARM,
    *,
    control: str = "root_usage",
    account: str | None = ACCOUNT,
    broken: Hop | None = Hop.SUBSCRIPTION,
) -> Finding:
    resources = {Hop.LOG_GROUP: f"{GROUP}:*", Hop.TOPIC: TOPIC}
    return Finding(
        control=control,
        control_id="4.3",
        title="t",
        severity="high",
        account_id=account,
        connection="aws",
        status=status,
        broken_hop=broken,
        reason="No subscription is confirmed.",
        hops=tuple(HopVerdict(hop, HopStatus.OK, "r", resources.get(hop)) for hop in Hop),
    )


def test_a_waived_alarm_is_a_skip_that_keeps_its_story() -> None:
    before = finding()
    after = read(waiver()).apply(before, TODAY)
    assert after.status is Status.SKIP
    assert (after.reason, after.hops, after.broken_hop) == (before.reason, before.hops, before.broken_hop)
    assert after.waiver is not None
    assert (after.waiver.reason, after.waiver.owner, after.waiver.expires) == (
        "covered by SIEM rule 17",
        "security",
        "2027-03-31",
    )


@pytest.mark.parametrize("status", [Status.OK, Status.ERROR, Status.SKIP])
def test_only_an_alarm_is_waived(status: Status) -> None:
    before = finding(status)
    assert read(waiver()).apply(before, TODAY) is before


@pytest.mark.parametrize(
    "other",
    [
        finding(control="vpc_changes"),
        finding(account="210987654321"),
        finding(account=None),
    ],
)
def test_other_controls_and_accounts_are_left_alone(other: Finding) -> None:
    assert read(waiver()).apply(other, TODAY) is other


def test_every_account() -> None:
    assert read(waiver(account='"*"')).apply(finding(account="210987654321"), TODAY).status is Status.SKIP


@pytest.mark.parametrize(
    ("control", "key"),
    [
        ('"4.1"', "unauthorized_api_calls"),
        ('"cis_v300_4_1"', "unauthorized_api_calls"),
        ('"CloudWatch.2"', "unauthorized_api_calls"),
        ('"cis_v1.2.0/3.1"', "unauthorized_api_calls"),
    ],
)
def test_every_spelling_of_a_control(control: str, key: str) -> None:
    assert read(waiver(control=control)).waivers[0].control == key


@pytest.mark.parametrize(
    ("resource", "broken", "status"),
    [
        (TOPIC, Hop.TOPIC, Status.SKIP),
        (TOPIC, Hop.SUBSCRIPTION, Status.SKIP),
        (TOPIC, Hop.ALARM, Status.ALARM),
        (GROUP, Hop.FILTER, Status.SKIP),
        (f"{GROUP}:*", Hop.FILTER, Status.SKIP),
        (GROUP, Hop.TRAIL, Status.ALARM),
        (GROUP, None, Status.ALARM),
    ],
)
def test_a_resource_must_be_where_the_chain_breaks(resource: str, broken: Hop | None, status: Status) -> None:
    waivers = read(waiver(resource=f'"{resource}"'))
    assert waivers.apply(finding(broken=broken), TODAY).status is status


def test_the_most_particular_waiver_wins() -> None:
    waivers = read(
        waiver(account='"*"', reason='"all"')
        + waiver(reason='"account"')
        + waiver(reason='"resource"', account='"*"', resource=f'"{TOPIC}"')
    )
    applied = waivers.apply(finding(), TODAY).waiver
    assert applied is not None
    assert applied.reason == "resource"
    applied = waivers.apply(finding(broken=Hop.TRAIL), TODAY).waiver
    assert applied is not None
    assert applied.reason == "account"


def test_the_last_day_still_counts() -> None:
    waivers = read(waiver(expires='"2026-11-25"'))
    assert waivers.apply(finding(), TODAY).status is Status.SKIP
    assert waivers.expired(TODAY) == ()


def test_an_expired_waiver_counts_no_more_and_is_named() -> None:
    waivers = read(waiver(expires="2026-11-24"))
    after = waivers.apply(finding(), TODAY)
    assert after.status is Status.ALARM
    assert after.waiver is None
    assert after.reason.endswith(
        "The waiver for root_usage in 123456789012 (security) expired on 2026-11-24 and no longer counts."
    )
    assert waivers.notes([after], TODAY) == (
        "waivers.toml:1: the waiver for root_usage in 123456789012 (security) expired on 2026-11-24 "
        "and no longer counts.",
    )


def test_a_live_waiver_beside_an_expired_one_counts() -> None:
    waivers = read(waiver(expires="2026-01-01") + waiver(account='"*"'))
    assert waivers.apply(finding(), TODAY).status is Status.SKIP


def test_unused_entries_are_listed_with_the_reason() -> None:
    waivers = read(waiver() + waiver(account='"210987654321"') + waiver(control='"4.14"') + exclusion(account='"*"'))
    ok = finding(Status.OK, broken=None)
    notes = waivers.notes([ok], TODAY)
    assert notes == (
        "waivers.toml:1: the waiver for root_usage in 123456789012 (security) was not used: nothing needed it.",
        "waivers.toml:7: the waiver for root_usage in 210987654321 (security) was not used: "
        "account 210987654321 was not seen.",
        "waivers.toml:19: the exclusion for root_usage in every account (security) was not used: nothing needed it.",
    )
    used = waivers.apply(finding(), TODAY)
    assert [entry.line for entry in waivers.unused([used], TODAY)] == [7, 19]


def test_a_finding_carries_the_exclusions_that_it_was_decided_with() -> None:
    other = """'{ $.eventName = "CreateAccount" }'"""
    waivers = read(
        exclusion()
        + exclusion(account='"*"', pattern=other, owner='"billing"', reason='"new accounts"', expires="2026-12-01")
    )
    for status in (Status.OK, Status.ALARM):
        after = waivers.apply(finding(status), TODAY)
        assert after.status is status
        assert after.waiver is not None
        assert after.waiver.exclusion == " and ".join(entry.pattern for entry in waivers.exclusions)
        assert after.waiver.owner == "security, billing"
        assert after.waiver.expires == "2026-12-01"
        assert waivers.unused([after], TODAY) == ()
    elsewhere = waivers.apply(finding(account="210987654321"), TODAY)
    assert elsewhere.waiver == waivers.exclusions[1].applied()
    assert waivers.unused([elsewhere], TODAY) == (waivers.exclusions[0],)


def test_exclusions_are_not_told_where_no_filter_was_decided() -> None:
    waivers = read(exclusion())
    no_chain = replace(finding(broken=Hop.TRAIL), hops=())
    assert waivers.apply(no_chain, TODAY) is no_chain
    assert waivers.unused([no_chain], TODAY) == waivers.exclusions


def test_a_waiver_goes_before_an_exclusion() -> None:
    after = read(waiver() + exclusion()).apply(finding(), TODAY)
    assert after.status is Status.SKIP
    assert after.waiver is not None
    assert after.waiver.exclusion is None


def test_exclusions_count_by_control_account_and_day() -> None:
    waivers = read(exclusion() + exclusion(account='"*"', expires="2026-11-25") + exclusion(control='"4.1"'))
    assert len(waivers.exclusions_for("root_usage", ACCOUNT, TODAY)) == 2
    assert len(waivers.exclusions_for("root_usage", "210987654321", TODAY)) == 1
    assert len(waivers.exclusions_for("root_usage", ACCOUNT, date(2026, 11, 26))) == 1
    assert waivers.exclusions_for("vpc_changes", ACCOUNT, TODAY) == ()
    assert waivers.exclusions_for("root_usage", None, TODAY)[0].account == "*"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[waiver]]\ncontrol = ", "waivers.toml:2: not valid TOML"),
        (waiver(control='"rot_usage"'), "waivers.toml:2: no control 'rot_usage'"),
        (waiver(control='"4.16"'), "waivers.toml:2: CIS Amazon Web Services Foundations Benchmark v3.0.0, 4.16"),
        (waiver(control='"4"'), "waivers.toml:2: '4' names 15 controls"),
        (waiver(account="123456789012"), "waivers.toml:3: account must be text, not 123456789012"),
        (waiver(account='"prod"'), "waivers.toml:3: account 'prod' is not an account id"),
        (waiver(account=""), "waivers.toml:1: [waiver] needs account"),
        (waiver(reason=""), "waivers.toml:1: [waiver] needs reason"),
        (waiver(owner=""), "waivers.toml:1: [waiver] needs owner"),
        (waiver(expires=""), "waivers.toml:1: [waiver] needs expires"),
        (waiver(expires='"31.03.2027"'), "waivers.toml:6: expires '31.03.2027' is not a date"),
        (waiver(expires="2027-03-31T00:00:00Z"), "waivers.toml:6: expires must be a day"),
        (waiver(expires="20270331"), "waivers.toml:6: expires must be a day"),
        (waiver(reasn='"x"'), "waivers.toml:7: unknown key 'reasn' in [waiver]"),
        ("[[waivers]]\n", "waivers.toml:1: unknown key 'waivers' in the file"),
        (waiver() + waiver(reason='"other"'), "waivers.toml:7: the waiver for root_usage in 123456789012 (security)"),
        (waiver() + waiver(control='"4.3"'), "waivers.toml:7: the waiver for root_usage in 123456789012 (security)"),
        (exclusion() + exclusion(), "waivers.toml:8: the exclusion for root_usage in 123456789012 (security)"),
        ("max_days = 90\n" + waiver(), "waivers.toml:7: expires 2027-03-31 is past the limit of 90 days"),
        ('max_days = "90"\n', "waivers.toml:1: max_days must be a whole number"),
        (exclusion(pattern='"{ $.a = }"'), "waivers.toml:7: pattern: "),
        (exclusion(pattern="'{ $.userIdentity.type = Root }'"), "waivers.toml:7: pattern: it excludes every event of"),
        (exclusion(pattern='"AssumeRoot"'), "waivers.toml:7: pattern: what is excluded must be told by its fields"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read(text)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2


def test_within_the_limit() -> None:
    assert len(read("max_days = 126\n" + waiver()).waivers) == 1


def test_same_control_in_two_accounts_or_resources_is_no_duplicate() -> None:
    text = waiver() + waiver(account='"*"') + waiver(resource='"arn:x"') + waiver(control='"4.1"')
    assert len(read(text).waivers) == 4


def test_load(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text(waiver(control='"5.3"'))
    waivers = load(path, load_catalogue(), TODAY, benchmark="cis_v6.0.0")
    assert waivers.waivers[0].control == "root_usage"
    assert waivers.path == str(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="the waivers cannot be read: No such file"):
        load(tmp_path / "none.toml", load_catalogue(), TODAY)
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataFileError, match="it is not UTF-8 text"):
        load(tmp_path / "latin.toml", load_catalogue(), TODAY)


def test_the_documented_file_is_right() -> None:
    page = (Path(__file__).parents[3] / "docs" / "waivers.md").read_text(encoding="utf-8")
    waivers = read(page.split("```toml\n")[1].split("```")[0])
    assert [entry.control for entry in waivers.waivers] == ["unauthorized_api_calls", "root_usage"]
    assert len(waivers.exclusions) == 1
