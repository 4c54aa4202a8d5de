// Owns the tree's verbs, the one spelling of a tree, and reading in pieces.

import Testing

import TernXML

@Suite struct ElementTests {
    @Test("A tree is written in one way")
    func spelling() throws {
        let message = Element(
            "message", namespace: "jabber:client", attributes: ["to": "bob@example.org", "id": "1"],
            elements: [
                Element("body", namespace: "jabber:client", text: "a < b & c > d 'e' \"f\""),
                Element("store", namespace: "urn:xmpp:hints"),
            ])
        let body = "<body>a &lt; b &amp; c &gt; d 'e' \"f\"</body>"
        let hint = "<store xmlns='urn:xmpp:hints'/>"
        #expect(
            try message.serialized()
                == "<message xmlns='jabber:client' id='1' to='bob@example.org'>\(body)\(hint)</message>")
        #expect(
            try message.serialized(in: "jabber:client")
                == "<message id='1' to='bob@example.org'>\(body)\(hint)</message>")
        #expect(try Element("a", namespace: "").serialized(in: "urn:x") == "<a xmlns=''/>")
    }

    @Test("Attributes with a namespace get prefixes of their own")
    func prefixes() throws {
        var element = Element("a", namespace: "urn:x")
        element[.language] = "de"
        element[.init("k", namespace: "urn:y")] = "1"
        element[.init("l", namespace: "urn:y")] = "2"
        element[.init("k", namespace: "urn:z")] = "it's\n"
        let written = try element.serialized()
        let languageFirst = "<a xmlns='urn:x' xml:lang='de' xmlns:a0='urn:y' a0:k='1' a0:l='2'"
        #expect(written == languageFirst + " xmlns:a1='urn:z' a1:k='it&apos;s&#10;'/>")
        #expect(try XMLParser.parse(written) == element)
    }

    @Test("White space and line ends survive", arguments: ["\r\n", "\r", "\n", "\t", "  ", "\u{85}", "\u{2028}"])
    func whiteSpace(_ text: String) throws {
        let element = Element("a", namespace: "", attributes: ["k": text], text: text)
        #expect(try XMLParser.parse(element.serialized()) == element)
    }

    @Test("What XML cannot carry is refused", arguments: [0, 1, 8, 0xB, 0x1F, 0xFFFE, 0xFFFF] as [UInt32])
    func forbiddenCharacter(_ value: UInt32) throws {
        let text = String(Character(try #require(Unicode.Scalar(value))))
        for element in [
            Element("a", namespace: "", text: text), Element("a", namespace: text),
            Element("a", namespace: "", attributes: ["k": text]),
        ] {
            #expect(throws: XMLError.forbiddenCharacter(value)) { try element.serialized() }
        }
    }

    @Test("What is no name is refused", arguments: ["", "a b", "a>", "1", "p:a", "-a", "a'", "a/", "a\u{0}"])
    func invalidName(_ name: String) {
        #expect(throws: XMLError.invalidName) { try Element(name, namespace: "").serialized() }
        #expect(throws: XMLError.invalidName) { try Element("a", namespace: "", attributes: [name: ""]).serialized() }
    }

    @Test(
        "Reserved namespaces are refused",
        arguments: [
            "http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace",
        ])
    func reservedNamespace(_ namespace: String) {
        #expect(throws: XMLError.invalidName) { try Element("a", namespace: namespace).serialized() }
        #expect(throws: XMLError.invalidName) {
            try Element("a", namespace: "", attributes: ["xmlns": namespace]).serialized()
        }
    }

    @Test("A tree deeper than a parser reads is not written")
    func deep() throws {
        var element = Element("a", namespace: "")
        for _ in 1..<64 { element = Element("a", namespace: "", elements: [element]) }
        _ = try element.serialized()
        let deeper = Element("a", namespace: "", elements: [element])
        #expect(throws: XMLError.limitExceeded(.depth)) { try deeper.serialized() }
    }

    @Test("Looking into a tree")
    func verbs() throws {
        var element = try XMLParser.parse("<a xmlns='x' k='1'>t<b/>u<b n='2'/><c/><b xmlns='y'/></a>")
        #expect(element["k"] == "1")
        #expect(element.text == "tu")
        #expect(element.elements("b").map { $0["n"] } == [nil, "2"])
        #expect(element.first("b", namespace: "y") != nil)
        #expect(element.only("b") == nil)
        #expect(element.only("c") != nil)
        element["k"] = nil
        #expect(element.attributes.isEmpty)
        element.append(.text(""))
        #expect(element.children.count == 6)
    }

    @Test("The order of attributes and the cut of texts do not count")
    func equality() throws {
        var one = Element("a", namespace: "", attributes: ["k": "1", "j": "2"])
        one.append(.text("x"))
        one.append(.text("y"))
        #expect(one == Element("a", namespace: "", attributes: ["j": "2", "k": "1"], text: "xy"))
        #expect(try XMLParser.parse("<a k='1' j='2'>x<![CDATA[y]]></a>") == one)
    }

    @Test("Pieces of any size give the same tree", arguments: [1, 2, 3, 7, 1000])
    func pieces(_ size: Int) throws {
        let document = "<m xmlns='jabber:client' k='\u{1F512}'><b>&lt;hi\u{E4}\r\nho</b><c/></m>"
        let bytes = Array(document.utf8)
        let parser = try XMLParser()
        for start in stride(from: 0, to: bytes.count, by: size) {
            try parser.feed(bytes[start..<min(start + size, bytes.count)].span)
        }
        #expect(try parser.finish() == XMLParser.parse(document))
        #expect(throws: XMLError.closed) { try parser.feed(bytes.span) }
        #expect(throws: XMLError.closed) { try parser.finish() }
    }

    @Test("After an error a parser stays closed")
    func closed() throws {
        let parser = try XMLParser()
        let (bad, good) = (Array("<a><!-- -->".utf8), Array("</a>".utf8))
        #expect(throws: XMLError.forbidden(.comment)) { try parser.feed(bad.span) }
        #expect(throws: XMLError.closed) { try parser.feed(good.span) }
    }
}
