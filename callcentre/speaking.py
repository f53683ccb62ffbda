"""The speech of a process: the catalogue's sounds, the reference pages' reading, the voice's client."""

from callcentre.installation import Installation
from calls.zones import zone
from database.engine import Engine
from database.reference import DatabaseReference
from ivr.reading import Reading
from prompts.catalogue import Catalogue, load_catalogue
from prompts.client import VoiceClient
from prompts.speech import Speech


def reference_of(installation: Installation, engine: Engine, reading: Reading) -> DatabaseReference:
    return DatabaseReference(engine, zone(installation.settings.supplier.zone), reading.spoken)


def speech_of(installation: Installation) -> Speech:
    """Raises BuildError when a prompt is missing."""
    return speech_with(installation, load_catalogue())


def speech_with(installation: Installation, catalogue: Catalogue) -> Speech:
    return Speech(
        catalogue,
        installation.places.prompts,
        VoiceClient(installation.places.voice_socket, installation.settings.ivr.voice_timeout_s),
    )
