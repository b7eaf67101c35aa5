"""Which topic a question is about."""

import pytest

from container_ci.routing import Routed, route

TOPICS = ("status", "help", "services", "health", "logs", "optimize", "debug", "security")


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("", "status"),
        ("status", "status"),
        ("how are you?", "status"),
        ("is it running", "status"),
        ("what runs inside", "services"),
        ("which ports does it listen on", "services"),
        ("is it healthy?", "health"),
        ("ready?", "health"),
        ("show me the last lines", "logs"),
        ("Logs since 10m", "logs"),
        ("how much memory does it need", "optimize"),
        ("optimise cpu", "optimize"),
        ("why did it crash", "debug"),
        ("why is it unhealthy", "debug"),
        ("what is wrong", "debug"),
        ("help", "help"),
        ("what can you do", "help"),
        ("security", "security"),
        ("tell me about security", "security"),
        ("how many replicas are there", "scale"),
        ("how many orders were sold", ""),
    ],
)
def test_a_question_is_about_the_topic_that_it_names_or_hints_at(question: str, topic: str) -> None:
    assert route(question, TOPICS).topic == topic


def test_what_follows_the_name_of_a_topic_says_what_exactly() -> None:
    assert route("logs since 10m", TOPICS) == Routed("logs", ["since", "10m"])
