// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),  // spans that borrow from a secret's wiped memory
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// All symbols are bound at the start. A symbol that is bound at its first call goes through the dynamic linker, which
/// saves the vector registers on the stack: with them whatever the last copy of a secret left there.
let bindNow: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]

/// A C library that Debian packages, found through pkg-config.
func library(_ name: String, _ pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A target of ours. What it may import is listed again in `Scripts/layers.json`, which the layer check enforces.
func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict, linkerSettings: bindNow)
}

/// A program. Its product is named apart, as people type it.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: bindNow)
}

let package = Package(
    name: "tern",
    products: [
        .executable(name: "tern", targets: ["TernCLI"]),
        .library(name: "TernCrypto", targets: ["TernCrypto"]),
        .library(name: "TernXML", targets: ["TernXML"]),
        .library(name: "TernRatchet", targets: ["TernRatchet"]),
        .library(name: "TernCore", targets: ["TernCore"]),
        .library(name: "TernOMEMO", targets: ["TernOMEMO"]),
        .library(name: "TernOTR", targets: ["TernOTR"]),
        .library(name: "TernPGP", targets: ["TernPGP"]),
        .library(name: "Tern", targets: ["Tern"]),
        .library(name: "TernStore", targets: ["TernStore"]),
        .library(name: "TernXMPP", targets: ["TernXMPP"]),
        .library(name: "TernTransport", targets: ["TernTransport"]),
        .library(name: "TernBench", targets: ["TernBench"]),
    ],
    dependencies: [
        // The command line: parsing, help, completion scripts. Apple keeps it; by hand it would be a thousand lines.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // SQLite for Swift: opens, configures and serialises the connection, and turns its codes into errors.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Sockets and event loops, HTTP/1.1, and TLS with BoringSSL. Only TernTransport may: they build for minutes.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        library("CSodium", "libsodium", apt: "libsodium-dev"),
        library("CGcrypt", "libgcrypt", apt: "libgcrypt20-dev"),
        library("COTR", "libotr", apt: "libotr5-dev"),
        library("CGPGME", "gpgme", apt: "libgpgme-dev"),
        library("CProtobufC", "libprotobuf-c", apt: "libprotobuf-c-dev"),
        library("CExpat", "expat", apt: "libexpat1-dev"),
        library("CJansson", "jansson", apt: "libjansson-dev"),
        library("CQREncode", "libqrencode", apt: "libqrencode-dev"),
        .systemLibrary(name: "CMalloc"),  // how much the heap holds, which Glibc's module leaves out
        library("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
        .systemLibrary(name: "CResolv", providers: [.apt(["libc6-dev"])]),

        .target(name: "CTernWire", dependencies: ["CProtobufC"], exclude: ["omemo.proto", "regenerate"]),

        target("TernCrypto", ["CSodium", "CGcrypt", "COTR"]),
        target("TernXML", ["CExpat"]),
        target("TernWire", ["CTernWire"]),
        target("TernRatchet", ["TernCrypto"]),
        target("TernCore", ["TernXML", "TernCrypto"]),
        target("TernOMEMO", ["TernCore", "TernXML", "TernRatchet", "TernWire", "TernCrypto"]),
        .target(name: "COTRState", dependencies: ["COTR"]),
        target("TernOTR", ["TernCore", "TernXML", "TernCrypto", "COTR", "COTRState"]),
        target("TernPGP", ["TernCore", "TernXML", "TernCrypto", "CGPGME"]),

        target("Tern", ["TernOMEMO", "TernOTR", "TernPGP", "TernCore", "TernXML", "TernCrypto"]),
        target("TernXMPP", ["TernCore", "TernXML", "TernCrypto"]),
        target(
            "TernTransport",
            [
                "TernXMPP", "TernCore", "TernXML", "TernCrypto", "CResolv",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        target("TernArchive", ["TernCore", "TernCrypto"]),
        target("TernForeign", ["TernOMEMO", "TernCore", "TernWire", "TernCrypto", "TernJSON", "CSQLite"]),
        target("TernStore", ["TernCore", "TernCrypto", "CSQLite", .product(name: "GRDB", package: "GRDB.swift")]),

        target("TernJSON", ["CJansson"]),
        target("TernInput"),
        target(
            "TernVectors",
            [
                "TernInput", "TernJSON", "TernOMEMO", "TernOTR", "TernCore", "TernXML", "TernRatchet", "TernWire",
                "TernCrypto",
            ]),
        .target(
            name: "TernTestKit",
            dependencies: ["TernJSON", "TernOMEMO", "TernCore", "TernXML", "TernRatchet", "TernCrypto"],
            exclude: ["Faults"], swiftSettings: strict),
        target(
            "TernBench",
            [
                "Tern", "TernOMEMO", "TernOTR", "TernPGP", "TernStore", "TernCore", "TernXML", "TernRatchet",
                "TernCrypto",
                "CSodium", "CGcrypt", "COTR", "CGPGME", "CMalloc",
            ]),
        program(
            "TernCLI",
            [
                "Tern", "TernStore", "TernArchive", "TernForeign", "TernOMEMO", "TernOTR", "TernPGP", "TernCore",
                "TernXML", "TernXMPP", "TernTransport",
                "TernWire", "TernCrypto",
                "TernVectors", "TernBench", "TernInput", "TernJSON", "CQREncode",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        tests("TernCryptoTests", ["TernCrypto", "CSodium", "CGcrypt", "COTR"]),
        tests("TernXMLTests", ["TernXML"]),
        tests("TernJSONTests", ["TernJSON"]),
        tests("TernInputTests", ["TernInput"]),
        tests("TernVectorsTests", ["TernVectors", "TernTestKit", "TernJSON"]),
        tests(
            "TernCLITests",
            [
                "TernCLI", "TernTestKit", "TernCore", "TernCrypto", "TernInput", "TernJSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], exclude: ["Transcripts"]),
        tests("TernXMPPTests", ["TernXMPP", "TernCore", "TernXML", "TernCrypto"]),
        tests(
            "TernTransportTests",
            ["TernTransport", "TernXMPP", "TernCore", "TernXML", "TernCrypto", "TernTestKit"]),
        tests("TernWireTests", ["TernWire", "CTernWire", "CProtobufC"]),
        tests("TernCoreTests", ["TernCore", "TernXML", "TernCrypto"]),
        tests("TernRatchetTests", ["TernRatchet", "TernOMEMO", "TernCrypto"]),
        tests(
            "TernStoreTests", ["TernStore", "TernStoreRig", "TernCore", "TernCrypto", "TernTestKit", "CSQLite"],
            exclude: ["Examples"]),
        .executableTarget(
            name: "TernSimulation", dependencies: ["TernTestKit", "TernOMEMO"], path: "Tests/TernSimulation",
            swiftSettings: strict, linkerSettings: bindNow),
        .executableTarget(
            name: "TernStoreRig", dependencies: ["TernStore", "TernCore", "TernCrypto", "TernTestKit"],
            path: "Tests/TernStoreRig", swiftSettings: strict, linkerSettings: bindNow),
        tests(
            "TernOMEMOTests",
            ["TernArchive", "TernOMEMO", "TernCore", "TernXML", "TernRatchet", "TernCrypto", "TernTestKit"]),
        tests(
            "TernCrashTests",
            [
                "TernCLI", "TernArchive", "TernStore", "TernOMEMO", "TernCore", "TernXML", "TernRatchet", "TernCrypto",
                "TernTestKit",
            ]),
        tests(
            "TernPeerTests",
            [
                "TernCLI", "TernOMEMO", "TernOTR", "TernCore", "TernXML", "TernRatchet", "TernCrypto", "TernJSON",
                "TernTestKit",
            ]),
        tests(
            "TernTests",
            ["Tern", "TernOMEMO", "TernOTR", "TernPGP", "TernCore", "TernCrypto", "TernXML", "TernTestKit"]),
        tests(
            "TernForeignTests",
            ["TernForeign", "TernOMEMO", "TernCore", "TernXML", "TernRatchet", "TernCrypto", "TernJSON"],
            exclude: ["Examples"]),
        tests("TernOTRTests", ["TernOTR", "TernCore", "TernXML", "TernCrypto"]),
        tests(
            "TernPGPTests", ["TernPGP", "TernCore", "TernXML", "TernCrypto", "TernTestKit"], exclude: ["Samples"]),
    ],
    swiftLanguageModes: [.v6]
)
