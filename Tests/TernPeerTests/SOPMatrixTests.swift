// Owns that `tern sop` and other implementations of OpenPGP read each other: each encrypts, signs, decrypts and verifies for the other.

import Foundation
import TernTestKit
import Testing

/// A program with the Stateless OpenPGP interface.
enum SOPProgram: String, CaseIterable, Sendable {
    case sqop, gosop
    case rnp = "rnp-sop"
    case pysequoia = "pysequoia-sop"

    fileprivate var path: String {
        switch self {
        case .sqop, .gosop: "/usr/bin/\(rawValue)"
        case .rnp, .pysequoia: "\(ForeignPeer.folder ?? "")/\(rawValue)"
        }
    }

    /// What the option for signatures that count is called: gosop has its first name.
    fileprivate var verificationsOut: String { self == .gosop ? "--verify-out" : "--verifications-out" }
}

@Suite(.foreignPeers) struct SOPMatrixTests {
    /// Files of one run, and what is run on them.
    private struct Scene {
        let folder: String

        init() throws {
            // GnuPG's sockets want a short path, and gosop names of five letters
            folder = "/tmp/tern-sop-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        func end() { try? FileManager.default.removeItem(atPath: folder) }

        @discardableResult
        func run(
            _ program: String, _ arguments: [String], _ input: String, to output: String = "printed"
        ) throws -> Int32 {
            var call = Program([program] + arguments, in: folder)
            call.input = input == "/dev/null" ? input : "\(folder)/\(input)"
            call.output = "\(folder)/\(output)"
            return try call.run()
        }

        func text(_ name: String) throws -> String {
            try String(decoding: Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
        }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }
    }

    private let tern = BuiltPrograms.path(of: "tern").path

    private func sop(_ scene: Scene, _ arguments: [String], _ input: String, to output: String = "printed") throws
        -> Int32
    {
        try scene.run(tern, ["sop"] + arguments, input, to: output)
    }

    @Test("Tern and another implementation", arguments: SOPProgram.allCases)
    func pairs(other: SOPProgram) throws {
        let scene = try Scene()
        defer { scene.end() }
        try scene.write("grüße\nzwei\n", to: "plain")
        #expect(try sop(scene, ["generate-key", "Alice <alice@example.org>"], "/dev/null", to: "alice.key") == 0)
        #expect(try sop(scene, ["extract-cert"], "alice.key", to: "alice.cert") == 0)
        #expect(
            try scene.run(other.path, ["generate-key", "Bob <bob@example.org>"], "/dev/null", to: "other.key") == 0)
        #expect(try scene.run(other.path, ["extract-cert"], "other.key", to: "other.cert") == 0)

