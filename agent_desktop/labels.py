"""Labels from Babel catalogues: Russian first, English second. A label's id is a word path such as `state.ready`."""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from calls.journey import Language

LOCALE = Path(__file__).parent / "locale"


def catalogue(language: Language) -> Catalog:
    """The catalogue as written. Errors: FileNotFoundError, babel's PoFileError with the line."""
    path = LOCALE / language.value / "LC_MESSAGES" / "desk.po"
    with path.open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


class Labels:
    """The labels of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        compiled = io.BytesIO()
        written = catalogue(language)
        write_mo(compiled, written)
        compiled.seek(0)
        self._texts = gettext.GNUTranslations(compiled)
        self._ids = frozenset(_id_of(message.id) for message in written if message.id)

    def __contains__(self, msgid: str) -> bool:
        return msgid in self._ids

    def text(self, msgid: str, **values: object) -> str:
        """The label with its values filled in. Errors: KeyError for an id without a label: that is our fault."""
        if msgid not in self._ids:
            raise KeyError(f"No label {msgid!r} in {self.language.value}. Add it to locale/*/LC_MESSAGES/desk.po.")
        label = self._texts.gettext(msgid)
        return label.format(**values) if values else label

    def count(self, msgid: str, number: int) -> str:
        """A label with a number in the right plural form."""
        return self._texts.ngettext(msgid, msgid, number).format(n=number)

    def first_of(self, *msgids: str) -> str:
        """The first of these ids that has a label: from the exact word to the general one."""
        return self.text(next((msgid for msgid in msgids if msgid in self._ids), msgids[-1]))

    def starting_with(self, *prefixes: str) -> Mapping[str, str]:
        """All labels below these prefixes, for the page's own script."""
        return {msgid: self._texts.gettext(msgid) for msgid in sorted(self._ids) if msgid.startswith(prefixes)}


@cache
def labels_in(language: Language) -> Labels:
    return Labels(language)


def _id_of(msgid: str | tuple[str, ...] | list[str]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]
