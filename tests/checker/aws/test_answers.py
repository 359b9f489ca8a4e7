"""Fields that the installed botocore does not know stay in the answer, whatever the protocol."""

from __future__ import annotations

import json
import struct
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.model import Shape
from botocore.parsers import ResponseParserFactory

from checker.aws.answers import WholeAnswers
from checker.aws.sessions import Sessions

SESSION = botocore.session.get_session()


def output_of(service: str, operation: str) -> Shape:
    shape = SESSION.get_service_model(service).operation_model(operation).output_shape
    assert shape is not None
    return shape


def parsed(protocol: str, shape: Shape, body: bytes, status: int = 200, *, whole: bool = True) -> dict[str, Any]:
    """What botocore makes of an answer; ``whole``: with our parsers."""
    factory: Any = WholeAnswers() if whole else ResponseParserFactory()
    parser = factory.create_parser(protocol)
    found: dict[str, Any] = parser.parse({"body": body, "headers": {}, "status_code": status}, shape)
    found.pop("ResponseMetadata", None)
    return found


def cbor(value: Any) -> bytes:
    """What the tests need of RFC 8949: short texts, flags, lists and maps."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return bytes([0x60 + len(value)]) + value.encode()
    if isinstance(value, list):
        return bytes([0x80 + len(value)]) + b"".join(map(cbor, value))
    pairs = b"".join(cbor(key) + cbor(item) for key, item in value.items())
    return bytes([0xA0 + len(value)]) + pairs


FILTERS = {
    "metricFilters": [
        {
            "filterName": "root",
            "later": {"deep": [1]},
            "nothing": None,
            "__type": "x",
            "metricTransformations": [{"metricName": "m", "also": True}],
        }
    ],
    "newAtTheTop": "x",
}
ALARMS = {
    "MetricAlarms": [{"AlarmName": "root", "Threshold": 1.0, "Gate": "x", "EvaluationCriteria": {"New": {"Q": "x"}}}]
}


def test_json_keeps_them_at_every_depth() -> None:
    shape, body = output_of("logs", "DescribeMetricFilters"), json.dumps(FILTERS).encode()
    found = parsed("json", shape, body)
    assert found == {
        "metricFilters": [
            {
                "filterName": "root",
                "later": {"deep": [1]},
                "metricTransformations": [{"metricName": "m", "also": True}],
            }
        ],
        "newAtTheTop": "x",
    }
    assert "later" not in str(parsed("json", shape, body, whole=False))


@pytest.mark.parametrize(
    ("protocol", "body"), [("json", json.dumps(ALARMS).encode()), ("smithy-rpc-v2-cbor", cbor(ALARMS))]
)
def test_a_choice_that_is_not_known_keeps_its_name(protocol: str, body: bytes) -> None:
    assert parsed(protocol, output_of("cloudwatch", "DescribeAlarms"), body) == ALARMS


def test_xml_keeps_them_as_text_flags_objects_and_lists() -> None:
    body = b"""<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
      <ListSubscriptionsByTopicResult><Subscriptions><member>
        <Protocol>email</Protocol><Muted>true</Muted><Off>false</Off><Empty/>
        <Hours><From>8</From></Hours><Day>Mon</Day><Day>Tue</Day>
      </member></Subscriptions></ListSubscriptionsByTopicResult>
      <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListSubscriptionsByTopicResponse>"""
    assert parsed("query", output_of("sns", "ListSubscriptionsByTopic"), body) == {
        "Subscriptions": [
            {
                "Protocol": "email",
                "Muted": "true",
                "Off": False,
                "Empty": "",
                "Hours": {"From": "8"},
                "Day": ["Mon", "Tue"],
            }
        ]
    }


def test_a_member_that_is_spelled_otherwise_in_the_answer_is_known() -> None:
    body = b"""<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>
      <regionInfo><item><regionName>us-east-1</regionName><moon>full</moon></item></regionInfo>
      </DescribeRegionsResponse>"""
    found = parsed("ec2", output_of("ec2", "DescribeRegions"), body)
    assert found["Regions"] == [{"RegionName": "us-east-1", "moon": "full"}]


def test_an_error_is_told_as_botocore_tells_it() -> None:
    shape = SESSION.get_service_model("logs").shape_for("ResourceNotFoundException")
    body = json.dumps({"__type": "ResourceNotFoundException", "message": "gone", "Error": "x"}).encode()
    assert parsed("json", shape, body, 400) == parsed("json", shape, body, 400, whole=False)


def test_the_clients_of_sessions_read_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    class Raw:
        def stream(self, **_: object) -> list[bytes]:
            return [json.dumps(FILTERS).encode()]

    sessions = Sessions()
    (connection,) = sessions.connections
    sdk = sessions.client(connection, "logs", "us-east-1").sdk()
    answer: Any = AWSResponse("http://x", 200, {}, Raw())  # type: ignore[arg-type]  # no headers are needed
    sdk.meta.events.register("before-send", lambda **_: answer)
    (page,) = sessions.pages(connection, "us-east-1", "logs", "DescribeMetricFilters")
    assert page["metricFilters"][0]["later"] == {"deep": [1]}
