"""What a layered package looks like: who may import whom, and the shape of a source file."""

import re
from typing import List, NamedTuple

from swift_imports import imports


class Report(NamedTuple):
    violations: List[str]
    warnings: List[str]
    files: int
    imports: int


class Layers:
    """`layers.json`, and the questions that it answers."""

    def __init__(self, data):
        self.targets = data["targets"]
        self.tests = data["tests"]
        self.every_target = data["everyTarget"]
        self.every_test = data["everyTest"]
        self.system_modules = set(data["systemModules"])
        self.package_modules = set(data["packageModules"])
        self.generated = data["generated"]
        self.programs = data["programs"]
        self.lines_warn, self.lines_limit = data["lines"]["warn"], data["lines"]["limit"]
        self.vague_names = data["vagueNames"]

    def modules(self):
        return set(self.targets) | self.system_modules | self.package_modules

    def allowed(self, target):
        """The modules that a target may import, or None for a target without an entry."""
        if target in self.targets:
            return set(self.targets[target]) | set(self.every_target)
        if target in self.tests:
            return set(self.tests[target]) | set(self.every_test)
        tested = target[: -len("Tests")] if target.endswith("Tests") else None
        if tested in self.targets:
            return {tested} | self.below(tested) | set(self.every_test)
        return None

    def below(self, target):
        """Every module that `target` rests on."""
        found, waiting = set(), [target]
        while waiting:
            for module in self.targets.get(waiting.pop(), []):
                if module not in found:
                    found.add(module)
                    waiting.append(module)
        return found

    def is_c(self, module):
        return module in self.targets and module.startswith("C")

    def mistakes(self):
        """What is wrong with the table itself: a name nobody knows, or a circle."""
        lists = {**self.targets, **self.tests, "everyTarget": self.every_target, "everyTest": self.every_test}
        for name, modules in lists.items():
            for module in modules:
                if module not in self.modules():
                    yield f"layers.json: {name} may import {module}, which is not a known module"
        for target in self.targets:
            if target in self.below(target):
                yield f"layers.json: {target} rests on itself"
                return


def check(root, package, layers):
    """Holds the sources under `root`, and `package` (as `swift package dump-package` prints it), against `layers`."""
    violations = list(layers.mistakes())
    warnings = []
    files = count = 0
    owned = []

    for target in package["targets"]:
        name, test = target["name"], target["type"] == "test"
        folder = root / (target.get("path") or f"{'Tests' if test else 'Sources'}/{name}")
        owned.append(folder)
        allowed = layers.allowed(name)
        if allowed is None:
            violations.append(f"Package.swift: target {name} has no entry in layers.json")
            continue
        declared = {dependency_name(each) for each in target["dependencies"]}
        for dependency in sorted(declared - allowed):
            violations.append(f"Package.swift: {name} depends on {dependency}, which layers.json does not allow")
        for file in sorted(folder.rglob("*.swift")):
            files += 1
            for found in imports(file.read_text(encoding="utf-8")):
                count += 1
                where = f"{file.relative_to(root)}:{found.line}"
                for problem in import_problems(found, name, test, allowed, declared, layers):
                    violations.append(f"{where}: {problem}")

    for folder in (root / "Sources", root / "Tests"):
        for file in sorted(each for each in folder.rglob("*") if each.suffix in (".swift", ".c", ".h")):
            path = file.relative_to(root)
            if path.as_posix().startswith(tuple(f"{each}/" for each in layers.programs)):
                continue
            if not any(owner in file.parents for owner in owned):
                violations.append(f"{path}: belongs to no target of Package.swift")
            if not path.as_posix().startswith(tuple(f"{each}/" for each in layers.generated)):
                found_violations, found_warnings = shape_problems(file, path, layers)
                violations += found_violations
                warnings += found_warnings
    return Report(violations, warnings, files, count)


def dependency_name(dependency):
    """`{"byName": ["CSodium", null]}`, `{"target": [...]}` or `{"product": ["GRDB", "GRDB.swift", ...]}`."""
    (value,) = dependency.values()
    return value[0]


def import_problems(found, target, test, allowed, declared, layers):
    module = found.module
    if module not in allowed:
        known = "layers.json does not allow" if module in layers.modules() else "layers.json does not know"
        yield f"{target} imports {module}, which {known}"
    elif module not in declared and module not in layers.system_modules and module != target:
        yield f"{target} imports {module} without naming it as a dependency in Package.swift"
    if "@_exported" in found.modifiers:
        yield f"{target} passes {module} on to whoever imports {target}"
    if layers.is_c(module) and {"public", "package", "open"} & set(found.modifiers):
        yield f"{target} imports the C module {module} for others to see: it must be an internal import"
    if "@testable" in found.modifiers and not test:
        yield f"{target} is not a test, and imports {module} as @testable"


def shape_problems(file, path, layers):
    """How long a file is, what it is called and how it begins."""
    violations, warnings = [], []
    text = file.read_text(encoding="utf-8")
    if path.parts[0] == "Sources":
        lines = len(text.splitlines())
        if lines > layers.lines_limit:
            violations.append(f"{path}: {lines} lines, at most {layers.lines_limit}")
        elif lines > layers.lines_warn:
            warnings.append(f"{path}: {lines} lines, think of a second type from {layers.lines_warn} on")
        if file.suffix == ".swift" and not re.match(r"// ?[^/\s]", text):
            violations.append(f"{path}: does not begin with a `//` line that says what it owns")
    for part in (*path.parts[1:-1], path.stem):
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", part)
        for vague in layers.vague_names:
            if any(word.lower() in (vague.lower(), vague.lower() + "s") for word in words):
                violations.append(f"{path}: '{vague}' in a name says nothing about what it owns")
    return violations, warnings
