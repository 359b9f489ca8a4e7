"""Which topics an event of a chain that holds gets to."""

from __future__ import annotations

from dataclasses import replace

from checker.findings import Hop
from remediation.planning.inventory import Inventory
from remediation.planning.told import heard_topics
from tests.builders import HOME, A
from tests.remediation.cases import judge, topic, with_rows
from tests.remediation.planning.test_plan import complete

OWN, SECOND = (f"arn:aws:sns:{HOME}:{A}:{name}" for name in ("cis-alarms", "second"))


def test_every_topic_of_an_alarm_on_the_metric_that_may_take_its_messages() -> None:
    facts = complete()
    siblings = [
        replace(facts.alarms[0], name=name, arn=f"{facts.alarms[0].arn}-{name}", alarm_actions=[f"{OWN[:-10]}{name}"])
        for name in ("second", "refuses", "gone", "unread")
    ]
    topics = [*facts.topics, topic("second"), topic("refuses", key="alias/aws/sns")]
    topics.append(replace(topic("unread"), policy=None))
    facts = with_rows(facts, alarms=[*facts.alarms, *siblings], topics=topics)
    (found,) = judge(facts)
    hops = {hop.hop: hop for hop in found.hops}
    assert heard_topics(Inventory(facts), hops) == [OWN, SECOND]
    alone = {**hops, Hop.FILTER: replace(hops[Hop.FILTER], evidence={})}
    assert heard_topics(Inventory(facts), alone) == [OWN, SECOND]
    assert heard_topics(Inventory(with_rows(facts, metric_filters=[])), alone) == [OWN]
