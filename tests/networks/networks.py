"""All networks: trained, out of registry packages."""

from tests.networks.network import Network
from tests.networks.pictures import PICTURES
from tests.networks.sounds import SOUNDS
from tests.networks.texts import TEXTS
from tests.networks.things import THINGS

NETWORKS: tuple[Network, ...] = (*PICTURES, *TEXTS, *SOUNDS, *THINGS)
