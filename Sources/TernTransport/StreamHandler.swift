// Owns one stream on one socket: bytes from it, bytes to it, TLS when the stream says so. It must not know what stanzas say.

internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import TernXML
internal import TernXMPP

/// The last handler of a channel. It is its event loop's alone.
final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stream: XMPPStream
    private let context: NIOSSLContext
    private let domain: String
    private let isDirect: Bool
    private let tell: @Sendable (StreamEvent) -> Void
    private let fail: @Sendable (TransportError) -> Void
    private var channel: ChannelHandlerContext?
    /// Stanzas that were given out and not handled: with many, the server is let wait.
    private var open = 0

    init(
        _ stream: XMPPStream, _ context: NIOSSLContext, domain: String, isDirect: Bool,
        tell: @escaping @Sendable (StreamEvent) -> Void, fail: @escaping @Sendable (TransportError) -> Void
    ) {
        (self.stream, self.context, self.domain, self.isDirect) = (stream, context, domain, isDirect)
        (self.tell, self.fail) = (tell, fail)
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context }

    func handlerRemoved(context: ChannelHandlerContext) { channel = nil }

    func channelActive(context: ChannelHandlerContext) {
        if isDirect { beginTLS(context) } else { perform(stream.begin()) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        perform(stream.receive(Array(buffer.readableBytesView).span))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
            perform(stream.secured(by: ServerTrust.binding(to: certificate)))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as NIOSSLError where error == .uncleanShutdown: fail(.lost)
        case is NIOSSLExtraError: fail(.certificate)
        case NIOSSLError.handshakeFailed(let reason): fail(Self.isAboutCertificate(reason) ? .certificate : .tls)
        case is NIOSSLError: fail(.tls)
        case is BoringSSLError: fail(.tls)
        default: fail(.lost)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { fail(.lost) }

    private static func isAboutCertificate(_ error: BoringSSLError) -> Bool {
        "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
    }

    private func beginTLS(_ context: ChannelHandlerContext) {
        do {
            let handler = try NIOSSLClientHandler(context: self.context, serverHostname: domain)
            try context.pipeline.syncOperations.addHandler(handler, position: .before(self))
        } catch {
            // a domain that is a number has no name to be told
            fail(.certificate)
            context.close(promise: nil)
        }
    }

    private func perform(_ events: [StreamEvent]) {
        guard let channel else { return }
        var isWriting = false
        for event in events {
            switch event {
            case .write(let bytes):
                channel.write(wrapOutboundOut(channel.channel.allocator.buffer(bytes: bytes)), promise: nil)
                isWriting = true
            case .beginTLS:
                channel.flush()
                beginTLS(channel)
            case .ended:
                channel.flush()
                tell(event)
                channel.close(promise: nil)
                return
            case .stanza:
                open += 1
                if open == Self.most { setReading(false) }
                tell(event)
            default: tell(event)
            }
        }
        if isWriting { channel.flush() }
    }

    private func setReading(_ isReading: Bool) {
        channel?.channel.setOption(ChannelOptions.autoRead, value: isReading).whenComplete { _ in }
    }

    /// So many stanzas wait for a slow host at most.
    private static let most = 256

    // MARK: What a host does

    func send(_ stanza: Element) throws(XMLError) { perform(try stream.send(stanza)) }

    func handled() {
        stream.handled()
        open -= 1
        if open == Self.most - 1 { setReading(true) }
    }

    func close() { perform(stream.close()) }
}
