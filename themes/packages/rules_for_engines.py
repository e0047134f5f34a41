"""The rules of a package for engines that others run: what guidance decides, without form and figures."""

from typing import Any

from themes.guidance.interchange.dmn import write_dmn
from themes.guidance.interchange.program import Program, write_program
from themes.guidance.interchange.zen import write_jdm
from themes.packages.structure import Package


def rules_as_jdm(package: Package) -> dict[str, Any]:
    """The rules as a JDM document, for GoRules zen."""
    return write_jdm(_program(package), package.meta.name)


def rules_as_dmn(package: Package) -> bytes:
    """The rules as a DMN 1.5 model."""
    meta = package.meta
    namespace = f"urn:opsplatform:guidance:{meta.code}:{meta.division.code}:{meta.version}"
    return write_dmn(_program(package), meta.name, namespace)


def _program(package: Package) -> Program:
    return write_program(package.guidance, package.items, package.meta.division.code, package.divisions)
