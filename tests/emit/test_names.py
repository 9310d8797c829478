"""Any file name: a name in C that is nobody else's, and a bundle that builds and can be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.models import tinsmith
from tests.emit.embedding import Embedded, call, compiled, library, need, tiny
from tinsmith.emit.names import c_name
from tinsmith.emit.template import TEMPLATES
from tinsmith.kernels.registry import FOLDER

HARD = ("features", "string", "time", "errno", "stdio", "stdint", "math", "linux", "unix", "new",
        "selftest", "tin", "tin_pool", "EOF", "NULL", "weights", "golden", "semihost", "class",
        "pthread_mutex", "kernels", "Makefile", "3d", "_", "ünïcödé 网络", "a" * 200, "$name",
        "-rf")
INCLUDED = ("stddef", "stdint", "stdio", "stdlib", "string", "time", "errno", "math", "pthread")


def test_names_that_are_words_stay_so() -> None:
    assert c_name("fqa") == "tin_fqa"
    assert c_name("squeezenet1_0") == "tin_squeezenet1_0"
    assert c_name("3d") == "tin_3d"


def test_different_names_stay_different() -> None:
    alike = ["a_b", "a-b", "a.b", "a b", "a__b", "_a_b", "A_B", "a_B", "ä_b", "a_b\n", "a_b_",
             "tin_a_b", "a" * 60, "a" * 61, "", "_", "网", "络", "\udc80", "a/b"]
    alike += [c_name(name).removeprefix("tin_") for name in alike]  # also what looks like a result
    made = [c_name(name) for name in dict.fromkeys(alike)]
    assert len({name.upper() for name in made}) == len(made)
    for name in made:
        assert re.fullmatch(r"tin(_[a-z0-9]+)+", name)
        assert len(name) < 64


def test_nothing_of_ours_looks_like_a_networks() -> None:
    """Names inside the sources that see a network's header: none is tin_<name>_<public ending>."""
    files = [*(FOLDER / "c" / f"{name}.h" for name in ("threads", "task", "processor")),
             *TEMPLATES.glob("*.[ch]"),
             *(FOLDER.parent / "toolchain" / "baremetal" / "c").glob("*.[ch]")]
    own = {word for file in files for word in re.findall(r"\btin_\w+", file.read_text(), re.I)}
    public = set(re.findall(r"\$\{(?:name|upper)\}_(\w+)", (TEMPLATES / "network.h").read_text()))
    public |= {"weights", "golden", r"layer_\d+", r"(IN|OUT)PUT_\d+_BYTES"}
    assert {"init", "OK", "HEADER", "ARENA_BYTES", "context"} < public and len(own) > 50
    assert not [word for word in own if re.fullmatch(rf"(tin|TIN)_\w+_({'|'.join(public)})", word)]
    for one in public:  # and two networks share nothing
        assert not [other for other in public if one.endswith(f"_{other}")]


@pytest.mark.cc
@pytest.mark.one_target
def test_any_file_name_builds_and_all_live_in_one_program(tmp_path: Path) -> None:
    """The program includes much of the C library, too."""
    need("make", "gcc", "g++")
    made = [bundle(tmp_path, name, i, "c") for i, name in enumerate(HARD)]
    libraries = [library(one, "gcc", ("-O0",)) for one in made]
    text = "".join(f"#include <{name}.h>\n" for name in INCLUDED)
    text += "#ifdef __cplusplus\n#include <string>\nusing namespace std;\n#endif\n"
    text += "".join(f'#include "{one.name}.h"\n' for one in made)
    text += "".join(f"static struct {one.name}_context c{i};\n" for i, one in enumerate(made))
    text += "int main(void)\n{\n" + "".join(
        f"    if ({one.name}_run(&c{i}, 0, 0) != {one.name.upper()}_NOT_READY) return 1;\n"
        for i, one in enumerate(made)) + "    return 0;\n}\n"
    for compiler, standard in (("gcc", "gnu17"), ("g++", "gnu++20")):
        call(tmp_path, str(compiled(tmp_path, compiler, text, made, libraries, standard=standard)))
    for one in made:
        if one.name in ("tin_string", "tin_kernels", "tin_golden", c_name("EOF")):
            call(one.folder, "make", "CC=gcc", "CFLAGS=-O0", "test")


@pytest.mark.cc
@pytest.mark.one_target
def test_any_file_name_builds_without_operating_system(tmp_path: Path) -> None:
    need("make", "arm-none-eabi-gcc")
    for i, name in enumerate(("weights", "golden", "semihost", "startup", "EOF", "new")):
        call(bundle(tmp_path, name, i, "cortex-m4").folder, "make", "CFLAGS=-O0")


def bundle(folder: Path, name: str, number: int, target: str) -> Embedded:
    """The bundle of a model whose file has this name."""
    to = folder / str(number)
    done = tinsmith("compile", tiny(folder / f"{name}.onnx"), "-o", to, "--no-build", "--json",
                    "--target", target, "--threads", 1)
    assert done.code == 0, done.err
    return Embedded(to, done.json["name"], 1, 1)


@pytest.mark.cc
@pytest.mark.one_target
def test_names_that_differ_by_what_is_cleaned_away_live_in_one_program(tmp_path: Path) -> None:
    need("make", "gcc")
    made = [bundle(tmp_path, name, i, "c") for i, name in enumerate(("a-b", "a_b", "A_b"))]
    text = "".join(f'#include "{one.name}.h"\n' for one in made)
    text += "".join(f"static struct {one.name}_context c{i};\n" for i, one in enumerate(made))
    calls = " && ".join(f"!{one.name}_threads(&c{i})" for i, one in enumerate(made))
    ready = compiled(tmp_path, "gcc", f"{text}int main(void) {{ return !({calls}); }}\n", made,
                     [library(one, "gcc", ("-O0",)) for one in made])
    call(tmp_path, str(ready))


def test_a_name_can_be_chosen(tmp_path: Path) -> None:
    model = tiny(tmp_path / "ds-cnn.onnx")
    done = tinsmith("compile", model, "-o", tmp_path / "b", "--no-build", "--name", "ds_cnn")
    assert done.code == 0, done.err
    assert (tmp_path / "b" / "tin_ds_cnn.h").is_file()
