"""What the clients of the crash tests do: lives of contracts, with what was acknowledged written down."""

import threading
import uuid
from collections import Counter
from datetime import date

from tests.crash.group import Client

BOUNDARY = "evidence-boundary"


def facts(slug: str, amount: int) -> dict:
    return {
        "fair": slug, "title_en": f"Deal {uuid.uuid4()}", "class": "contract", "kind": "licence", "field": "new_materials",
        "currency": "CNY", "total_amount": f"{amount}.00", "technology_amount": None, "signed_on": date.today().isoformat(), "open": True,
        "parties": [{"role": "provider", "name": "Institute", "country": "DE"}, {"role": "recipient", "name": "Works", "country": "CN"}],
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
        self.declared: list[str] = []
        self.wrong: list[str] = []

    def client(self, role: str) -> Client:
        return Client(self.url, self.setting[role])

    def do(self, role: str, path: str, body, expected=(200, 201), **options):
        """One write, repeated with its key until it is answered; another status than expected is written down."""
        answer = self.client(role).until_answered("POST", path, body, key=str(uuid.uuid4()), **options)
        with self.lock:
            self.statuses[answer[0]] += 1
            if answer[0] not in expected:
                self.wrong.append(f"{path}: {answer}")
        return answer

    def life(self, amount: int, *, void: bool) -> None:
        """Declared, signed, verified, and perhaps void, by the three people whose job it is."""
        made = self.do("clerk", "/api/v1/contracts", facts(self.setting["slug"], amount))
        if made[0] != 201:
            return
        url = f"/api/v1/contracts/{made[1]['id']}"
        with self.lock:
            self.declared.append(made[1]["id"])
        self.do("clerk", f"{url}/evidence", None, raw=upload(), content_type=f"multipart/form-data; boundary={BOUNDARY}")
        seen = self.client("clerk").until_answered("GET", url)[1]["content_hash"]
        self.do("clerk", f"{url}/sign", {"content_hash": seen})
        verified = self.do("verifier", f"{url}/verify", {"content_hash": seen})
        if verified[0] == 200:
            with self.lock:
                self.verified[made[1]["id"]] = amount * 100
        if void and self.do("manager", f"{url}/void", {"reason": "called off"})[0] == 200:
            with self.lock:
                self.verified.pop(made[1]["id"])

    def race(self, amount: int) -> list[int]:
        """Eight equal verifications of one contract at once, each with a key of its own: their statuses."""
        made = self.do("clerk", "/api/v1/contracts", facts(self.setting["slug"], amount))[1]
        url = f"/api/v1/contracts/{made['id']}"
        self.do("clerk", f"{url}/evidence", None, raw=upload(), content_type=f"multipart/form-data; boundary={BOUNDARY}")
        seen = self.client("clerk").until_answered("GET", url)[1]["content_hash"]
        self.do("clerk", f"{url}/sign", {"content_hash": seen})
        found: list[int] = []
        barrier = threading.Barrier(8)

        def one():
            barrier.wait()
            status = self.client("verifier").until_answered("POST", f"{url}/verify", {"content_hash": seen}, key=str(uuid.uuid4()))[0]
            with self.lock:
                found.append(status)

        in_threads([one] * 8)
        with self.lock:
            self.verified[made["id"]] = amount * 100
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
