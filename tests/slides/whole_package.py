"""Whether a .pptx is whole, judged from its zip alone: names, types, relationships."""

import posixpath
import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def faults(file: Path) -> list[str]:
    """What is wrong with it, a sentence each."""
    with zipfile.ZipFile(file) as package:
        names = package.namelist()
        parts = {name: package.read(name) for name in names}
    types = ElementTree.fromstring(parts.pop("[Content_Types].xml"))
    defaults = {entry.get("Extension").lower() for entry in types.findall("{*}Default")}
    overrides = {entry.get("PartName").lower() for entry in types.findall("{*}Override")}
    found = [f"{name} comes {count} times" for name, count in Counter(map(str.lower, names)).items() if count > 1]
    found += [f"{name} is no name of a part" for name in names if not re.fullmatch(r"[\w./\[\]-]+", name, re.ASCII)]
    found += [f"{gone} is declared but not there" for gone in overrides - {f"/{name.lower()}" for name in names}]
    reached = set()
    for name, data in parts.items():
        if f"/{name.lower()}" not in overrides and name.rpartition(".")[2].lower() not in defaults:
            found.append(f"{name} has no type")
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            for relation in ElementTree.fromstring(data):
                if relation.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target")))[1:]
                    reached.add(target)
                    found += [f"{name} leads to {target}, which is not there"] * (target not in parts)
        elif name.endswith(".xml"):
            known = _relations(parts, name)
            used = {
                value
                for element in ElementTree.fromstring(data).iter()
                for key, value in element.attrib.items()
                if key.startswith(_REFERENCE) and value
            }
            found += [f"{name} names {gone}, which leads nowhere" for gone in used - known]
    return found + [f"nothing leads to {name}" for name in parts if not name.endswith(".rels") and name not in reached]


def _relations(parts: dict[str, bytes], name: str) -> set[str]:
    folder, file = posixpath.split(name)
    data = parts.get(f"{folder}/_rels/{file}.rels")
    return {relation.get("Id") for relation in ElementTree.fromstring(data)} if data else set()
