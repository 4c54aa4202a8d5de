// Owns what strangers send: each document here has to be refused, with the reason that is ours to give.

import Testing

import TernXML

@Suite struct HostileDocumentTests {
    @Test("RFC 6120 §11.1: no document type, processing instruction or comment")
    func forbidden() {
        let laughs =
            "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;'>]><a>&d;</a>"
        #expect(throws: XMLError.forbidden(.doctype)) { try XMLParser.parse(laughs) }
        #expect(throws: XMLError.forbidden(.doctype)) { try XMLParser.parse("<!DOCTYPE a><a/>") }
        let external = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"
        #expect(throws: XMLError.forbidden(.doctype)) { try XMLParser.parse(external) }
        #expect(throws: XMLError.forbidden(.processingInstruction)) { try XMLParser.parse("<?p x?><a/>") }
        #expect(throws: XMLError.forbidden(.processingInstruction)) { try XMLParser.parse("<a><?p?></a>") }
        #expect(throws: XMLError.forbidden(.comment)) { try XMLParser.parse("<a><!-- b --></a>") }
        #expect(throws: XMLError.forbidden(.comment)) { try XMLParser.parse("<a/><!-- b -->") }
        #expect(throws: XMLError.forbidden(.declaration)) {
            try XMLParser.parse("<?xml version='1.0' encoding='ISO-8859-1'?><a/>")
        }
        #expect(throws: XMLError.forbidden(.declaration)) { try XMLParser.parse("<?xml version='1.1'?><a/>") }
    }

    @Test(
        "Not well-formed",
        arguments: [
            "<a>&b;</a>", "<a>&nbsp;</a>", "<p:a/>", "<a p:k='1'/>", "<a k='1' k='2'/>",
            "<a xmlns:p='u' xmlns:q='u' p:k='1' q:k='2'/>", "<a></b>", "<a/><b/>", "<a/>x", "x<a/>", "<a k=1/>",
            "<a xmlns:p=''/>", "<a xmlns:xml='urn:x'/>", "<a xmlns:xmlns='urn:x'/>",
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<a:b:c xmlns:a='u'/>", "<a>]]></a>", "<a k='<'/>",
            "<a>\u{0}</a>", "<a>&#0;</a>", "<a>\u{1}</a>", "<a>&#1;</a>", "<a>\u{FFFE}</a>", "<a>&#xFFFF;</a>",
            "<a>&#xD800;</a>", "<a>&#x110000;</a>", "\u{0}<a/>", " <?xml version='1.0'?><a/>",
        ])
    func malformed(_ document: String) {
        #expect { try XMLParser.parse(document) } throws: { error in
            guard case XMLError.malformed = error else { return false }
            return true
        }
    }

    @Test(
        "CVE-2022-25236: no namespace can contain what separates it from the name",
        arguments: [
            "<a xmlns='urn:x\u{1}y'/>", "<a xmlns='urn:x&#1;y'/>", "<p:a xmlns:p='urn:x&#1;y'/>",
            "<a xmlns='urn:x&#x01;'/>",
        ])
    func separator(_ document: String) {
        #expect(throws: XMLError.self) { try XMLParser.parse(document) }
    }

    @Test("A namespace with other strange characters stays one namespace")
    func strangeNamespace() throws {
        for namespace in ["urn:x y", "urn:x\ny", "urn:x}y", "urn:x|message", ""] {
            let element = Element("a", namespace: namespace)
            #expect(try XMLParser.parse(element.serialized()) == element)
        }
    }

    @Test(
        "Bytes that are no UTF-8",
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x94], [0xEF, 0xBF, 0xBE],
        ] as [[UInt8]])
    func encoding(_ bytes: [UInt8]) {
        for (head, tail) in [("<a>", "</a>"), ("<a k='", "'/>"), ("<a", "/>"), ("<a xmlns='", "'/>")] {
            #expect(throws: XMLError.self) { try XMLParser.parse(Array(head.utf8) + bytes + Array(tail.utf8)) }
        }
    }

    @Test("Other encodings are not guessed", arguments: [[0xFF, 0xFE, 0x3C, 0], [0xFE, 0xFF, 0, 0x3C]] as [[UInt8]])
    func utf16(_ mark: [UInt8]) {
        #expect(throws: XMLError.self) { try XMLParser.parse(mark + [0x61, 0, 0x2F, 0, 0x3E, 0]) }
    }

    @Test("Depth, attributes and bytes are bounded")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        _ = try XMLParser.parse(nested(64))
        #expect(throws: XMLError.limitExceeded(.depth)) { try XMLParser.parse(nested(65)) }
        #expect(throws: XMLError.limitExceeded(.depth)) { try XMLParser.parse(nested(100_000)) }

        func wide(_ attributes: Int) -> String { "<a" + (0..<attributes).map { " k\($0)=''" }.joined() + "/>" }
        _ = try XMLParser.parse(wide(64))
        #expect(throws: XMLError.limitExceeded(.attributes)) { try XMLParser.parse(wide(65)) }
        let declarations = "<a" + (0..<65).map { " xmlns:p\($0)='u'" }.joined() + "/>"
        #expect(throws: XMLError.limitExceeded(.attributes)) { try XMLParser.parse(declarations) }

        // A namespace is written once and stands in every element: it must not grow a document by thousands of times.
        func namespaced(_ length: Int) -> String {
            let namespace = String(repeating: "n", count: length)
            return "<a xmlns='\(namespace)' xmlns:p='\(namespace)' p:k=''>"
                + String(repeating: "<p:b/>", count: 100_000) + "</a>"
        }
        #expect(try XMLParser.parse(namespaced(512)).elements.count == 100_000)
        for document in [namespaced(513), "<p:a xmlns:p='\(String(repeating: "n", count: 500_000))'/>"] {
            #expect(throws: XMLError.limitExceeded(.namespace)) { try XMLParser.parse(document) }
        }

        let limits = XMLLimits(bytes: 10)
        _ = try XMLParser.parse("<a>123</a>", limits: limits)
        #expect(throws: XMLError.limitExceeded(.bytes)) { try XMLParser.parse("<a>1234</a>", limits: limits) }
    }

    @Test("Text in very many pieces is read in linear time")
    func pieces() throws {
        let text = String(repeating: "&lt;\n", count: 200_000)
        let element = try XMLParser.parse("<a>\(text)</a>")
        #expect(element.text.utf8.count == 400_000)
    }

    @Test("A document that was cut at any byte is refused")
    func truncated() throws {
        let document = Array(
            "<?xml version='1.0'?><m xmlns='jabber:client' k='\u{1F512}'><b>&lt;<![CDATA[x]]>\u{E4}</b></m>".utf8)
        _ = try XMLParser.parse(document)
        for count in 0..<document.count {
            #expect(throws: XMLError.unfinished) { try XMLParser.parse(Array(document[..<count])) }
        }
    }

    @Test("Changed bytes give an error or a tree that can be written and read again")
    func mutated() throws {
        let document = Array(
            "<m xmlns='jabber:client' xmlns:p='urn:p' p:k='&amp;'><b>hi<c xmlns=''/>\u{E4}</b><p:d>&#65;</p:d></m>".utf8
        )
        var random = SplitMix(state: 0x7465_726E)
        var read = 0
        for _ in 0..<20_000 {
            var changed = document
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed.remove(at: place)
                default: changed.insert(changed[Int.random(in: 0..<changed.count, using: &random)], at: place)
                }
            }
            guard let element = try? XMLParser.parse(changed) else { continue }
            read += 1
            #expect(try XMLParser.parse(element.serialized()) == element)
        }
        #expect(read > 1000)
    }
}

/// SplitMix64: a mutation can be repeated from its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
