"""Small trees, each wrong in one way: the layer check must name that wrong and nothing else."""

import json
import pathlib
import tempfile

from layer_rules import Layers, check
from swift_imports import imports

TABLE = {
    "systemModules": ["Foundation", "Glibc", "Synchronization", "Testing"],
    "packageModules": ["GRDB"],
    "everyTarget": ["Synchronization"],
    "everyTest": ["Foundation", "Kit", "Testing"],
    "targets": {
        "CLow": [],
        "Low": ["CLow", "Glibc"],
        "High": ["Low"],
        "Edge": ["High", "GRDB", "Foundation"],
        "Kit": ["High"],
    },
    "tests": {"PeerTests": ["Low"]},
    "generated": ["Sources/CLow"],
    "programs": ["Tests/Foreign"],
    "lines": {"warn": 5, "limit": 8},
    "vagueNames": ["Manager", "Helper", "Util", "Utility", "Utilities", "Common"],
}
DEPENDENCIES = {
    "CLow": [],
    "Low": ["CLow"],
    "High": ["Low"],
    "LowTests": ["Low"],
    "HighTests": ["High", "Low", "CLow", "Kit"],
}
HEADER = "// Owns a thing.\n"


def put(path, text):
    return {"files": {path: text}}


def low(text):
    return put("Sources/Low/A.swift", HEADER + text)


def high(text):
    return put("Sources/High/A.swift", HEADER + text)


# A change to the good tree, and words of the one violation that it must cause (None: it must stay good).
# `files` adds or replaces files, `targets` adds or replaces what Package.swift declares, `table` what layers.json says.
TREES = [
    ("the good tree", {}, None),
    ("an import upwards", low("import High\n"), "A.swift:2: Low imports High"),
    ("an import past the layer below", high("import CLow\n"), "High imports CLow"),
    ("Foundation in the core", low("import Foundation\n"), "Low imports Foundation"),
    ("one declaration of it", low("import struct Foundation.Data\n"), "imports Foundation"),
    ("a system module of another layer", high("import Glibc\n"), "High imports Glibc"),
    ("a module that nobody knows", low("import Crypto\n"), "layers.json does not know"),
    ("a second import on a line", low("import Glibc; import High\n"), "imports High"),
    ("an import in a branch", low("#if DEBUG\n  import High\n#endif\n"), "A.swift:3:"),
    ("an import in a folder of a target", put("Sources/Low/In/A.swift", HEADER + "import High\n"), "Low/In/A.swift:2:"),
    ("a C module shown to others", low("public import CLow\n"), "must be an internal import"),
    ("a module passed on", high("@_exported import Low\n"), "passes Low on"),
    ("@testable outside tests", high("@testable import Low\n"), "as @testable"),
    ("the test kit outside tests", high("import Kit\n"), "High imports Kit"),
    ("a test of a layer above", put("Tests/LowTests/A.swift", "import High\n"), "LowTests imports High"),
    ("a test of a layer below", put("Tests/HighTests/A.swift", "@testable import Low\nimport CLow;import Kit"), None),
    ("a test that declares too little", put("Tests/LowTests/A.swift", "import Kit\n"), "without naming it"),
    (
        "a test with an entry of its own",
        {"targets": {"PeerTests": ["Low"]}, **put("Tests/PeerTests/A.swift", "import Low\n")},
        None,
    ),
    ("an import that is not declared", {"targets": {"High": []}}, "without naming it"),
    ("a dependency that is not allowed", {"targets": {"High": ["Low", "CLow"]}}, "High depends on CLow"),
    ("a package of another layer", {"targets": {"High": ["Low", "product:GRDB"]}}, "High depends on GRDB"),
    (
        "a package in its layer",
        {"targets": {"Edge": ["product:GRDB"]}, **put("Sources/Edge/A.swift", HEADER + "import GRDB\n")},
        None,
    ),
    ("a target without an entry", {"targets": {"Middle": []}}, "target Middle has no entry"),
    ("tests without an entry", {"targets": {"MiddleTests": []}}, "target MiddleTests has no entry"),
    ("a program that is no target", put("Tests/Foreign/peer.c", "\n" * 20), None),
    ("a folder named like a program", put("Tests/Foreigner/peer.c", ""), "belongs to no target"),
    ("a folder without a target", put("Sources/Lost/A.swift", HEADER), "belongs to no target"),
    ("a misspelt module in the table", {"table": {"Kit": ["Hihg"]}}, "not a known module"),
    ("a circle in the table", {"table": {"Low": ["CLow", "Glibc", "High"]}}, "Low rests on itself"),
    ("a file that is long", low("\n" * 8), "9 lines"),
    ("a file just short enough", low("\n" * 7), None),
    ("a generated file that is long", put("Sources/CLow/a.c", "\n" * 20), None),
    ("a file without a header", put("Sources/Low/A.swift", "\n" + HEADER), "does not begin with"),
    ("a file with a doc comment for a header", put("Sources/Low/A.swift", "/// A thing.\n"), "does not begin with"),
    ("a manager", put("Sources/Low/KeyManager.swift", HEADER), "'Manager'"),
    ("helpers", put("Tests/LowTests/helpers.swift", ""), "'Helper'"),
    ("a folder of common things", put("Sources/Low/Common/A.swift", HEADER), "'Common'"),
    ("a word that only contains one", put("Sources/Low/Commonplace.swift", HEADER), None),
]

