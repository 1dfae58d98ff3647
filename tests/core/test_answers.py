"""Answers kept in the process: given again to strangers only, until they are old or what they were made of has changed."""

import pytest
from flask import Flask, request
from werkzeug.test import Client

from marketplace.core import answers

pytestmark = pytest.mark.one_database
NAMES = {"Accept-Language": "en"}


class Served:
    """A small application behind the cache, that counts how often it is asked."""

    def __init__(self, monkeypatch):
        self.asked, self.state, self.at = 0, 1, 100.0
        monkeypatch.setattr(answers, "STATES", [lambda app: self.state])
        monkeypatch.setattr(answers, "SERVED", [])
        monkeypatch.setattr(answers.time, "monotonic", lambda: self.at)
        app = Flask(__name__)

        @app.get("/<path:name>")
        def page(name):
            self.asked += 1
            response = app.make_response(f"{name} {request.query_string.decode()} {request.headers.get('Accept-Language')} {self.asked}")
            response.headers["X-Request-Id"] = f"request {self.asked}"
            response.set_etag(f"tag-{self.asked}")
            if not name.startswith("private"):
                request.environ[answers.MARK] = (5, "page")
            if name == "refused":
                response.status_code = 404
            if name == "welcome":
                response.set_cookie("seen", "yes")
            if name == "large":
                response.set_data("x" * (answers.LARGEST + 1))
            return response.make_conditional(request)

        self.kept = answers.KeptAnswers(app, app.wsgi_app, most_bytes=200)
        self.client = Client(self.kept, use_cookies=False)

    def get(self, path="/list", **headers):
        return self.client.get(path, headers=NAMES | {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def served(monkeypatch):
    return Served(monkeypatch)


def test_a_stranger_gets_the_same_bytes_again_under_another_number(served):
    first, second = served.get(), served.get()
    assert served.asked == 1
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert second.headers["Age"] == "0"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/other", {}), ("/list?page=2", {}), ("/list", {"Accept_Language": "zh"}), ("/list", {"Accept": "text/html"}), ("/list", {"Host": "example.org"}),
        ("/list", {"Cookie": "session=1"}), ("/list", {"Authorization": "Bearer x"}), ("/list", {"Range": "bytes=0-1"}),
    ],
)  # fmt: skip
def test_whoever_asks_for_something_else_or_is_somebody_is_not_answered_from_it(served, path, headers):
    served.get()
    served.get(path, **headers)
    assert served.asked == 2


@pytest.mark.parametrize("path", ["/private", "/refused", "/welcome", "/large"])
def test_what_is_not_marked_or_not_a_plain_answer_is_not_kept(served, path):
    served.get(path)
    served.get(path)
    assert served.asked == 2


def test_it_ends_with_its_time_and_with_what_it_was_made_of(served):
    served.get()
    served.at += 4.9
    served.get()
    assert served.asked == 1
    served.at += 0.1
    served.get()
    assert served.asked == 2
    served.state = 2
    served.get()
    assert served.asked == 3


def test_a_change_while_the_answer_is_made_is_not_lost(served):
    """The state is looked at before the application is asked: an answer made of what was there before is not taken for a newer one."""
    inner = served.kept._inner

    def slow(environ, start):
        answer = inner(environ, start)
        served.state = 2
        return answer

    served.kept._inner = slow
    served.get()
    served.get()
    assert served.asked == 2


def test_who_has_it_already_is_told_so(served):
    tag = served.get().headers["ETag"]
    again = served.get(If_None_Match=tag)
    assert (again.status_code, again.data, served.asked) == (304, b"", 1)


def test_no_more_is_kept_than_there_is_room_for(served):
    for number in range(50):
        served.get(f"/page-{number}")
    assert served.kept._bytes <= 200
    assert 0 < len(served.kept._kept) < 50
    served.get("/page-0")
    assert served.asked == 51
