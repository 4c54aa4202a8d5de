// Owns one connection to a server, for callers on any thread. It must not know what stanzas say, nor when to connect again.

internal import NIOCore
internal import NIOPosix
internal import TernCore
public import TernXML
public import TernXMPP

/// A connection to a server, from its socket to its end.
///
/// Its stream lives on one event loop; a connection that goes on with the session of another lives on the same.
public final class ServerConnection: Sendable {
    /// What happens, in order, until the connection is no more. One caller reads it.
    public let events: AsyncStream<Occurrence>

    /// What happens on a connection.
    public enum Occurrence: Sendable {
        /// What its stream tells: never something to write, or TLS to begin.
        case stream(StreamEvent)
        /// It is no more. Nothing comes after.
        case failed(TransportError)
    }

    private let loop: any EventLoop
    private let channel: any Channel
    private let parts: Parts

    /// What is the event loop's alone.
    private typealias Parts = NIOLoopBound<(stream: XMPPStream, handler: StreamHandler)>

    /// Connects, and begins a stream.
    /// - Parameter before: A connection that is no more, whose session the stream tries to go on with. Every stanza that it gave was
    ///   handled, or never will be.
    /// - Throws: ``TransportError/unreachable``, ``TransportError/authorities``.
    public init(
        _ settings: StreamSettings, at address: ServerAddress, trusting trust: ServerTrust,
        after before: ServerConnection? = nil
    ) async throws(TransportError) {
        let context = try trust.context(protocols: address.isDirect ? ["xmpp-client"] : [])
        let loop = before?.loop ?? MultiThreadedEventLoopGroup.singleton.next()
        let (events, report) = AsyncStream.makeStream(of: Occurrence.self)
        let earlier = before?.parts
        let domain = settings.account.domain
        let made = loop.makePromise(of: Parts.self)
        do {
            channel = try await ClientBootstrap(group: loop)
                .connectTimeout(ServerConnection.patience)
                .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    let stream = XMPPStream(settings, after: earlier?.value.stream)
                    let handler = StreamHandler(
                        stream, context, domain: domain, isDirect: address.isDirect,
                        tell: { event in
                            report.yield(.stream(event))
                            if case .ended = event { report.finish() }
                        },
                        fail: { error in
                            report.yield(.failed(error))
                            report.finish()
                        })
                    made.succeed(NIOLoopBound((stream, handler), eventLoop: loop))
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: address.host, port: address.port).get()
            parts = try await made.futureResult.get()
        } catch {
            made.fail(error)
            report.finish()
            throw .unreachable
        }
        (self.loop, self.events) = (loop, events)
    }

    /// Sends a stanza.
    /// - Throws: ``TernXML/XMLError`` for what XML cannot carry. What a connection that is no more does not send, its session does.
    public func send(_ stanza: Element) async throws(XMLError) {
        let parts = parts
        let result: Result<Void, XMLError>? = try? await loop.submit {
            Result { () throws(XMLError) in try parts.value.handler.send(stanza) }
        }.get()
        try result?.get()
    }

    /// A stanza that came was handled for good.
    public func handled() {
        let parts = parts
        loop.execute { parts.value.handler.handled() }
    }

    /// Ends the stream, and then the connection.
    public func close() {
        let parts = parts
        loop.execute { parts.value.handler.close() }
    }

    /// Ends the connection and not its session, as if it were lost.
    public func drop() {
        channel.close(promise: nil)
    }

    private static let patience = TimeAmount.seconds(10)

    deinit { channel.close(promise: nil) }
}
