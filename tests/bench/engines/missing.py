"""Its package is not there."""

from tests.bench.engines.base import Small


class Missing(Small):
    def version(self) -> str:
        import no_such_package

        return str(no_such_package)


ENGINE = Missing("Missing", "no-such-package>=2")
