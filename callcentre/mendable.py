"""The errors that a person can mend: the command line prints their message and nothing else."""

from callcentre.prepare import CannotPrepare
from callcentre.processes import StartFailed
from callcentre.run import CannotRun
from callcentre.settings_file import SettingsError
from database.engine import DatabaseUnavailable, WrongDatabaseAddress
from dialplan.private_tree import TreeNotFound
from dialplan.render import RenderError
from prompts.errors import PromptsError

MENDABLE = (
    CannotPrepare,
    CannotRun,
    DatabaseUnavailable,
    PromptsError,
    RenderError,
    SettingsError,
    StartFailed,
    TreeNotFound,
    WrongDatabaseAddress,
)
