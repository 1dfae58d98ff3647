"""Lays points and a term sheet into the sample's first talks."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

from reportlab.pdfgen.canvas import Canvas

from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.fairs.models import Fair
from marketplace.listings.attachments import files
from marketplace.negotiations.documents import service as documents
from marketplace.negotiations.points import service as points


def lay_out(fair: Fair, negotiation_id: UUID, *, agency: Actor, company: Actor) -> None:
    """Three points, of which one is answered and one settled, and a term sheet in two versions. Raises DomainError."""
    soon = today(fair.time_zone) + timedelta(days=3)
    points.raise_point(negotiation_id, "Who pays for the trial run? 试运行的费用由谁承担？", due_on=soon, by=company)
    points.say(negotiation_id, 1, "We do, for the first 30 days.\n\n前30天由我方承担。", by=agency)
    points.raise_point(negotiation_id, "Which countries does the licence cover? 许可覆盖哪些国家？", by=company)
    points.raise_point(negotiation_id, "Training of two engineers 两名工程师的培训", by=agency)
    points.settle(negotiation_id, 3, "Included in the price.\n\n包含在价格内。", by=agency)
    sheet = files.receive(BytesIO(_paper("Term sheet, first draft")), name="term-sheet.pdf")
    documents.put_up(negotiation_id, sheet, title="Term sheet 条款清单", by=agency)
    second = files.receive(BytesIO(_paper("Term sheet, second draft")), name="term-sheet.pdf")
    documents.add_version(negotiation_id, 1, second, note="Milestones added 增加里程碑", by=company)


def _paper(title: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.setFont("Helvetica", 16)
    canvas.drawString(72, 760, title)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 730, "Sample data: an invented paper of an invented deal.")
    canvas.save()
    return out.getvalue()
