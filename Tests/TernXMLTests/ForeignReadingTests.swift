// Owns the comparison with another parser: documents, and what Python's xml.etree.ElementTree reads in them.

import Testing

import TernXML

@Suite struct ForeignReadingTests {
    @Test("A document reads as xml.etree.ElementTree 3.11 reads it", arguments: documents)
    func reads(_ document: (xml: String, tree: String)) throws {
        #expect(try XMLParser.parse(document.xml).dump == document.tree)
    }

    @Test("What was read and written reads the same again", arguments: documents)
    func survives(_ document: (xml: String, tree: String)) throws {
        let element = try XMLParser.parse(document.xml)
        let written = try element.serialized()
        #expect(try XMLParser.parse(written) == element)
        #expect(try XMLParser.parse(written).serialized() == written)
    }

    /// Each tree was printed by a few lines of Python over `ElementTree.fromstring`: name, sorted attributes, children.
    static let documents: [(xml: String, tree: String)] = [
        (
            "<a/>",
            "({}a)"
        ),
        (
            "<message xmlns='jabber:client' to='bob@example.org' type=\"chat\"><body>hi</body></message>",
            "({jabber:client}message {}to=\"bob@example.org\" {}type=\"chat\" ({jabber:client}body \"hi\"))"
        ),
        (
            "<x xmlns='urn:one' xmlns:p='urn:two'><p:y p:k='1' k='2' xml:lang='de'/><y xmlns=''/>tail</x>",
            "({urn:one}x ({urn:two}y {}k=\"2\" {http://www.w3.org/XML/1998/namespace}lang=\"de\" {urn:two}k="
                + "\"1\") ({}y) \"tail\")"
        ),
        (
            "<?xml version='1.0' encoding='UTF-8'?>\n<a>one<b/>two<b/>three</a>\n",
            "({}a \"one\" ({}b) \"two\" ({}b) \"three\")"
        ),
        (
            "<a k='&lt;&amp;&quot;&apos;&gt;'>&#65;&#x1F512;<![CDATA[<not & parsed>]]></a>",
            "({}a {}k=\"<&\\\"'>\" \"A\u{1f512}<not & parsed>\")"
        ),
        (
            "<a k=' one\n\ttwo '>line\r\nline\rline&#13;\n</a>",
            "({}a {}k=\" one  two \" \"line\\nline\\nline\\r\\n\")"
        ),
        (
            "<p:a xmlns:p='urn:x'><p:b><c xmlns='urn:y'><p:d/></c></p:b></p:a>",
            "({urn:x}a ({urn:x}b ({urn:y}c ({urn:x}d))))"
        ),
        (
            "<ä xmlns='urn:ü'>ß\u{a0}\u{1f642}</ä>",
            "({urn:ü}ä \"ß\u{a0}\u{1f642}\")"
        ),
        (
            "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='27183'><key rid='31415' prekey='"
                + "true'>BASE64</key><iv>AA==</iv></header><payload/></encrypted>",
            "({eu.siacs.conversations.axolotl}encrypted ({eu.siacs.conversations.axolotl}header {}sid="
                + "\"27183\" ({eu.siacs.conversations.axolotl}key {}prekey="
                + "\"true\" {}rid=\"31415\" \"BASE64\") ({eu.siacs.conversations.axolotl}iv \"AA==\")) ({eu.siacs."
                + "conversations.axolotl}payload))"
        ),
        (
            "<a xmlns:p='u' xmlns:q='u' p:k='1'><q:a/></a>",
            "({}a {u}k=\"1\" ({u}a))"
        ),
    ]
}

extension Element {
    var dump: String {
        var parts = ["{\(namespace)}\(name)"]
        parts += attributes.map { "{\($0.name.namespace)}\($0.name.local)=\(quoted($0.value))" }
        for child in children {
            switch child {
            case .text(let text): parts.append(quoted(text))
            case .element(let element): parts.append(element.dump)
            }
        }
        return "(" + parts.joined(separator: " ") + ")"
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: String(Character(scalar))
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
