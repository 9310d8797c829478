"""Every operator case through compiled code on this machine; a file of cases is one test."""

from __future__ import annotations

import importlib
import pkgutil
import shutil

import pytest

import tests.cases as package
from tests.cases.case import Case
from tests.compile_cases import run
from tests.matrix import Setting, as_graphs, check
from tinsmith.runtime.runner import runs_here
from tinsmith.targets import find

FILES = sorted(info.name for info in pkgutil.iter_modules(package.__path__)
               if info.name != "case")


def cases_of(file: str) -> tuple[Case, ...]:
    return tuple(importlib.import_module(f"{package.__name__}.{file}").CASES)


@pytest.mark.cc
@pytest.mark.parametrize("file", FILES)
def test_compiled_cases_match_the_reference(file: str) -> None:
    assert {name: why for name, why in run(cases_of(file)).items() if why} == {}


def test_case_names_are_unique() -> None:
    names = [case.name for file in FILES for case in cases_of(file)]
    assert len(names) == len(set(names))


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.parametrize("target", ["c", "x86-64-v2", "x86-64-v3"])
def test_convolutions_match_in_every_vector_width(target: str) -> None:
    machine = find(target)
    if not runs_here(machine) and not shutil.which(machine.qemu):
        pytest.skip(f"this machine is no {target}, and there is no {machine.qemu}")
    answers = check(as_graphs(cases_of("conv")), Setting(machine))
    assert {name: why for name, why in answers.items() if why} == {}


@pytest.mark.cc
def test_convolutions_are_clean_under_sanitizers() -> None:
    setting = Setting(find("native"), compiler="gcc", sanitize=True)
    answers = check(as_graphs(cases_of("conv")[:24]), setting)
    assert {name: why for name, why in answers.items() if why} == {}


@pytest.mark.qemu
@pytest.mark.parametrize("target", ["cortex-a53", "cortex-a7"])
def test_pools_match_on_arm(target: str) -> None:
    answers = check(as_graphs(cases_of("pool")), Setting(find(target)))
    assert {name: why for name, why in answers.items() if why} == {}
