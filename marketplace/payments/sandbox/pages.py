"""The Checkout page a person sees: plain HTML that needs no style, no script and no card."""

from jinja2 import Environment

from marketplace.payments.sandbox.parameters import Json, printed

TEXTS = {
    "en": {
        "warning": "Stripe sandbox: no real money",
        "explanation": "This page stands in for Stripe Checkout. No card is needed and nothing is charged.",
        "title": "Pay %s",
        "amount": "Amount to pay",
        "for": "For",
        "quantity": "Quantity",
        "receipt": "Receipt to",
        "pay": "Pay",
        "decline": "Pay with a card that is declined",
        "back": "Go back",
        "declined": "Your card was declined. Nothing was charged; you may try again.",
        "complete": "This payment is complete.",
        "continue": "Continue",
        "expired": "This payment page has expired. Nothing was charged.",
        "unknown": "There is no such payment page.",
    },
    "zh": {
        "warning": "Stripe 沙盒:不涉及真实资金",
        "explanation": "此页面代替 Stripe 收银台,无需银行卡,不会扣款。",
        "title": "支付 %s",
        "amount": "应付金额",
        "for": "项目",
        "quantity": "数量",
        "receipt": "收据邮箱",
        "pay": "支付",
        "decline": "使用会被拒绝的卡支付",
        "back": "返回",
        "declined": "您的卡被拒绝。未扣款,可重试。",
        "complete": "该笔支付已完成。",
        "continue": "继续",
        "expired": "此支付页面已过期。未扣款。",
        "unknown": "没有这个支付页面。",
    },
}

PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """\
<!doctype html>
<html lang="{{ 'zh-CN' if language == 'zh' else 'en' }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ heading }} · {{ words.warning }}</title>
</head>
<body>
<header><p><strong>{{ words.warning }}</strong></p><p>{{ words.explanation }}</p></header>
<main>
<h1>{{ heading }}</h1>
{% if alert %}
<p role="alert">{{ alert }}</p>
{% endif %}
{% if open %}
<dl>
{% for line in lines %}
<dt>{{ words["for"] }}</dt><dd>{{ line.name }}</dd>
{% if line.quantity > 1 %}
<dt>{{ words.quantity }}</dt><dd>{{ line.quantity }}</dd>
{% endif %}
{% endfor %}
<dt>{{ words.amount }}</dt><dd><data value="{{ session.amount_total }}">{{ amount }}</data></dd>
{% if session.customer_email %}
<dt>{{ words.receipt }}</dt><dd>{{ session.customer_email }}</dd>
{% endif %}
</dl>
<form method="post">
<p><button type="submit" name="card" value="good">{{ words.pay }}</button></p>
<p><button type="submit" name="card" value="declined">{{ words.decline }}</button></p>
</form>
{% endif %}
{% if link %}
<p><a href="{{ link }}">{{ link_text }}</a></p>
{% endif %}
</main>
</body>
</html>
"""
)


def checkout(session: Json, *, language: str, declined: bool = False) -> str:
    """The page of a session in its present status; ``language`` is ``en`` or ``zh``."""
    words, status = TEXTS[language], session["status"]
    amount = printed(session["amount_total"], session["currency"])
    complete = status == "complete"
    return PAGE.render(
        session=session,
        lines=session["sandbox"]["lines"],
        language=language,
        words=words,
        amount=amount,
        heading=words["title"] % amount if status == "open" else words[status],
        open=status == "open",
        alert=words["declined"] if declined and status == "open" else None,
        link=return_address(session) if complete else session["cancel_url"],
        link_text=words["continue"] if complete else words["back"],
    )


def unknown(*, language: str) -> str:
    """The page for an id no session has."""
    words = TEXTS[language]
    return PAGE.render(language=language, words=words, heading=words["unknown"])


def return_address(session: Json) -> str:
    """The success address, with the session's id where the template asks for it."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
