"""The networks that build quickly, where their packages have been fetched."""

import pytest

from tests.networks.compare import examine
from tests.networks.network import Network
from tests.networks.networks import NETWORKS

pytestmark = [pytest.mark.net, pytest.mark.cc]


@pytest.mark.parametrize("network", [n for n in NETWORKS if n.small], ids=lambda n: n.name)
def test_network_is_right(network: Network) -> None:
    if not network.is_here():
        pytest.skip(f"not fetched: python -m tests.networks {network.name}")
    result = examine(network, timed=False)
    assert result.verdict == "right", result
