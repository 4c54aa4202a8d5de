// Owns a long conversation in which everything goes wrong on the way that can: what is sent, delivered, lost and doubled
// follows from a seed. What has to hold is in `Ledger.swift`; what the foreign peers draw by chance is theirs.

import Testing

import TernCore
import TernOMEMO
import TernTestKit
import TernXML

/// Two devices of Tern and two foreign ones that write to each other, each also for its account's other device.
final class Conversation {
    /// Which side begins all sessions with the other.
    enum Side: CaseIterable, CustomTestStringConvertible, Sendable {
        case tern, stranger

        var testDescription: String { self == .tern ? "Tern starts" : "the peer starts" }
    }

    /// What may go wrong, in per cent of the deliveries or steps.
    private enum Weather {
        static let lost = 8
        static let doubled = 12
        static let reordered = 60
        /// Deliveries that are put off for hundreds of messages, and so for many turns of the ratchet.
        static let strayed = 3
        static let restarts = 2
        /// Messages that wait at most; then something has to arrive.
        static let backlog = 30
    }

    private enum Participant {
        case tern(TernDevice)
        case stranger(ForeignDevice)
    }

    private let neighbourhood: Neighbourhood
    private let implementation: ForeignPeer.Implementation
    private let version: ForeignDevice.Version
    private let participants: [(address: DeviceAddress, who: Participant)]
    private var dice: Dice
    private var isStormy = false
    private var waiting: [Parcel] = []
    /// What is put off, and until how many messages were sent.
    private var strays: [(due: Int, parcel: Parcel)] = []
    private(set) var ledger: Ledger
    private(set) var sent = 0
    private(set) var empty = 0
    private(set) var lost = 0
    private(set) var restarts = 0

    init(
        _ implementation: ForeignPeer.Implementation, _ version: ForeignDevice.Version, starting side: Side,
        seed: UInt64
    ) throws {
        dice = Dice(seed: seed)
        self.implementation = implementation
        self.version = version
        ledger = Ledger(with: implementation)
        neighbourhood = try Neighbourhood(implementation, version, terns: 2, strangers: 2, seed: dice.next())
        let terns = neighbourhood.terns.map { ($0.address, Participant.tern($0)) }
        let strangers = try neighbourhood.strangers.map { (try $0.address, Participant.stranger($0)) }
        participants = side == .tern ? terns + strangers : strangers + terns
    }

    /// Each device in turn begins its sessions with those that it has none with, in messages of which some get lost.
    /// Nobody else begins one meanwhile: who takes the same prekey of the same bundle as another is refused.
    func begin() throws {
        for (place, participant) in participants.enumerated() {
            if case .stranger(let device) = participant.who { try neighbourhood.introduce(to: device) }
            let first = sent
            for _ in 0..<4 { try send(from: place) }
            // one of them reaches each device, whichever it is
            let spared = first + 1 + dice.below(4)
            while !waiting.isEmpty { try deliver(sparing: spared) }
        }
    }

    /// Everybody writes to everybody until there are `count` messages, and what is on its way arrives.
    func run(until count: Int) throws {
        isStormy = true
        defer { isStormy = false }
        while sent < count {
            if dice.percent(Weather.restarts) { try restart() }
            recover(until: sent)
            if waiting.count < Weather.backlog, waiting.isEmpty || dice.percent(40) {
                try send(from: dice.below(participants.count))
            } else {
                try deliver()
            }
        }
        recover(until: .max)
        while !waiting.isEmpty { try hand(waiting.remove(at: dice.below(waiting.count))) }
    }

    /// The weather clears: whoever writes is read by everybody.
    func end() throws {
        for place in participants.indices {
            let before = (ledger.read, empty)
            try send(from: place)
            while !waiting.isEmpty { try hand(waiting.removeFirst()) }
            try #require(ledger.read - before.0 == participants.count - 1 + empty - before.1)
        }
    }

    /// What happened, for a person.
    var summary: String {
        let exceptions = ledger.exceptions.map { "\($0.value) \($0.key.rawValue)" }.sorted()
        return "\(sent) messages, \(empty) empty, \(ledger.read) read, \(lost) lost, \(ledger.duplicates) duplicates, "
            + "\(restarts) restarts" + exceptions.map { ", " + $0 }.joined()
    }
}

// MARK: - Sending

