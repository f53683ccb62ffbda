"""A supplier of a district's size (./test --long); its short form is the demo in test_database_customers.py."""

import pytest
from sqlalchemy import text

from customers import demo
from customers.accounts import AccountNumber
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import Engine
from tests.kit.databases import NOW, PIN_KEY, passwords

CUSTOMERS = 30_000


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_balance_of_a_large_supplier_is_the_sum_of_its_ledger(engine: Engine) -> None:
    load_demo(engine, CUSTOMERS, 7, PIN_KEY, passwords(), NOW, with_pin=50)
    accounts = DatabaseAccounts(engine)
    with engine.begin() as connection:
        count = connection.execute(text("SELECT count(*) FROM accounts")).scalar_one()
        sums = text("SELECT a.number, sum(l.amount) FROM accounts a JOIN ledger l USING (account_id) GROUP BY a.number")
        ledger = {AccountNumber(number): int(amount) for number, amount in connection.execute(sums)}
        phones = connection.execute(text("SELECT count(DISTINCT number) FROM phones")).scalar_one()
    assert count >= CUSTOMERS
    assert phones > CUSTOMERS / 2
    for number in list(ledger)[::997]:
        balance = accounts.balance(number)
        assert balance is not None
        assert balance.amount == ledger[number]
    for fixed in demo.FIXED:
        balance = accounts.balance(fixed.number)
        assert balance is not None
        assert balance.amount == fixed.balance
        assert fixed.number in {account.number for account in accounts.of_phone(fixed.phone)}
