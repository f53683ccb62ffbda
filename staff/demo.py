"""The demo's people: ten agents and one of each other role. All invented; passwords are made at first start."""

from calls.ids import AgentId
from staff.roles import Role
from staff.users import User

RU = "ru"
EN = "en"
"""The languages as skills."""
GENERAL = "general"
BILLING = "billing"
EMERGENCY = "emergency"
"""The queues' skills, called as the queues."""


def _agent(login: str, name: str, *skills: str) -> User:
    return User(AgentId(login), name, Role.AGENT, frozenset({RU, *skills}))


AGENTS = (
    _agent("orlov", "Орлов Дмитрий", GENERAL, BILLING, EMERGENCY, EN),
    _agent("zueva", "Зуева Анна", GENERAL, BILLING, EMERGENCY),
    _agent("kim", "Ким Виктория", GENERAL, BILLING, EN),
    _agent("petrova", "Петрова Ольга", GENERAL, BILLING),
    _agent("sidorov", "Сидоров Максим", GENERAL, EMERGENCY),
    _agent("belova", "Белова Екатерина", GENERAL, BILLING),
    _agent("gromov", "Громов Сергей", GENERAL, EMERGENCY, EN),
    _agent("ershova", "Ёршова Наталья", GENERAL, BILLING),
    _agent("tikhonov", "Тихонов Алексей", GENERAL),
    _agent("yusupova", "Юсупова Динара", GENERAL, BILLING, EMERGENCY),
)
SUPERVISOR = User(AgentId("volkova"), "Волкова Ирина", Role.SUPERVISOR, frozenset({RU, GENERAL, BILLING, EMERGENCY}))
QUALITY = User(AgentId("nikitina"), "Никитина Светлана", Role.QUALITY, frozenset())
ADMINISTRATOR = User(AgentId("admin"), "Администратор", Role.ADMINISTRATOR, frozenset())
AUDITOR = User(AgentId("auditor"), "Аудитор", Role.AUDITOR, frozenset())

USERS = (*AGENTS, SUPERVISOR, QUALITY, ADMINISTRATOR, AUDITOR)
