"""The demo's people: ten agents and one of each other role. All invented; passwords are made at first start."""

from calls.ids import AgentId
from staff.roles import Role
from staff.skills import skills_from
from staff.users import User

RU = "ru"
EN = "en"
"""The languages as skills. Gromov speaks English with a dictionary, Tikhonov has just begun."""
GENERAL = "general"
BILLING = "billing"
EMERGENCY = "emergency"
"""The queues' skills, called as the queues."""


def _agent(login: str, name: str, /, **levels: int) -> User:
    return User(AgentId(login), name, Role.AGENT, skills_from(levels))


AGENTS = (
    _agent("orlov", "Орлов Дмитрий", ru=5, en=5, general=4, billing=4, emergency=5),
    _agent("zueva", "Зуева Анна", ru=5, general=4, billing=5, emergency=4),
    _agent("kim", "Ким Виктория", ru=4, en=5, general=3, billing=4),
    _agent("petrova", "Петрова Ольга", ru=5, general=4, billing=4),
    _agent("sidorov", "Сидоров Максим", ru=5, general=3, emergency=4),
    _agent("belova", "Белова Екатерина", ru=5, general=3, billing=3),
    _agent("gromov", "Громов Сергей", ru=5, en=2, general=3, emergency=3),
    _agent("ershova", "Ёршова Наталья", ru=5, general=3, billing=2),
    _agent("tikhonov", "Тихонов Алексей", ru=5, general=1),
    _agent("yusupova", "Юсупова Динара", ru=4, general=5, billing=3, emergency=2),
)
SUPERVISOR = User(
    AgentId("volkova"),
    "Волкова Ирина",
    Role.SUPERVISOR,
    skills_from({RU: 5, GENERAL: 5, BILLING: 5, EMERGENCY: 5}),
)
QUALITY = User(AgentId("nikitina"), "Никитина Светлана", Role.QUALITY, frozenset())
ADMINISTRATOR = User(AgentId("admin"), "Администратор", Role.ADMINISTRATOR, frozenset())
AUDITOR = User(AgentId("auditor"), "Аудитор", Role.AUDITOR, frozenset())

USERS = (*AGENTS, SUPERVISOR, QUALITY, ADMINISTRATOR, AUDITOR)