extension Conversation {
    private func send(from place: Int) throws {
        sent += 1
        let (address, who) = participants[place]
        let text = "message \(sent) <from> \(address.device) & 🐦"
        let recipient = try #require(participants.first { $0.address.jid != address.jid }).address.jid
        let element: String
        switch who {
        case .tern(let device):
            let draft = Draft(.text(text), to: [recipient], versions: [version.terns])
            let messages = try neighbourhood.encrypt(draft, on: device)
            try #require(messages.count == 1)
            element = messages[0].xml()
        case .stranger(let device):
            let others = participants.map(\.address).filter { $0 != address }
            element = try device.encrypt(
                text, to: others.sorted { $0.jid == recipient && $1.jid != recipient }.map { ForeignDevice.Place($0) })
        }
        let message = try EncryptedMessage(try XMLParser.parse(element))
        for (index, other) in participants.enumerated() where index != place {
            // What two foreign devices tell each other costs time and is theirs to show: they hear of the first and the last.
            if isStormy, case .stranger = who, case .stranger = other.who { continue }
            try leave(Parcel(sent, message, element, text, from: address, to: recipient, for: other.address))
        }
    }

    /// Puts an empty message on its way to whoever it is for.
    private func post(_ element: String, from address: DeviceAddress, to jid: BareJID) throws {
        let message = try EncryptedMessage(try XMLParser.parse(element))
        for other in participants where other.address.jid == jid && other.address != address {
            guard message.keys.contains(where: { $0.device == other.address.device }) else { continue }
            empty += 1
            try leave(Parcel(-empty, message, element, nil, from: address, to: jid, for: other.address))
        }
    }

    private func leave(_ parcel: Parcel) {
        ledger.left(parcel)
        waiting.append(parcel)
    }
}

// MARK: - Delivering

extension Conversation {
    private func deliver(sparing number: Int? = nil) throws {
        let parcel = waiting.remove(at: dice.percent(Weather.reordered) ? dice.below(waiting.count) : 0)
        if dice.percent(Weather.lost), parcel.number != number {
            lost += 1
            return
        }
        if dice.percent(Weather.doubled) { waiting.append(parcel) }
        if dice.percent(Weather.strayed), number == nil {
            strays.append((sent + 50 + dice.below(300), parcel))
        } else {
            try hand(parcel)
        }
    }

    /// Puts what was put off on its way again.
    private func recover(until number: Int) {
        waiting += strays.filter { $0.due <= number }.map(\.parcel)
        strays.removeAll { $0.due <= number }
    }

    private func hand(_ parcel: Parcel) throws {
        let destination = try #require(participants.first { $0.address == parcel.destination })
        switch destination.who {
        case .tern(let device):
            let decryption: Decryption
            do {
                decryption = try device.decrypt([parcel.element], from: parcel.sender.jid, to: parcel.recipient)
            } catch let error as SessionError {
                return try ledger.judge(parcel, .refused(error.code), at: nil)
            }
            try ledger.judge(parcel, .read(decryption.plaintext?.content.text), at: nil)
            try #require(decryption.sender == parcel.sender && !decryption.isRepeated)
            for reply in decryption.replies {
                guard case .element(let element) = reply.payload, case .chat(let jid) = reply.destination else {
                    throw Ledger.Violation(description: "a reply to nobody")
                }
                try post(try element.serialized(), from: parcel.destination, to: jid.bare)
            }
        case .stranger(let device):
            let opened: ForeignDevice.Opened
            do {
                opened = try device.decrypt(parcel.element, from: parcel.sender.jid.description)
            } catch ForeignPeer.Failure.refused(let refusal, _) {
                return try ledger.judge(parcel, .refused(refusal.rawValue), at: implementation)
            }
            try ledger.judge(parcel, .read(opened.text), at: implementation)
            if opened.text != nil, version == .omemo2 {
                try #require(opened.envelopeFrom == parcel.sender.jid.description)
                try #require(opened.envelopeTo == parcel.recipient.description)
            }
            for each in opened.sent { try post(each.element, from: parcel.destination, to: try BareJID(each.to)) }
        }
    }

    private func restart() throws {
        restarts += 1
        switch dice.pick(participants.map(\.who)) {
        case .tern(let device): try device.restart()
        case .stranger(let device): try device.restart()
        }
    }
}
