"""customers.codes.OneTimeCodes over the database: the code and the notice that tells it are one transaction.

Two at once are counted and checked one after the other: SQLite has one writer, PostgreSQL the lock of the outbox for
issuing and the row's own for a try. A code that was right is used up before anybody hears so.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, func, select, update

from calls.clock import Instant, after
from calls.ids import new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.codes import LIFE_S, CodeCheck, CodeRules, Issued, Purpose, judge, new_code, sealed_code
from customers.notice_texts import CodeText
from customers.notices import NoticeId, NoticeRules, NotTaken, notice_of
from customers.ports import CustomersUnavailable
from database.code_tables import CodeRow
from database.engine import writing
from database.notices import HOUR_S, count_alone, post
from database.text import storable
from database.upsert import insert_into

KEPT_S: Final = 86_400
_LIVING: Final = "living"
_LIMITS: Final = {NotTaken.NUMBER_LIMIT, NotTaken.HOUR_LIMIT}
_ENDED: Final = {CodeCheck.RIGHT: "used", CodeCheck.NO_TRIES: "exhausted", CodeCheck.EXPIRED: "expired"}


class DatabaseCodes:
    """`key` is the PIN key. Every method may raise CustomersUnavailable."""

    def __init__(self, engine: Engine, key: bytes, notices: NoticeRules, rules: CodeRules = CodeRules()) -> None:  # noqa: B008 - frozen
        self._engine = engine
        self._key = key
        self._notices = notices
        self._rules = rules

    def issue(
        self, account: AccountNumber, phone: PhoneNumber, purpose: Purpose, language: Language, now: Instant
    ) -> Issued:
        with writing(self._engine, CustomersUnavailable) as connection:
            return self.issue_in(connection, account, phone, purpose, language, now)

    def issue_in(
        self,
        connection: Connection,
        account: AccountNumber,
        phone: PhoneNumber,
        purpose: Purpose,
        language: Language,
        now: Instant,
    ) -> Issued:
        """The same inside another transaction. Where it is not sent, nothing was written."""
        digits = new_code()
        code_id = new_uuid7()
        content = CodeText(digits, LIFE_S // 60)
        notice = notice_of(NoticeId(f"code-{code_id}"), phone, content, language, now)
        count_alone(connection)
        if self._too_many(connection, account, phone, now):
            return Issued.TOO_MANY
        refusal = post(connection, notice, self._notices)
        if refusal is not None:
            return Issued.TOO_MANY if refusal in _LIMITS else Issued.NOT_SENT
        connection.execute(_living(account, purpose).values(state="replaced", sealed=""))
        row = {
            "code_id": code_id,
            "account": storable(account),
            "purpose": purpose.value,
            "number": phone,
            "sealed": sealed_code(account, purpose, digits, self._key).hex(),
            "issued_at": now,
            "expires_at": after(now, LIFE_S),
            "tries": 0,
            "state": _LIVING,
        }
        connection.execute(insert_into(connection, CodeRow).values(**row))
        return Issued.SENT

    def check(self, account: AccountNumber, purpose: Purpose, digits: str, now: Instant) -> CodeCheck:
        told = sealed_code(account, purpose, digits, self._key)
        query = select(CodeRow.sealed, CodeRow.expires_at, CodeRow.tries).where(*_is_living(account, purpose))
        with writing(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None:
                return CodeCheck.NO_CODE
            result = judge(bytes.fromhex(row.sealed), told, Instant(row.expires_at), row.tries, now)
            values: dict[str, Any] = {"tries": row.tries + 1}
            if result in _ENDED:
                values |= {"state": _ENDED[result], "sealed": ""}
            connection.execute(_living(account, purpose).values(**values))
        return result

    def _too_many(self, connection: Connection, account: AccountNumber, phone: PhoneNumber, now: Instant) -> bool:
        hour = select(func.count()).select_from(CodeRow).where(CodeRow.issued_at > after(now, -HOUR_S))
        to_number = connection.scalar(hour.where(CodeRow.number == phone)) or 0
        of_account = connection.scalar(hour.where(CodeRow.account == storable(account))) or 0
        return to_number >= self._rules.per_number or of_account >= self._rules.per_account


def forget_old_codes(engine: Engine, now: Instant) -> None:
    """End what has expired, delete what was issued KEPT_S ago; whoever does it needs no key. Raises as the others."""
    late = update(CodeRow).where(CodeRow.state == _LIVING, CodeRow.expires_at <= now)
    with writing(engine, CustomersUnavailable) as connection:
        connection.execute(late.values(state="expired", sealed=""))
        connection.execute(delete(CodeRow).where(CodeRow.issued_at < after(now, -KEPT_S)))


def _is_living(account: AccountNumber, purpose: Purpose) -> tuple[Any, ...]:
    return CodeRow.account == storable(account), CodeRow.purpose == purpose.value, CodeRow.state == _LIVING


def _living(account: AccountNumber, purpose: Purpose) -> Any:
    return update(CodeRow).where(*_is_living(account, purpose))
