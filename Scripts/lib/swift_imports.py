"""Finds the `import` declarations of a Swift source. It must not know which of them are allowed."""

import re
from typing import List, NamedTuple

ACCESS = r"(?:internal|public|package|private|fileprivate|open)"
ATTRIBUTE = r"@\w+(?:\s+|[^\S\n]*\([^()]*\)\s*)"
KIND = r"(?:typealias|struct|class|enum|protocol|actor|let|var|func|macro)"
# `import` is a reserved word: at the start of a statement it declares an import, unless a colon shows that it is
# the label of an argument.
DECLARATION = re.compile(
    rf"(?:^|;)[^\S\n]*(?P<prefix>(?:{ATTRIBUTE}|{ACCESS}\s+)*)import\s+(?:{KIND}\s+)?"
    r"`?(?P<module>\w+)`?(?![\w`]*\s*:)",
    re.MULTILINE,
)


class Import(NamedTuple):
    module: str
    line: int
    modifiers: List[str]  # as written: "public", "@testable", ...


def imports(source):
    """Every import declaration of `source`, in order. Comments, strings and regular expressions do not count."""
    code = without_comments_and_strings(source)
    found = []
    for match in DECLARATION.finditer(code):
        line = code.count("\n", 0, match.start("module")) + 1
        modifiers = re.findall(rf"@\w+|{ACCESS}", match["prefix"])
        found.append(Import(match["module"], line, modifiers))
    return found


def without_comments_and_strings(source):
    """The same text, of the same lines, with every comment, string and delimited regular expression blanked."""
    return Blanking(source).result()


class Blanking:
    def __init__(self, source):
        self.source = source
        self.kept = list(source)
        self.at = 0

    def result(self):
        self.code(until_parenthesis=False)
        return "".join(self.kept)

    def blank(self, end):
        """Blanks up to `end` and goes on there; line ends stay, for the line numbers."""
        end = min(end, len(self.source))
        for index in range(self.at, end):
            if self.kept[index] != "\n":
                self.kept[index] = " "
        self.at = end

    def code(self, until_parenthesis):
        """Reads code, to the end or, within a string's interpolation, to the parenthesis that closes it."""
        depth = 0
        while self.at < len(self.source):
            opening = re.compile(r"//|/\*|(#*)(\"\"\"|\")|(#+)/|[()]").match(self.source, self.at)
            if not opening:
                self.at += 1
            elif opening[0] == "//":
                end = self.source.find("\n", self.at)
                self.blank(len(self.source) if end < 0 else end)
            elif opening[0] == "/*":
                self.comment()
            elif opening[2]:
                self.string(opening[1], opening[2])
            elif opening[3]:
                end = self.source.find("/" + opening[3], opening.end())
                self.blank(opening.end() if end < 0 else end + 1 + len(opening[3]))
            else:
                depth += 1 if opening[0] == "(" else -1
                self.at += 1
                if until_parenthesis and depth < 0:
                    return

    def comment(self):
        depth = 0
        for edge in re.compile(r"/\*|\*/").finditer(self.source, self.at):
            depth += 1 if edge[0] == "/*" else -1
            if depth == 0:
                return self.blank(edge.end())
        return self.blank(len(self.source))

    def string(self, pounds, quotes):
        self.blank(self.at + len(pounds) + len(quotes))
        escape, close = "\\" + pounds, quotes + pounds
        while self.at < len(self.source):
            if self.source.startswith(escape + "(", self.at):
                self.blank(self.at + len(escape) + 1)
                start = self.at
                self.code(until_parenthesis=True)
                end, self.at = self.at, start
                self.blank(end)
            elif self.source.startswith(escape, self.at):
                self.blank(self.at + len(escape) + 1)
            elif self.source.startswith(close, self.at):
                return self.blank(self.at + len(close))
            elif quotes == '"' and self.source[self.at] == "\n":
                return None  # not a string after all, or one that does not compile: lose one line, not the file
            else:
                self.blank(self.at + 1)
        return None
