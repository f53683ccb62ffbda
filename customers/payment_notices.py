"""What a payer is told in writing: the link to pay by, and the receipt. Pure."""

from datetime import date

from calls.clock import Instant
from customers.notice_texts import PaymentLinkText, ReceiptText
from customers.notices import Notice, NoticeId, notice_of
from customers.payments import Payer, Payment


def receipt_notice(payment: Payment, payer: Payer, day: date, now: Instant) -> Notice:
    """The receipt of a payment that was posted on `day`: the same notice whoever makes it and however often."""
    text = ReceiptText(payment.amount, str(payment.number), day)
    return notice_of(NoticeId(f"receipt-{payment.payment_id}"), payer.phone, text, payer.language, now)


def link_notice(payment: Payment, payer: Payer, address: str, now: Instant) -> Notice:
    text = PaymentLinkText(payment.amount, address)
    return notice_of(NoticeId(f"link-{payment.payment_id}"), payer.phone, text, payer.language, now)
