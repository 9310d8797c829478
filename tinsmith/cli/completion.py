"""``tinsmith completion``: a script that completes the command line, made from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinsmith.cli.output import Output
from tinsmith.cli.parser import Commands, command

SHELLS = ("bash", "zsh", "fish")
VALUES = {"--cc": ("zig", "gcc", "clang"), "--on": ("auto", "here", "qemu")}


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "completion", run, "print a script that completes commands in a shell",
        """tinsmith completion bash > ~/.local/share/bash-completion/completions/tinsmith
        tinsmith completion zsh > ~/.zfunc/_tinsmith
        tinsmith completion fish > ~/.config/fish/completions/tinsmith.fish""")
    parser.add_argument("shell", choices=SHELLS)


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its names, its help, whether a value follows, and the values it may take."""

    names: tuple[str, ...]
    text: str
    takes_value: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its summary, options, and the words that may follow it."""

    summary: str
    options: tuple[Option, ...]
    words: tuple[str, ...]


def run(args: argparse.Namespace) -> int:
    """Prints the script."""
    from tinsmith.cli.main import make_parser

    script = {"bash": bash, "zsh": zsh, "fish": fish}[args.shell](described(make_parser()))
    out = Output(args)
    if out.json:
        out.result({"shell": args.shell, "script": script})
    else:
        print(script, end="")
    return 0


def described(parser: argparse.ArgumentParser) -> dict[str, Command]:
    """Every command of the parser."""
    from tinsmith import zoo
    from tinsmith.targets import names

    known = {"zoo": zoo.names(), "targets": names()}
    found: dict[str, Command] = {}
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        summaries = {each.dest: each.help or "" for each in action._choices_actions}
        for name, each in action.choices.items():
            words = next((tuple(a.choices) for a in each._actions
                          if a.choices and not a.option_strings), known.get(name, ()))
            options = tuple(option(a, names()) for a in each._actions if a.option_strings)
            found[name] = Command(summaries.get(name, ""), options, words)
    return found


def option(action: argparse.Action, targets: Sequence[str]) -> Option:
    """One option of a parser."""
    names = tuple(action.option_strings)
    values = tuple(map(str, action.choices or ())) or VALUES.get(names[-1], ())
    if "--target" in names:
        values = tuple(targets)
    text = (action.help or "").replace("%%", "%")
    return Option(names, text, action.nargs != 0, values)


def bash(commands: Mapping[str, Command]) -> str:
    """A completion function for bash."""
    options, values, words = [], [], []
    for name, each in commands.items():
        flags = " ".join(n for o in each.options for n in o.names)
        options.append(f'        {name}) options="{flags}" ;;')
        if each.words:
            words.append(f'        {name}) words="{" ".join(each.words)}" ;;')
        values += [f"        {'|'.join(f'{name}:{n}' for n in o.names)}) "
                   f'words="{" ".join(o.values)}" ;;' for o in each.options if o.values]
    return f"""# bash completion of tinsmith; made by: tinsmith completion bash
_tinsmith() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    local command="" options="" words="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${{COMP_WORDS[i]}} != -* ]] && {{ command="${{COMP_WORDS[i]}}"; break; }}
    done
    if [[ -z $command ]]; then
        COMPREPLY=($(compgen -W "{' '.join(commands)} --help --version --json --quiet" \
-- "$current"))
        return
    fi
    case "$command" in
{chr(10).join(options)}
    esac
    case "$command:$previous" in
{chr(10).join(values)}
    esac
    if [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    case "$command" in
{chr(10).join(words)}
    esac
    [[ $current == -* ]] && words="$options"
    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}}
complete -o filenames -F _tinsmith tinsmith
"""


def zsh(commands: Mapping[str, Command]) -> str:
    """A completion function for zsh."""
    summaries = "\n".join(f"    {quoted(f'{name}:{each.summary}')}"
                          for name, each in commands.items())
    cases = []
    for name, each in commands.items():
        lines = [f"            {quoted(zsh_option(o))}" for o in each.options]
        rest = f"*:word:({' '.join(each.words)})" if each.words else "*:file:_files"
        cases.append(f"        {name}) _arguments \\\n" + " \\\n".join(lines)
                     + f" \\\n            {quoted(rest)} ;;")
    return f"""#compdef tinsmith
# made by: tinsmith completion zsh
_tinsmith() {{
    local -a commands
    commands=(
{summaries}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$command" in
{chr(10).join(cases)}
    esac
}}
_tinsmith "$@"
"""


def zsh_option(each: Option) -> str:
    """One option as ``_arguments`` takes it."""
    text = each.text.replace("[", "(").replace("]", ")").replace(":", ";")
    after = ""
    if each.takes_value:
        after = f":value:({' '.join(each.values)})" if each.values else ":value:_files"
    return f"{each.names[-1]}[{text}]{after}"


def fish(commands: Mapping[str, Command]) -> str:
    """Completions for fish."""
    lines = ["# made by: tinsmith completion fish"]
    for name, each in commands.items():
        lines.append(f"complete -c tinsmith -n __fish_use_subcommand -f -a {name} "
                     f"-d {quoted(each.summary)}")
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        if each.words:
            lines.append(f"complete -c tinsmith {seen} -f -a {quoted(' '.join(each.words))}")
        for o in each.options:
            flags = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}"
                             for n in o.names)
            values = f" -x -a {quoted(' '.join(o.values))}" if o.values else (
                " -r" if o.takes_value else "")
            lines.append(f"complete -c tinsmith {seen} {flags}{values} -d {quoted(o.text)}")
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Text in single quotes, as all three shells take it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "'\\''") + "'"
