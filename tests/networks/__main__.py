"""Real networks through compiled code: python -m tests.networks [NAME...] [--write FILE]."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.networks.compare import Result, compile_network, examine, with_logits
from tests.networks.fetch import FetchError
from tests.networks.network import Network
from tests.networks.networks import NETWORKS
from tinsmith.errors import TinsmithError
from tinsmith.runtime.seeded import seeded_feeds

HEAD = (
    "| network | package | nodes | steps | arena MB | of bound | self-test | error | on noise "
    "| it says | verdict | ours ms | ORT ms | ORT / ours |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
)


def row(network: Network, result: Result) -> str:
    """One line of the table."""
    ratio = result.arena_bytes / max(1, result.bound_bytes)
    cells = (result.name, f"{network.package.name}=={network.package.version}", result.nodes,
             result.steps, f"{result.arena_bytes / 1e6:.2f}", f"{ratio:.2f}",
             result.selftest, str(result.real), str(result.noise), ", ".join(result.found),
             result.verdict, f"{result.ours_s * 1e3:.2f}", f"{result.theirs_s * 1e3:.2f}",
             f"{result.theirs_s / result.ours_s:.2f}" if result.ours_s else "")
    return "| " + " | ".join(map(str, cells)) + " |"


def page(rows: list[str], right: int) -> str:
    """The table with what it means."""
    return "\n".join([
        f"{right} of {len(rows)} right", "", "# Real networks", "",
        "Trained networks out of registry packages, compiled for this machine and run beside ONNX",
        "Runtime: `python -m tests.networks --write docs/networks.md`. `error` is the largest",
        "difference over all outputs, on photographs, printed text or speech, as a share of the",
        "output's largest magnitude, before a final softmax or sigmoid as well as after; 1e-4 is",
        "allowed. `on noise`: the same on seeded normal numbers. Where the two are further apart,",
        "the distance of each from float64 stands beside it: such networks amplify rounding, and",
        "ours may be twice as far as ONNX Runtime's, or 1e-4. Times are processor time, the least",
        "of many runs on one thread, alternating.", "", *HEAD, *rows, ""])


def print_profile(network: Network, threads: int, count: int) -> None:
    """The slowest steps and the share of each kernel."""
    _, _, session = compile_network(network, with_logits(network.model()), threads)
    times = [(min(t.seconds), t.facts) for t in session.profile(seeded_feeds(session.inputs), 10)]
    total = sum(seconds for seconds, _ in times)
    for seconds, facts in sorted(times, key=lambda t: -t[0])[:count]:
        print(f"  {seconds * 1e6:9.1f} us {seconds / total:6.1%} "
              f"{facts.macs / max(seconds, 1e-9) * 1e-9:7.1f} GMAC/s  {facts.kernel} {facts.op} "
              f"{' '.join(facts.origin[:1])}")
    shares: Counter[str] = Counter()
    for seconds, facts in times:
        shares[facts.kernel] += round(1000 * seconds / total)
    print("  " + ", ".join(f"{name} {share / 10:.1f}%" for name, share in shares.most_common()))
    session.close()


def main() -> int:
    """Prints a row for each network; exit code 1 if one is not right."""
    parser = argparse.ArgumentParser(prog="python -m tests.networks", description=__doc__)
    names = [network.name for network in NETWORKS]
    parser.add_argument("name", nargs="*", help=f"which, of {', '.join(names)}; all by default")
    parser.add_argument("--threads", type=int, default=2, help="that the code is compiled for")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table")
    parser.add_argument("--profile", type=int, default=0, metavar="N", help="the N slowest steps")
    args = parser.parse_args()
    for name in args.name:
        if name not in names:
            parser.error(f"network '{name}': expected one of {', '.join(names)}")
    rows: list[str] = []
    right = 0
    print("\n".join(HEAD), flush=True)
    for network in NETWORKS:
        if args.name and network.name not in args.name:
            continue
        try:
            result = examine(network, args.threads)
            rows.append(row(network, result))
            right += result.verdict == "right"
        except (FetchError, TinsmithError) as error:
            rows.append(f"| {network.name} |" + " |" * 9 + f" {error} |" + " |" * 3)
        print(rows[-1], flush=True)
        if args.profile:
            print_profile(network, args.threads, args.profile)
    if args.write:
        args.write.write_text(page(rows, right))
    return int(right < len(rows))


if __name__ == "__main__":
    sys.exit(main())
