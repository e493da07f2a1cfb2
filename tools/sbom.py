"""Writes the software bill of materials of what is deployed, as CycloneDX JSON.

    python -m tools.sbom [FILE]      # what `make sbom` does: build/sbom.cdx.json

It lists the functions, Patchbay's own layer, and the packages of the layer with third-party packages, in the versions
of its lock. Licences and dependencies are read from the same packages, which are installed for the tests. The same
commit gives the same bytes: there is no time and no serial number in it.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LAYER = ROOT / "layers" / "dependencies"
VERSION = SchemaVersion.V1_6
_LAMBDA = {
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "sys_platform": "linux",
    "extra": "",
}


def main(arguments: Sequence[str]) -> int:
    target = Path(arguments[0]) if arguments else ROOT / "build" / "sbom.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(write(), encoding="utf-8")
    sys.stdout.write(f"sbom: the bill of materials is in {target}\n")
    return 0


def write() -> str:
    content = json.loads(make_outputter(describe(), OutputFormat.JSON, VERSION).output_as_string())
    for varying in (content, content["metadata"]):
        varying.pop("serialNumber", None)
        varying.pop("timestamp", None)
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def describe() -> Bom:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    whole = _own("patchbay", version, ComponentType.APPLICATION, "What `sam deploy` installs")
    layer = _own("patchbay-layer", version, ComponentType.LIBRARY, "layers/patchbay: the code of the functions")
    functions = [
        _own(folder, version, ComponentType.APPLICATION, f"functions/{folder}: a Lambda function")
        for folder in function_folders()
    ]
    runtime = Component(
        name="AWS Lambda runtime python3.13",
        type=ComponentType.PLATFORM,
        bom_ref="runtime",
        description="Python, boto3 and botocore, in the versions that AWS keeps there",
    )
    packages = {requirement.name: _third_party(requirement) for requirement in locked()}
    bom = Bom(components=[layer, *functions, runtime, *packages.values()])
    bom.metadata.component = whole
    bom.register_dependency(whole, functions)
    for function in functions:
        bom.register_dependency(function, [layer, runtime])
    bom.register_dependency(layer, [packages[name] for name in _wanted()])
    for name, package in packages.items():
        bom.register_dependency(package, [packages[needed] for needed in _needs(name) if needed in packages])
    return bom


def function_folders() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


def locked() -> list[Requirement]:
    """What the layer's lock installs on AWS Lambda."""
    lines = re.findall(
        r"^([a-z][^\\\n]*==[^\\\n]*?)\s*\\?$", (LAYER / "requirements.txt").read_text("utf-8"), re.MULTILINE
    )
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.marker is None or one.marker.evaluate(_LAMBDA)]


def _wanted() -> Iterator[str]:
    for line in (LAYER / "requirements.in").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield Requirement(line).name


def _own(name: str, version: str, kind: ComponentType, description: str) -> Component:
    return Component(name=name, version=version, type=kind, bom_ref=f"own:{name}", description=description)


def _third_party(requirement: Requirement) -> Component:
    version = str(requirement.specifier).removeprefix("==")
    purl = PackageURL("pypi", name=requirement.name, version=version)
    said = metadata.metadata(requirement.name)
    licence = said.get("License-Expression") or said["License"]
    return Component(
        name=requirement.name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        description=said["Summary"],
        licenses=[LicenseFactory().make_from_string(licence)],
        properties=[Property(name="patchbay:locked-in", value="layers/dependencies/requirements.txt")],
    )


def _needs(name: str) -> Iterator[str]:
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(_LAMBDA):
            yield canonicalize_name(requirement.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
