// Owns the names of the namespaces that a stream itself is made of.

enum XMPPNamespace {
    static let client = "jabber:client"
    static let stream = "http://etherx.jabber.org/streams"
    static let streamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
    static let tls = "urn:ietf:params:xml:ns:xmpp-tls"
    static let sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    static let bindings = "urn:xmpp:sasl-cb:0"
    static let bind = "urn:ietf:params:xml:ns:xmpp-bind"
    static let stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
    static let management = "urn:xmpp:sm:3"
    static let registration = "jabber:iq:register"
    static let registrationFeature = "http://jabber.org/features/iq-register"
}
