"""Every verdict that a hop can give: its stable code, what it means, and what to do. Pure.

The name of a member is the code that reports carry (``TRAIL_NOT_LOGGING``). ``docs/reasons.md`` is written from here,
one heading a code. Hop and status belong to the code, so a verdict cannot contradict it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from checker.findings import Hop, HopStatus

_OK, _ALARM, _UNKNOWN = HopStatus.OK, HopStatus.ALARM, HopStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code stands for. ``remedy`` is general; a verdict's own names the things. Empty where nothing is to do."""

    hop: Hop
    status: HopStatus
    meaning: str
    remedy: str = ""


def _trail(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.TRAIL, status, meaning, remedy)


def _group(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.LOG_GROUP, status, meaning, remedy)


def _filter(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.FILTER, status, meaning, remedy)


def _alarm(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.ALARM, status, meaning, remedy)


def _topic(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.TOPIC, status, meaning, remedy)


def _subscription(status: HopStatus, meaning: str, remedy: str = "") -> Reason:
    return Reason(Hop.SUBSCRIPTION, status, meaning, remedy)


_CONNECT = "Add a connection for that account."
_ALLOW = "Allow the call that the reason names."
_FIELD = "Use a newer version of alarmchain, or leave that field unset."
_BENCHMARK = "Use Sum, GreaterThanOrEqualToThreshold 1, 1 of 1 periods, missing data notBreaching."


