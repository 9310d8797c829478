"""Files and functions stay small enough to be read, and no kernel is a copy of another."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("tinsmith", "tests", "benchmarks", "docs")
KERNELS = ROOT / "tinsmith" / "kernels"

MODULE_LINES, FUNCTION_LINES, HEADER_LINES = 350, 80, 400
RUN, SHARED_LINES = 4, 20
"""Lines that follow each other in both files count as shared; so many may be."""
ELEMENT = re.compile(r"b?f(16|32|64)|halves|half|double|float")
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|""".*?"""|#(?!include|define|if|el|end|undef)[^\n]*',
                     re.DOTALL)


def files(*suffixes: str) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def most_lines(path: Path) -> int:
    """The limit of a file; files of an instruction set have none, for each is one list."""
    if path.parent.name == "simd":
        return 10_000
    return MODULE_LINES if path.suffix == ".py" else HEADER_LINES


def test_files_are_small() -> None:
    assert [named(path) for path in files(".py", ".h", ".c")
            if len(path.read_text("utf-8").splitlines()) > most_lines(path)] == []


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name or first line, and lines, of each function of a file."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
        return
    begun, lines = None, text.splitlines()
    for i, line in enumerate(lines):  # the formatter has the ends of functions at the left margin
        if begun is None and re.match(r"\w", line):
            begun, opened = i, False
        if begun is None:
            continue
        opened = opened or line.endswith("{")
        if line == "}":
            yield lines[begun], i - begun + 1
        if line.startswith("}") or (not opened and (not line or line.endswith(";"))):
            begun = None


def test_functions_are_small() -> None:
    assert [(named(path), name, lines) for path in files(".py", ".h", ".c")
            for name, lines in functions(path) if lines > FUNCTION_LINES] == []


def code(path: Path) -> list[str]:
    """The lines of a file that say something, without what names an element type."""
    text = COMMENT.sub("", path.read_text("utf-8"))
    lines = (re.sub(r"\s+", " ", ELEMENT.sub("T", line)).strip() for line in text.splitlines())
    return [line for line in lines if re.search(r"\w", line)
            and not line.startswith(("#include", "from ", "import "))]


def shared(one: list[str], other: list[str]) -> int:
    """How many lines of ``one`` stand in ``other``, too, with those around them."""
    runs = {tuple(other[i:i + RUN]) for i in range(len(other) - RUN + 1)}
    return len({i + j for i in range(len(one) - RUN + 1) if tuple(one[i:i + RUN]) in runs
                for j in range(RUN)})


def test_no_two_kernels_are_alike() -> None:
    texts = {path: code(path) for path in files(".py", ".h") if KERNELS in path.parents}
    runs = {path: {hash(tuple(lines[i:i + RUN])) for i in range(len(lines) - RUN + 1)}
            for path, lines in texts.items()}
    assert [(named(a), named(b)) for a, b in itertools.combinations(texts, 2)
            if runs[a] & runs[b] and shared(texts[a], texts[b]) > SHARED_LINES] == []


def test_the_checks_see_what_they_should(tmp_path: Path) -> None:
    python, header, twin = (tmp_path / name for name in ("a.py", "a.h", "b.h"))
    python.write_text("def f():\n" + "    x = 1\n" * FUNCTION_LINES)
    assert list(functions(python)) == [("f", FUNCTION_LINES + 1)]
    body = "".join(f"    y[{i}] = load_f32(x + {i}); /* {i} */\n\n" for i in range(30))
    header.write_text(f"#include <math.h>\nstatic void f_f32(void)\n{{\n{body}#if 1\nend:\n"
                      "    return;\n#endif\n}\n\nstatic int g;\n")
    assert [lines for _, lines in functions(header)] == [67]
    twin.write_text(header.read_text().replace("f32", "bf16").replace("/*", "/* and"))
    assert shared(code(header), code(twin)) == len(code(header)) == 36
    assert shared(code(header), ["other"] * 40) == 0
