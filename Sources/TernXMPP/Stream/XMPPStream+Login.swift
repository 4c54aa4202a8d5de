// Owns how a stream registers an account and logs in. It must not know what comes after.

internal import TernCore
internal import TernCrypto
internal import TernXML

extension XMPPStream {
    /// Chooses the strongest mechanism that both ends have.
    func logIn(_ features: Element) throws(StreamError) {
        let offered = features.first("mechanisms", namespace: XMPPNamespace.sasl)
        offer.mechanisms = offered?.elements("mechanism").map(\.text) ?? []
        offer.bindings = features.first("sasl-channel-binding", namespace: XMPPNamespace.bindings)?
            .elements("channel-binding").compactMap { $0["type"] }
        let possible = LoginMechanism.all.filter { isAllowed($0) && offer.mechanisms.contains($0.name) }
        guard let mechanism = possible.first(where: { $0.strength >= settings.leastStrength }) else {
            throw .login(possible.isEmpty ? .noMechanism : .downgraded)
        }
        guard case .scram(let hash, let isBound) = mechanism else { return try logInPlainly() }
        let scram = SCRAM(
            hash, user: settings.account.local ?? "", settings.secret, offer, binding: isBound ? binding : nil,
            isBindingPossible: isBindingPossible, nonce: entropy.bytes(18))
        try write(auth(mechanism, Array(scram.first.utf8)))
        state = .loggingIn(scram, mechanism)
    }

    private func isAllowed(_ mechanism: LoginMechanism) -> Bool {
        let kept = settings.secret.keysHash
        return switch mechanism {
        case .plain: settings.allowsPlain && kept == nil
        case .scram(_, true) where binding == nil: false
        case .scram(let hash, _): kept == nil || kept == hash
        }
    }

    /// The binding that both ends have. A server that names none is asked for none: RFC 5802's default would be one that TLS 1.3 lacks.
    private var binding: ChannelBinding? {
        bindings.first { offer.bindings?.contains($0.kind) ?? false }
    }

    /// Whether a login would be bound if the server offered it. A server that did, in words that somebody has taken away, refuses a
    /// login that says so.
    private var isBindingPossible: Bool {
        // one that has no kind in common with us is not to refuse
        !bindings.isEmpty && (offer.bindings == nil || binding != nil)
            && !offer.mechanisms.contains { $0.hasSuffix("-PLUS") }
    }

    private func logInPlainly() throws(StreamError) {
        let user = settings.account.local ?? ""
        // TLS is below, or the stream would not be here
        let message = settings.secret.withPassword { password in
            Array("\0\(user)\0".utf8) + password.indices.map { password[$0] }
        }
        guard let message else { throw .login(.passwordNeeded) }
        try write(auth(.plain, message))
        state = .loggingInPlainly
    }

    private func auth(_ mechanism: LoginMechanism, _ message: [UInt8]) -> Element {
        Element(
            "auth", namespace: XMPPNamespace.sasl, attributes: ["mechanism": mechanism.name],
            text: Base64.encode(message.span))
    }

    func take(login element: Element, _ scram: SCRAM, _ mechanism: LoginMechanism) throws(StreamError) {
        guard element.matches("challenge", XMPPNamespace.sasl) || element.matches("success", XMPPNamespace.sasl) else {
            throw .login(XMPPStream.refusal(element))
        }
        var scram = scram
        var answer = ""
        do throws(LoginError) {
            if scram.isProven {
                // the server has shown before that it knows the password
                guard element.name == "success" else { throw .malformed }
            } else if scram.awaitsProof {
                try scram.check(try XMPPStream.bytes(element))
            } else {
                guard element.name == "challenge" else { throw .serverUnproven }
                answer = try scram.answer(try XMPPStream.bytes(element))
            }
        } catch {
            throw .login(error)
        }
        guard element.name == "challenge" else {
            events.append(.loggedIn(mechanism, scram.keys))
            return try open(.authenticated)
        }
        let text = Base64.encode(Array(answer.utf8).span)
        try write(Element("response", namespace: XMPPNamespace.sasl, text: text))
        state = .loggingIn(scram, mechanism)
    }

    func take(login element: Element) throws(StreamError) {
        guard element.matches("success", XMPPNamespace.sasl) else { throw .login(XMPPStream.refusal(element)) }
        events.append(.loggedIn(.plain, nil))
        try open(.authenticated)
    }

    private static func bytes(_ element: Element) throws(LoginError) -> [UInt8] {
        guard let bytes = try? Base64.decode(element.text, tolerating: .whiteSpace) else { throw .malformed }
        return bytes
    }

    private static func refusal(_ element: Element) -> LoginError {
        guard element.matches("failure", XMPPNamespace.sasl) else { return .malformed }
        return .refused(condition: condition(of: element, in: XMPPNamespace.sasl))
    }
}

// MARK: - Registration

extension XMPPStream {
    /// XEP-0077 §3.1: asks what is wanted, and gives a name and a password where no more is.
    func take(registration element: Element, _ step: State.Registration, _ features: Element) throws(StreamError) {
        guard element.matches("iq", XMPPNamespace.client) else { throw .unexpected }
        guard element["type"] == "result" else {
            let error = element.first("error") ?? element
            throw .notRegistered(condition: XMPPStream.condition(of: error, in: XMPPNamespace.stanzas))
        }
        switch step {
        case .form:
            let query = element.first("query", namespace: XMPPNamespace.registration)
            let wanted = Set(query?.elements(in: XMPPNamespace.registration) ?? [])
            guard wanted.isSuperset(of: ["username", "password"]),
                wanted.isSubset(of: ["username", "password", "instructions", "registered"])
            else { throw .notRegistered(condition: "not-acceptable") }
            let password = settings.secret.withPassword { String(copying: $0) }
            guard let password, let user = settings.account.local else { throw .login(.passwordNeeded) }
            let namespace = XMPPNamespace.registration
            state = .registering(.account, features: features)
            request(
                "register", "set",
                Element(
                    "query", namespace: namespace,
                    elements: [
                        Element("username", namespace: namespace, text: user),
                        Element("password", namespace: namespace, text: password),
                    ]))
        case .account:
            events.append(.registered)
            if settings.endsAfterRegistration { return end(nil) }
            // the stream goes on: only a login begins another (RFC 6120 §6.4.6)
            try logIn(features)
        }
    }
}

extension Element {
    /// The names of the elements inside that are in `namespace`.
    fileprivate func elements(in namespace: String) -> [String] {
        elements.filter { $0.namespace == namespace }.map(\.name)
    }
}

extension String {
    fileprivate init(copying bytes: Span<UInt8>) {
        self = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