@unique
class Code(Enum):
    """The codes, in the order of the hops."""

    # fmt: off
    TRAIL_HOLDS = _trail(_OK, "The trail is multi-region, logs, and delivers the control's management events.")
    TRAIL_NONE = _trail(_ALARM, "No trail shows in the region from which was looked: a multi-region one would.",
                        "Create a multi-region trail and start its logging.")
    TRAIL_SINGLE_REGION = _trail(_ALARM, "The trail records one region only.", "Make it a multi-region trail.")
    TRAIL_WITHOUT_GLOBAL_EVENTS = _trail(_ALARM, "The trail leaves out the events of IAM, STS and sign-in.",
                                         "Include global service events.")
    TRAIL_NOT_LOGGING = _trail(_ALARM, "The trail's recording is stopped.", "Start its logging.")
    TRAIL_WITHOUT_MANAGEMENT_EVENTS = _trail(_ALARM, "No event selector of the trail takes management events.",
                                             "Include management events, read and write.")
    TRAIL_LEAVES_OUT_SOURCE = _trail(_ALARM, "The selectors leave out a service whose events the control watches.",
                                     "Stop excluding it.")
    TRAIL_LEAVES_OUT_READS = _trail(_ALARM, "Read events that the control watches are not delivered.",
                                    "Select read and write events.")
    TRAIL_LEAVES_OUT_WRITES = _trail(_ALARM, "Write events that the control watches are not delivered.",
                                     "Select read and write events.")
    TRAIL_NARROWED = _trail(_ALARM, "An advanced selector narrows the management events by a further field.",
                            "Add a selector for all management events.")
    TRAIL_PARTLY_READ = _trail(_UNKNOWN, "Something that decides about the trail could not be read.", _ALLOW)
    TRAILS_NOT_READ = _trail(_UNKNOWN, "The trails could not be read.", _ALLOW)
    TRAIL_FIELD_UNKNOWN = _trail(_UNKNOWN, "A field of the trail is set that alarmchain does not decide.", _FIELD)
    TRAIL_OF_UNCONNECTED_ACCOUNT = _trail(_UNKNOWN, "The trail belongs to an account that is not connected.", _CONNECT)
    TRAIL_NOT_AT_ITS_OWNER = _trail(_UNKNOWN, "The trail's owner is connected, and does not show the trail.",
                                    "Check again past the cache, with --fresh.")
    CONNECTION_NOT_READ = _trail(_UNKNOWN, "A connection failed before it told its account.", "Repair the connection.")

    LOG_GROUP_HOLDS = _group(_OK, "The trail delivers to a log group that can be looked at.")
    LOG_GROUP_NONE = _group(_ALARM, "The trail delivers to no log group.", "Link a log group to the trail.")
    LOG_GROUP_DELIVERY_FAILS = _group(_ALARM, "CloudTrail reports that the delivery to the log group fails.",
                                      "Repair the trail's role for CloudWatch Logs, or its log group.")
    LOG_GROUP_GONE = _group(_ALARM, "The log group that the trail names does not exist.",
                            "Create it, or link another one to the trail.")
    LOG_GROUP_NOT_AN_ARN = _group(_UNKNOWN, "What the trail names as its log group is no ARN.",
                                  "Look at the trail's log group.")
    LOG_GROUP_OF_UNCONNECTED_ACCOUNT = _group(_UNKNOWN, "The log group's account is not connected.", _CONNECT)

    FILTER_COVERS = _filter(_OK, "The filter matches every event of the control and publishes a number above zero.")
    FILTERS_COVER_TOGETHER = _filter(_OK, "Filters whose alarms are all heard match every event of the control.")
    FILTER_NONE = _filter(_ALARM, "The log group has no metric filter.", "Add one with the reference pattern.")
    FILTER_WITHOUT_METRIC = _filter(_ALARM, "No metric filter of the log group publishes a metric.",
                                    "Add a metric transformation.")
    FILTER_NONE_ABOUT_CONTROL = _filter(_ALARM, "The log group's filters are about other things than the control.",
                                        "Add a filter with the reference pattern.")
    FILTER_MISSES_EVENTS = _filter(_ALARM, "The filter is about the control and misses some of its events.",
                                   "Widen its pattern, or add a filter with the reference pattern.")
    FILTER_PATTERN_INVALID = _filter(_ALARM, "CloudWatch Logs would not accept the filter's pattern.",
                                     "Add a filter with the reference pattern.")
    FILTER_VALUE_NOT_POSITIVE = _filter(_ALARM, "The filter covers the control, and publishes 0 or less.",
                                        "Let it publish 1.")
    FILTER_SELECTS_OTHER_EVENTS = _filter(_ALARM, "The filter selects events of other accounts or regions.",
                                          "Leave the selection out.")
    FILTER_SELECTION_UNDECIDED = _filter(_UNKNOWN, "Which events the filter selects could not be decided.",
                                         "Leave the selection out.")
    FILTER_ON_TRANSFORMED_LOGS = _filter(_UNKNOWN, "The pattern is applied to what a log transformer made of events.",
                                         "Apply it to the original events.")
    FILTER_FIELD_UNKNOWN = _filter(_UNKNOWN, "A field of the filter is set that alarmchain does not decide.", _FIELD)
    FILTER_VALUE_UNKNOWN = _filter(_UNKNOWN, "What the filter publishes is taken from the event, or is no number.",
                                   "Let it publish 1.")
    FILTER_UNDECIDED = _filter(_UNKNOWN, "Whether the pattern covers the control could not be decided.",
                               "Add a filter with the reference pattern.")
    FILTER_PATTERN_NOT_READ = _filter(_UNKNOWN, "The filter's pattern could not be read.",
                                      "Allow logs:DescribeMetricFilters.")
    FILTERS_NOT_READ = _filter(_UNKNOWN, "The metric filters of the log group could not be read.", _ALLOW)

    ALARM_FIRES = _alarm(_OK, "The alarm watches the filter's metric, and one event makes it change to ALARM.")
    ALARM_NONE = _alarm(_ALARM, "No alarm in the log group's region watches the metric.", "Add one.")
    ALARM_OTHER_DIMENSIONS = _alarm(_ALARM, "Alarm and filter differ in dimensions: they mean two metrics.",
                                    "Publish and watch the metric without dimensions.")
    ALARM_OTHER_ACCOUNT = _alarm(_ALARM, "The alarm watches the metric of another account.",
                                 "Let it watch the metric of the log group's account.")
    ALARM_OTHER_UNIT = _alarm(_ALARM, "The alarm takes only datapoints with a unit that the filter does not publish.",
                              "Leave the alarm's unit out.")
    ALARM_NEEDS_MORE_EVENTS = _alarm(_ALARM, "What one event gives does not breach the threshold.", _BENCHMARK)
    ALARM_NEEDS_MORE_PERIODS = _alarm(_ALARM, "One event breaches in one period, and more periods are needed.",
                                      "Use 1 of 1 periods.")
    ALARM_ALWAYS_RED = _alarm(_ALARM, "The alarm is in ALARM before any event, so that it never changes.", _BENCHMARK)
    ALARM_IGNORES_FEW_SAMPLES = _alarm(_ALARM, "A percentile that ignores low sample counts ignores one event.",
                                       "Use the statistic Sum.")
    ALARM_COUNTS_OTHER_SAMPLES = _alarm(_ALARM, "The number of samples counts what is published between events too.",
                                        "Use the statistic Sum.")
    ALARM_FIRING_UNKNOWN = _alarm(_UNKNOWN, "Whether one event is enough could not be decided.", _BENCHMARK)
    ALARM_EXPRESSION_UNDECIDED = _alarm(_UNKNOWN, "The alarm uses the metric in an expression that is not modelled.",
                                        "Let an alarm watch the metric itself.")
    ALARM_FIELD_UNKNOWN = _alarm(_UNKNOWN, "A field of the alarm is set that alarmchain does not decide.", _FIELD)
    ALARM_UNIT_UNKNOWN = _alarm(_UNKNOWN, "The alarm asks for a unit, and the source does not show the filter's.",
                                "Leave the alarm's unit out.")
    ALARMS_NOT_READ = _alarm(_UNKNOWN, "The alarms of the region could not be read.", _ALLOW)

    TOPIC_HOLDS = _topic(_OK, "The topic exists and lets CloudWatch publish.")
    TOPIC_ACTIONS_OFF = _topic(_ALARM, "The actions of the alarm are switched off.", "Enable them.")
    TOPIC_NO_ACTION = _topic(_ALARM, "The alarm has no action for ALARM.", "Send it to a topic.")
    TOPIC_NONE_AMONG_ACTIONS = _topic(_ALARM, "None of the alarm's actions is an SNS topic.", "Send it to a topic.")
    TOPIC_FIFO = _topic(_ALARM, "The topic is a FIFO topic: CloudWatch sends to standard topics only.",
                        "Send the alarm to a standard topic.")
    TOPIC_OTHER_REGION = _topic(_ALARM, "The topic is in another region than the alarm.",
                                "Send the alarm to a topic of its own region.")
    TOPIC_GONE = _topic(_ALARM, "The topic that the alarm names does not exist.", "Send the alarm to one that does.")
    TOPIC_POLICY_DENIES = _topic(_ALARM, "A Deny of the topic's policy takes in CloudWatch.",
                                 "Leave CloudWatch out of the Deny.")
    TOPIC_POLICY_DOES_NOT_ALLOW = _topic(_ALARM, "No statement of the topic's policy allows CloudWatch to publish.",
                                         "Allow sns:Publish for cloudwatch.amazonaws.com.")
    TOPIC_KEY_MANAGED_BY_AWS = _topic(_ALARM, "The topic is encrypted with the key of AWS, which no service can use.",
                                      "Use a customer key that lets CloudWatch use it.")
    TOPIC_KEY_UNUSABLE = _topic(_ALARM, "CloudWatch cannot use the key with which the topic is encrypted.",
                                "Let CloudWatch use the key, or use another one.")
    TOPIC_KEY_GONE = _topic(_ALARM, "The key or alias with which the topic is encrypted does not exist.",
                            "Use a customer key that exists, and lets CloudWatch use it.")
    TOPIC_FIELD_UNKNOWN = _topic(_UNKNOWN, "A field of topic or key is set that alarmchain does not decide.", _FIELD)
    TOPIC_ACTIONS_NOT_READ = _topic(_UNKNOWN, "Whether the alarm's actions are enabled could not be read.",
                                    "Allow cloudwatch:DescribeAlarms.")
    TOPIC_POLICY_NOT_READ = _topic(_UNKNOWN, "The topic's policy could not be read.", "Allow sns:GetTopicAttributes.")
    TOPIC_POLICY_UNDECIDED = _topic(_UNKNOWN, "The topic's policy depends on something that is not known.",
                                    "Allow sns:Publish for cloudwatch.amazonaws.com without that condition.")
    TOPIC_OF_UNCONNECTED_ACCOUNT = _topic(_UNKNOWN, "The topic belongs to an account that is not connected.", _CONNECT)
    TOPIC_COMPOSITE_UNDECIDED = _topic(_UNKNOWN, "Whether the composite alarm above rings is not decided.",
                                       "Send the alarm itself to a topic.")
    TOPIC_NOT_READ = _topic(_UNKNOWN, "The topic could not be read.", _ALLOW)

    SUBSCRIPTION_HEARD_BY_PERSON = _subscription(_OK, "A confirmed subscription tells a person (e-mail, text, app).")
    SUBSCRIPTION_HEARD_BY_MACHINE = _subscription(
        _OK, "A confirmed subscription holds, and only machines hear: whether they tell a person is not visible.")
    SUBSCRIPTION_NONE = _subscription(_ALARM, "The topic has no subscription.", "Subscribe somebody and confirm it.")
    SUBSCRIPTION_PENDING = _subscription(_ALARM, "No subscription is confirmed; some are still pending.",
                                         "Confirm with the link in the message that the endpoint got.")
    SUBSCRIPTION_DELETED = _subscription(_ALARM, "The topic's subscriptions are deleted.", "Subscribe somebody.")
    SUBSCRIPTION_SWALLOWS = _subscription(_ALARM, "Every confirmed subscription filters alarm messages out.",
                                          "Remove the filter policy, or add a subscription without one.")
    SUBSCRIPTION_FIELD_UNKNOWN = _subscription(
        _UNKNOWN, "A field of the subscription is set that alarmchain does not decide.", _FIELD)
    SUBSCRIPTION_FILTER_UNDECIDED = _subscription(_UNKNOWN, "Whether a filter policy lets the message pass is open.",
                                                  "Add a subscription without a filter policy.")
    SUBSCRIPTIONS_NOT_READ = _subscription(_UNKNOWN, "The subscriptions could not be read.", _ALLOW)
    SUBSCRIPTIONS_OF_UNCONNECTED_ACCOUNT = _subscription(
        _UNKNOWN, "The topic's account is not connected, so its subscriptions are not visible.", _CONNECT)
    # fmt: on

    @property
    def anchor(self) -> str:
        """Where the documentation has it."""
        return f"docs/reasons.md#{self.name.lower()}"


NOT_REACHED = "NOT_REACHED"
"""The code of the hops behind the one that is named."""
