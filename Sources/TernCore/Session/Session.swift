// Owns the shape that every scheme has. It must not know any of them, nor how anything is sent, fetched or stored.

/// One end of an encrypted conversation: synchronous, confined to one thread at a time, never on the network.
///
/// Each call that is accepted gets a ``Ticket``. Its step says either that it is finished, or that it waits; then a later
/// ``supply(_:at:)`` gives a further step with the same ticket. Every ticket is finished exactly once, so a host that
/// remembers which ticket belongs to which of its messages loses none.
///
/// **Work.** What takes long is handed out as ``Need/work(_:)``. A session whose state the work has taken along queues what
/// arrives meanwhile, in order, and goes on in the `supply` that brings the work back; a queue that is full throws
/// ``SessionError/busy``, which changes nothing. A session whose work takes no state along may hand out several jobs at
/// once; their steps come in the order of the answers.
///
/// **Errors.** A call that throws has changed nothing and wants nothing done. A step with a ``Step/failure`` has failed for
/// its message, and says what is to be sent or fetched all the same.
public protocol Session: AnyObject {
    /// How the conversation is encrypted.
    var scheme: Scheme { get }
    /// How far it has come.
    var phase: Phase { get }

    /// Encrypts `content` for the other end.
    func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step
    /// Decrypts what came from the other end.
    func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step
    /// Takes what was fetched, published or computed.
    /// - Returns: A step for each call that this moved on, in the order in which they are to be carried out.
    /// - Throws: ``SessionError/unexpectedAnswer`` where nothing like it was asked for; then no answer was taken.
    func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step]
}

/// How far a conversation has come.
public enum Phase: String, Hashable, Sendable {
    /// Nothing has been exchanged.
    case fresh
    /// Keys are being exchanged.
    case negotiating
    /// Messages can be encrypted.
    case established
    /// One end has ended it: nothing can be encrypted until a new exchange.
    case ended
}

/// The number of one call to a session, unique within it.
public struct Ticket: Hashable, Sendable {
    private let number: UInt64

    private init(_ number: UInt64) {
        self.number = number
    }

    /// Where tickets come from; a session holds one.
    public struct Roll: Sendable {
        private var last: UInt64 = 0

        /// A roll of which nothing was torn off.
        public init() {}

        /// The next ticket.
        public mutating func next() -> Ticket {
            last += 1
            return Ticket(last)
        }
    }
}