        // theirs to us
        #expect(
            try scene.run(other.path, ["encrypt", "--sign-with=other.key", "alice.cert"], "plain", to: "theirs.pgp")
                == 0)
        #expect(
            try sop(
                scene, ["decrypt", "--verify-with=other.cert", "--verifications-out=counts.1", "alice.key"],
                "theirs.pgp")
                == 0)
        #expect(try scene.text("printed") == scene.text("plain"))
        #expect(try scene.text("counts.1").split(separator: "\n").count == 1)
        // ours to them
        #expect(
            try sop(scene, ["encrypt", "--sign-with=alice.key", "other.cert"], "plain", to: "ours.pgp") == 0)
        #expect(
            try scene.run(
                other.path, ["decrypt", "--verify-with=alice.cert", "\(other.verificationsOut)=counts.2", "other.key"],
                "ours.pgp") == 0)
        #expect(try scene.text("printed") == scene.text("plain"))
        #expect(try !scene.text("counts.2").isEmpty)

        // signatures that stand apart, of this text and of another one
        try scene.write("another text", to: "changed")
        #expect(try scene.run(other.path, ["sign", "other.key"], "plain", to: "their.sig") == 0)
        #expect(try sop(scene, ["verify", "their.sig", "other.cert"], "plain") == 0)
        #expect(try sop(scene, ["verify", "their.sig", "other.cert"], "changed") == 3)
        #expect(try sop(scene, ["verify", "their.sig", "alice.cert"], "plain") == 3)
        #expect(try sop(scene, ["sign", "alice.key"], "plain", to: "alice.sig") == 0)
        #expect(try scene.run(other.path, ["verify", "alice.sig", "alice.cert"], "plain") == 0)
        #expect(try scene.run(other.path, ["verify", "alice.sig", "alice.cert"], "changed") != 0)
    }

    @Test("Messages with a password, readable signatures, and what is taken apart: with sqop, which has them")
    func more() throws {
        let scene = try Scene()
        defer { scene.end() }
        let sqop = SOPProgram.sqop.path
        try scene.write("line one\nline two\n", to: "plain")
        try scene.write("correct horse\n", to: "password")
        #expect(try sop(scene, ["encrypt", "--with-password=password"], "plain", to: "m.1") == 0)
        #expect(try scene.run(sqop, ["decrypt", "--with-password=password"], "m.1") == 0)
        #expect(try scene.text("printed") == scene.text("plain"))
        #expect(try scene.run(sqop, ["encrypt", "--with-password=password"], "plain", to: "m.2") == 0)
        #expect(try sop(scene, ["decrypt", "--with-password=password"], "m.2") == 0)

        #expect(
            try sop(scene, ["generate-key", "--with-key-password=password", "Alice"], "/dev/null", to: "alice.key") == 0
        )
        #expect(try sop(scene, ["extract-cert"], "alice.key", to: "alice.cert") == 0)
        #expect(try sop(scene, ["sign", "alice.key"], "plain") == 67)
        for kind in ["binary", "text", "clearsigned"] {
            #expect(
                try sop(
                    scene, ["inline-sign", "--as=\(kind)", "--with-key-password=password", "alice.key"], "plain",
                    to: kind) == 0)
            #expect(try scene.run(sqop, ["inline-verify", "alice.cert"], kind) == 0)
            #expect(try scene.text("printed").replacing("\r\n", with: "\n").hasPrefix("line one\nline two"))
            #expect(try sop(scene, ["inline-verify", "alice.cert"], kind) == 0)
            #expect(try sop(scene, ["inline-detach", "--signatures-out=sig.\(kind)"], kind, to: "data.\(kind)") == 0)
        }
        #expect(try scene.run(sqop, ["verify", "sig.binary", "alice.cert"], "data.binary") == 0)

        // a key that was taken back, and one whose password was changed
        #expect(try sop(scene, ["revoke-key", "--with-key-password=password"], "alice.key", to: "revoked.cert") == 0)
        #expect(try sop(scene, ["encrypt", "revoked.cert"], "plain") == 17)
        #expect(
            try sop(scene, ["change-key-password", "--old-key-password=password"], "alice.key", to: "open.key") == 0)
        #expect(try scene.run(sqop, ["sign", "open.key"], "plain") == 0)

        // armor
        #expect(try sop(scene, ["dearmor"], "alice.cert", to: "alice.bin") == 0)
        #expect(try scene.run(sqop, ["armor"], "alice.bin", to: "armored") == 0)
        #expect(try sop(scene, ["dearmor"], "armored", to: "again.bin") == 0)
        #expect(
            FileManager.default.contentsEqual(
                atPath: "\(scene.folder)/alice.bin", andPath: "\(scene.folder)/again.bin"))
    }

    @Test("The interface's exit codes")
    func codes() throws {
        let scene = try Scene()
        defer { scene.end() }
        try scene.write("text", to: "plain")
        try scene.write("\u{0}\u{0}", to: "rubbish")
        try Data([0xff, 0xfe]).write(to: URL(filePath: "\(scene.folder)/latin"))
        #expect(try sop(scene, ["generate-key", "Alice"], "/dev/null", to: "alice.key") == 0)
        #expect(try sop(scene, ["extract-cert"], "alice.key", to: "alice.cert") == 0)
        #expect(try sop(scene, ["generate-key", "--signing-only", "Carol"], "/dev/null", to: "carol.key") == 0)
        #expect(try sop(scene, ["extract-cert"], "carol.key", to: "carol.cert") == 0)
        #expect(try sop(scene, ["encrypt", "alice.cert"], "plain", to: "sealed") == 0)
        let calls: [(Int32, [String], String)] = [
            (0, ["version"], "/dev/null"), (0, ["version", "--backend"], "/dev/null"),
            (0, ["list-profiles", "generate-key"], "/dev/null"), (89, ["list-profiles", "sign"], "/dev/null"),
            (89, ["generate-key", "--profile=none", "A"], "/dev/null"),
            (69, ["certify-userid"], "/dev/null"), (37, ["encrypt", "--compress"], "plain"), (19, ["encrypt"], "plain"),
            (19, ["sign"], "plain"), (61, ["encrypt", "missing.cert"], "plain"), (71, ["encrypt", "@URL:x"], "plain"),
            (61, ["encrypt", "@ENV:TERN_NO_SUCH"], "plain"), (41, ["encrypt", "alice.key"], "plain"),
            (41, ["sign", "alice.cert"], "plain"), (17, ["encrypt", "carol.cert"], "plain"),
            (53, ["encrypt", "--as=text", "alice.cert"], "latin"), (53, ["sign", "--as=text", "alice.key"], "latin"),
            (29, ["decrypt", "carol.key"], "sealed"), (41, ["decrypt", "alice.key"], "rubbish"),
            (23, ["decrypt", "--verify-with=alice.cert", "alice.key"], "sealed"),
            (59, ["decrypt", "--session-key-out=plain", "alice.key"], "sealed"),
            (0, ["decrypt", "--verify-with=carol.cert", "--verifications-out=none", "alice.key"], "sealed"),
            (83, ["inline-sign", "--no-armor", "--as=clearsigned", "alice.key"], "plain"),
            (41, ["dearmor"], "plain"), (41, ["armor"], "plain"),
            (41, ["inline-detach", "--signatures-out=x"], "plain"),
        ]
        for (code, arguments, input) in calls {
            #expect(try sop(scene, arguments, input) == code, "\(arguments)")
        }
        #expect(try scene.text("none").isEmpty)
    }
}
