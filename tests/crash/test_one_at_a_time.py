"""Of equal or contrary requests at once the started server takes as many as it may, and tells the others so."""

import threading
import uuid

import pytest

from tests.crash import found
from tests.crash.conftest import SLOTS, TAKERS
from tests.crash.group import Client, ServerGroup
from tests.crash.story import facts, in_threads

pytestmark = [pytest.mark.server, pytest.mark.crash]


@pytest.mark.parametrize("takers", [2, 8, 24])
def test_of_equal_transitions_at_once_exactly_one_is_made(stage, takers):
    for step, statuses in stage.story.race(5, takers=takers).items():
        assert statuses.count(200) == 1, (step, statuses)
        assert set(statuses) == {200, 409} or set(statuses) == {200, 412} or set(statuses) == {200, 409, 412}, (step, statuses)


def test_of_two_editors_with_one_version_the_second_is_told(stage):
    url = stage.story.declare(7)
    version = stage.asked("clerk", "GET", url, None)[1]["version"]
    body = {name: value for name, value in facts("crash", 8).items() if name != "fair"}
    answers = [None, None]
    gate = threading.Barrier(2)

    def edit(n):
        gate.wait()
        answers[n] = stage.asked("clerk", "PUT", url, body | {"total_amount": f"{800 + n}.00"}, **{"If-Match": f'"{version}"'})

    in_threads([lambda n=n: edit(n) for n in range(2)])
    assert sorted(status for status, _ in answers) == [200, 412]
    won = next(n for n in range(2) if answers[n][0] == 200)
    assert found.contracts(stage.database)[url.rpartition("/")[2]] == ("declared", (800 + won) * 100)


def test_without_the_version_the_second_editor_overwrites_the_first(stage, tmp_path):
    """Negative control, by a second group on the same database."""
    url = stage.story.declare(7)
    version = stage.asked("clerk", "GET", url, None)[1]["version"]
    body = {name: value for name, value in facts("crash", 8).items() if name != "fair"}
    group = ServerGroup(stage.database, tmp_path, application="tests.crash.broken:app", broken="version")
    group.start()
    try:
        client = Client(group.url, stage.setting["clerk"])
        changes = [body | {"total_amount": f"{amount}.00"} for amount in (801, 802)]
        statuses = [client.call("PUT", url, change, headers={"If-Match": f'"{version}"'})[0] for change in changes]
    finally:
        group.kill()
    assert statuses == [200, 200]
    assert found.contracts(stage.database)[url.rpartition("/")[2]] == ("declared", 80_200)


def test_an_edited_contract_falls_back_and_no_hand_covers_what_it_did_not_see(stage):
    url = stage.story.declare(9)
    seen = {"content_hash": stage.story.attach(url)}
    assert stage.asked("clerk", "POST", f"{url}/sign", seen)[0] == 200
    version = stage.asked("clerk", "GET", url, None)[1]["version"]
    body = {name: value for name, value in facts("crash", 10).items() if name != "fair"}
    status, edited = stage.asked("clerk", "PUT", url, body, **{"If-Match": f'"{version}"'})
    assert (status, edited["status"]) == (200, "declared")
    assert edited["content_hash"] != seen["content_hash"]
    assert stage.asked("clerk", "POST", f"{url}/sign", seen)[0] == 412
    assert stage.asked("clerk", "POST", f"{url}/sign", {"content_hash": edited["content_hash"]})[0] == 200
    assert stage.asked("verifier", "POST", f"{url}/verify", seen)[0] == 412
    assert stage.asked("verifier", "POST", f"{url}/verify", {"content_hash": edited["content_hash"]})[0] == 200


def test_sign_edit_and_void_at_once_leave_one_whole_history(stage):
    """Contrary moves of one signed contract: each is taken or refused, and what stands is what the last taken one says."""
    for n in range(3):
        url = stage.story.declare(20 + n)
        seen = {"content_hash": stage.story.attach(url)}
        stage.asked("clerk", "POST", f"{url}/sign", seen)
        version = stage.asked("clerk", "GET", url, None)[1]["version"]
        body = {name: value for name, value in facts("crash", 30 + n).items() if name != "fair"}
        moves = {
            "verify": lambda url=url, seen=seen: stage.asked("verifier", "POST", f"{url}/verify", seen),
            "edit": lambda url=url, body=body, version=version: stage.asked("clerk", "PUT", url, body, **{"If-Match": f'"{version}"'}),
            "void": lambda url=url: stage.asked("manager", "POST", f"{url}/void", {"reason": "called off"}),
        }
        answers, gate = {}, threading.Barrier(len(moves))

        def make(name, move, answers=answers, gate=gate):
            gate.wait()
            answers[name] = move()[0]

        in_threads([lambda name=name, move=move: make(name, move) for name, move in moves.items()])
        assert set(answers.values()) <= {200, 409, 412}, answers
        status, total = found.contracts(stage.database)[url.rpartition("/")[2]]
        assert not (answers["verify"] == 200 and answers["edit"] == 200), answers
        expected = "void" if answers["void"] == 200 else "verified" if answers["verify"] == 200 else "declared"
        assert (status, total) == (expected, (30 + n if answers["edit"] == 200 else 20 + n) * 100), answers


def test_of_32_takers_of_8_slots_exactly_8_win(stage):
    gate, statuses = threading.Barrier(TAKERS), []

    def take(token, achievement_id):
        client = Client(stage.group.url, token)
        gate.wait()
        path = f"/api/v1/sessions/{stage.session_id}/pitches"
        statuses.append(client.until_answered("POST", path, {"achievement_id": achievement_id}, key=str(uuid.uuid4()))[0])

    in_threads([lambda taker=taker: take(*taker) for taker in stage.takers])
    assert sorted(statuses) == [201] * SLOTS + [409] * (TAKERS - SLOTS)
    held = found.rows(stage.database, "SELECT position FROM pitches WHERE status <> 'cancelled'")
    assert sorted(position for (position,) in held) == list(range(1, SLOTS + 1))


def test_the_product_still_agrees_with_itself(stage):
    assert found.own_checks(stage.group) == []
