"""Hop 3: the group, the pattern, the metric. Source: CloudWatch Logs user guide, API ``MetricTransformation``."""

from __future__ import annotations

from typing import Any

from tests.builders import ROOT, A
from tests.checker.further.rows import Case, State, case, chain

API_CALLS = ROOT.replace(" }", ' && $.eventType = "AwsApiCall" }')
THE_REST = ROOT.replace(" }", ' && $.eventType != "AwsApiCall" }')
LOGINS = ROOT.replace(" }", ' && $.eventName = "ConsoleLogin" }')


def _split(second: str, *, metric: str = "root", group: str = "ct") -> State:
    state = chain(filter={"filter_pattern": API_CALLS, "name": "calls"})
    return state.filter(name="others", filter_pattern=second, metric_transformation_name=metric, log_group_name=group)


def _beside(**second: Any) -> State:
    return chain().filter(name="beside", **second)


CASES: tuple[Case, ...] = (
    case("none", "alarm filter", "no metric filter", chain(filter=None)),
    case(
        "other_group",
        "alarm filter",
        "the filter sits on a group that no trail feeds",
        chain(filter={"log_group_name": "other"}),
    ),
    case("group_prefix", "alarm filter", "group names are compared whole", chain(filter={"log_group_name": "ct-old"})),
    case(
        "other_region",
        "alarm filter",
        "same group name in another region is another group",
        chain(filter=None).filter(region="eu-west-1"),
    ),
    case("union_covers", "ok", "two filters publish to one metric: together they cover", _split(THE_REST)),
    case(
        "union_two_metrics",
        "alarm alarm",
        "halves in two metrics: nobody hears the other half, whose metric no alarm watches",
        _split(THE_REST, metric="others"),
    ),
    case("union_two_groups", "alarm filter", "halves on two groups, one of them not fed", _split(THE_REST, group="x")),
    case("union_gap", "alarm filter", "sign-ins and API calls leave console actions out", _split(LOGINS)),
    case("empty_pattern", "ok", "the empty pattern matches every event", chain(filter={"filter_pattern": ""})),
    case("pattern_null", "error filter", "not read", chain(filter={"filter_pattern": None})),
    case(
        "invalid_pattern",
        "alarm filter",
        "single quotes are no string delimiters",
        chain(filter={"filter_pattern": "{ $.userIdentity.type = 'Root' }"}),
    ),
    case(
        "term_pattern",
        "ok",
        "the quoted term Root stands in every root event",
        chain(filter={"filter_pattern": '"Root"'}),
    ),
    case(
        "space_delimited",
        "alarm filter",
        "space-delimited patterns never match JSON",
        chain(filter={"filter_pattern": "[ip, user, event = Root]"}),
    ),
    case(
        "own_account_only",
        "ok",
        "recipientAccountId is fixed: every event of the account has it",
        chain(filter={"filter_pattern": ROOT.replace(" }", f' && $.recipientAccountId = "{A}" }}')}),
    ),
    case(
        "other_account_only",
        "alarm filter",
        "another account's events only",
        chain(filter={"filter_pattern": ROOT.replace(" }", ' && $.recipientAccountId = "999999999999" }')}),
    ),
    case(
        "value_zero",
        "alarm filter",
        "0 for an event is the same as none",
        chain(filter={"metric_transformation_value": "0"}),
    ),
    case("value_negative", "alarm filter", "design: a number > 0", chain(filter={"metric_transformation_value": "-1"})),
    case("value_decimal", "ok", "1.0 is 1", chain(filter={"metric_transformation_value": "1.0"})),
    case("value_hundred", "ok", "100 >= 1", chain(filter={"metric_transformation_value": "100"})),
    case("value_half", "alarm alarm", "0.5 >= 1 is false", chain(filter={"metric_transformation_value": "0.5"})),
    case(
        "value_half_threshold_half",
        "ok",
        "0.5 >= 0.5",
        chain(filter={"metric_transformation_value": "0.5"}, alarm={"threshold": 0.5}),
    ),
    case(
        "value_field",
        "error filter",
        "a value from the event is not known",
        chain(filter={"metric_transformation_value": "$.requestParameters.size"}),
    ),
    case("value_null", "error filter", "not read", chain(filter={"metric_transformation_value": None})),
    case(
        "no_metric",
        "alarm filter",
        "no transformation: nothing is published",
        chain(filter={"metric_transformation_name": None, "metric_transformation_namespace": None}),
    ),
    case(
        "narrow_beside_good",
        "ok",
        "another, narrower filter does no harm",
        _beside(filter_pattern=LOGINS, metric_transformation_name="logins"),
    ),
    case(
        "invalid_beside_good",
        "ok",
        "an invalid pattern beside a good one does no harm",
        _beside(filter_pattern="{ oops", metric_transformation_name="oops"),
    ),
    case(
        "zero_publisher_beside_sum",
        "ok",
        "zeros add nothing to a sum",
        _beside(filter_pattern="", metric_transformation_value="0"),
    ),
    case(
        "noise_on_same_metric",
        "ok",
        "more events on the metric: one root event still gives ALARM",
        _beside(filter_pattern=LOGINS),
    ),
    case("default_zero_sum", "ok", "default value 0 with Sum", chain(filter={"published": {"defaultValue": 0.0}})),
    case(
        "default_one_sum",
        "alarm alarm",
        "default value 1 breaches between events: always red",
        chain(filter={"published": {"defaultValue": 1.0}}),
    ),
    case(
        "default_zero_average",
        "alarm alarm",
        "zeros of the other minutes pull the average of 300 s below 1",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"statistic": "Average"}),
    ),
    case(
        "default_zero_minimum",
        "alarm alarm",
        "the minimum of the period is a zero",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"statistic": "Minimum"}),
    ),
    case(
        "default_zero_at_least_zero",
        "alarm alarm",
        "0 >= 0 breaches at rest",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"threshold": 0.0}),
    ),
    case(
        "default_zero_breaching",
        "ok",
        "with zeros nothing is missing while the trail delivers",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"treat_missing_data": "breaching"}),
    ),
    case(
        "default_zero_two_of_two",
        "alarm alarm",
        "one period breaches, the next one is 0",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"evaluation_periods": 2}),
    ),
    case(
        "default_zero_samples",
        "alarm alarm",
        "zeros are samples too",
        chain(filter={"published": {"defaultValue": 0.0}}, alarm={"statistic": "SampleCount"}),
    ),
    case(
        "dimension_published",
        "alarm alarm",
        "each combination of dimensions is its own metric",
        chain(filter={"published": {"dimensions": {"Who": "$.userIdentity.arn"}}}),
    ),
    case(
        "dimension_watched",
        "alarm alarm",
        "the filter publishes no such dimension",
        chain(filter={"published": {}}, alarm={"dimensions": [{"Name": "Who", "Value": "root"}]}),
    ),
    case(
        "dimension_one_value",
        "alarm alarm",
        "one value of an event's field leaves the others out",
        chain(
            filter={"published": {"dimensions": {"Name": "$.eventName"}}},
            alarm={"dimensions": [{"Name": "Name", "Value": "ConsoleLogin"}]},
        ),
    ),
    case(
        "dimension_own_account",
        "ok",
        "recipientAccountId has one value in the account",
        chain(
            filter={"published": {"dimensions": {"Account": "$.recipientAccountId"}}},
            alarm={"dimensions": [{"Name": "Account", "Value": A}]},
        ),
    ),
    case(
        "unit_other",
        "alarm alarm",
        "PutMetricAlarm.Unit: only datapoints of that unit",
        chain(filter={"published": {}}, alarm={"unit": "Count"}),
    ),
    case("unit_same", "ok", "both Count", chain(filter={"published": {"unit": "Count"}}, alarm={"unit": "Count"})),
    case(
        "unit_none",
        "ok",
        "unit None is how data without a unit is stored",
        chain(filter={"published": {}}, alarm={"unit": "None"}),
    ),
    case(
        "unit_left_out", "ok", "without a unit every datapoint counts", chain(filter={"published": {"unit": "Count"}})
    ),
    case(
        "unit_not_visible", "error alarm", "Steampipe does not show the filter's unit", chain(alarm={"unit": "Count"})
    ),
)