# A source, and the modules that it imports.
SOURCES = [
    ("import A", ["A"]),
    ("internal import A\npublic import B\npackage import C\nprivate import D\nfileprivate import E", list("ABCDE")),
    ("@testable import A\n@preconcurrency import B\n@_exported public import C", list("ABC")),
    ("@_spi(X) import A\n@_spi(X)import B", ["A", "B"]),
    ("@testable\nimport A\ninternal\nimport B", ["A", "B"]),
    ("import struct A.B\nimport enum C.D\nimport protocol E.F\nimport func G.h\nimport I.J", list("ACEGI")),
    ("import A;import B; @testable import C", list("ABC")),
    ("#if canImport(A)\nimport B\n#elseif os(Linux)\n    import C\n#else\nimport D\n#endif", list("BCD")),
    ("import `A`\n\timport\tB\nimport/* why */C", list("ABC")),
    ("// import A\n/* import B\nimport C /* import D */\nimport E */ import F", ["F"]),
    ('let x = """\nimport A\n\\("""\nimport B\n""")\nimport C\n"""\nimport D', ["D"]),
    ('let x = #"""\nimport A\n"""\nimport B\n"""#\nimport C', ["C"]),
    ("// /*\nimport A\nlet x = 1 // ; import B", ["A"]),
    ('let x = "\\(f(g(h(1))), "; import A; ")"', []),
    ('let x = "/*"; import A; let y = "*/"', ["A"]),
    ('let x = "\\"; import A; \\(f("; import B"))"\nimport C', ["C"]),
    ('let x = #"\\"#; import A', ["A"]),
    ('let x = #/"/#; import A', ["A"]),
    ('let x = /"/\nimport A', ["A"]),
    ("func f(\n    import file: String,\n    import: Int) {}\nf(.import)\nlet important = 1", []),
    ("let a = b.import\ncase `import`\nreimport A", []),
]


def run():
    failures = [*wrong_imports(), *wrong_trees()]
    for failure in failures:
        print(f"error: {failure}")
    print(f"self-test: {len(SOURCES)} sources and {len(TREES)} trees, {len(failures)} failures")
    return 1 if failures else 0


def wrong_imports():
    for source, expected in SOURCES:
        found = [each.module for each in imports(source)]
        if found != expected:
            yield f"in {source!r}: found {found}, expected {expected}"
    (found,) = imports('"""\n\n"""\n/*\n*/ @testable public import A\n')
    if found != ("A", 5, ["@testable", "public"]):
        yield f"an import's line and modifiers: {found}"


def wrong_trees():
    for title, change, expected in TREES:
        with tempfile.TemporaryDirectory(prefix="layers-") as folder:
            violations = violations_of(pathlib.Path(folder), **change)
        if expected is None and violations:
            yield f"{title}: found {violations}, expected nothing"
        elif expected is not None and (len(violations) != 1 or expected not in violations[0]):
            yield f"{title}: found {violations}, expected one with '{expected}'"


def violations_of(root, files=None, targets=None, table=None):
    contents = {
        "Sources/Low/Low.swift": HEADER + "internal import CLow\ninternal import Glibc\n",
        "Sources/High/High.swift": HEADER + "public import Low\nimport Synchronization\n",
        "Sources/CLow/low.h": "",
        "Tests/LowTests/Low.swift": "import Foundation\n@testable import Low\nimport Testing\n",
        **(files or {}),
    }
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    data = json.loads(json.dumps(TABLE))
    data["targets"].update(table or {})
    package = {"targets": [described(*each) for each in {**DEPENDENCIES, **(targets or {})}.items()]}
    return check(root, package, Layers(data)).violations


def described(name, dependencies):
    """A target as `swift package dump-package` prints it, of the three ways in which it prints a dependency."""
    kind = "test" if name.endswith("Tests") else "system" if name.startswith("C") else "regular"
    spelled = [
        {"product": [each.removeprefix("product:"), each, None, None]} if each.startswith("product:")
        else {"target": [each, None]} if each == "Kit"
        else {"byName": [each, None]}
        for each in dependencies
    ]
    return {"name": name, "type": kind, "dependencies": spelled}
