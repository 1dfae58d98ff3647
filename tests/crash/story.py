"""What the clients of the crash tests do: lives of contracts, with what was acknowledged written down."""

import threading
import time
import uuid
from collections import Counter
from datetime import date

from tests.crash.group import Client

BOUNDARY = "evidence-boundary"


def facts(slug: str, amount: int) -> dict:
    """A contract between two parties that nobody else has."""
    names = uuid.uuid4().hex
    return {
        "fair": slug, "title_en": f"Deal {uuid.uuid4()}", "class": "contract", "kind": "licence", "field": "new_materials",
        "currency": "CNY", "total_amount": f"{amount}.00", "technology_amount": None, "signed_on": date.today().isoformat(), "open": True,
        "parties": [
            {"role": "provider", "name": f"Institute {names[:9]}", "country": "DE"},
            {"role": "recipient", "name": f"Works {names[9:18]}", "country": "CN"},
        ],
    }  # fmt: skip


def upload() -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="page.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    return head.encode() + b"%PDF-1.4 " + uuid.uuid4().bytes + f"\r\n--{BOUNDARY}--\r\n".encode()


class Story:
    """Shared by the clients: what was acknowledged, and every status that was answered."""

    def __init__(self, url: str, setting: dict[str, str]):
        self.url, self.setting = url, setting
        self.lock = threading.Lock()
        self.statuses: Counter = Counter()
        self.verified: dict[str, int] = {}
        self.void: dict[str, int] = {}
        self.declared: list[str] = []
        self.wrong: list[str] = []
        self.acknowledged = self.resolved = 0
        self.slowest = 0.0

    def client(self, role: str) -> Client:
        return Client(self.url, self.setting[role])

    def do(self, role: str, path: str, body, expected=(200, 201), **options):
        """One write, repeated with its key until it is answered; another status than expected is written down."""
        began, client = time.monotonic(), self.client(role)
        answer = client.until_answered("POST", path, body, key=str(uuid.uuid4()), **options)
        with self.lock:
            self.statuses[answer[0]] += 1
            self.acknowledged += answer[0] < 300
            self.resolved += client.lost > 0
            self.slowest = max(self.slowest, time.monotonic() - began)
            if answer[0] not in expected:
                self.wrong.append(f"{path}: {answer}")
        return answer

    def declare(self, amount: int) -> str | None:
        """The address of a new contract."""
        status, made = self.do("clerk", "/api/v1/contracts", facts(self.setting["slug"], amount))
        if status != 201:
            return None
        with self.lock:
            self.declared.append(made["id"])
        return f"/api/v1/contracts/{made['id']}"

    def attach(self, url: str) -> str:
        """With a page of evidence; the hash of the content as it stands."""
        self.do("clerk", f"{url}/evidence", None, raw=upload(), content_type=f"multipart/form-data; boundary={BOUNDARY}")
        return self.client("clerk").until_answered("GET", url)[1]["content_hash"]

    def life(self, amount: int, *, void: bool) -> None:
        """Declared, signed, verified, and perhaps void, by the three people whose job it is."""
        url = self.declare(amount)
        if url is None:
            return
        key, seen = url.rpartition("/")[2], {"content_hash": self.attach(url)}
        self.do("clerk", f"{url}/sign", seen)
        if self.do("verifier", f"{url}/verify", seen)[0] == 200:
            with self.lock:
                self.verified[key] = amount * 100
        if void and self.do("manager", f"{url}/void", {"reason": "called off"})[0] == 200:
            with self.lock:
                self.void[key] = self.verified.pop(key)

    def race(self, amount: int, *, takers: int = 8) -> dict[str, list[int]]:
        """Equal transitions of one contract at once, each with a key of its own: the statuses of each step."""
        url = self.declare(amount)
        assert url is not None, self.wrong
        seen, found = {"content_hash": self.attach(url)}, {}
        for role, step, body in (("clerk", "sign", seen), ("verifier", "verify", seen), ("manager", "void", {"reason": "called off"})):
            found[step] = self.at_once(takers, role, f"{url}/{step}", body)
        return found

    def at_once(self, takers: int, role: str, path: str, body) -> list[int]:
        """The statuses of as many equal requests, each with a key of its own."""
        found: list[int] = []
        barrier = threading.Barrier(takers)

        def one():
            barrier.wait()
            status = self.client(role).until_answered("POST", path, body, key=str(uuid.uuid4()))[0]
            with self.lock:
                found.append(status)
                self.statuses[status] += 1

        in_threads([one] * takers)
        return sorted(found)


def in_threads(jobs) -> None:
    """Run all at once; the first exception of any of them is raised here."""
    failed: list[BaseException] = []

    def guarded(job):
        try:
            job()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
