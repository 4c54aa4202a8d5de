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

/// A C library that Debian packages, found through pkg-config.
func library(_ name: String, _ pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A target of ours. What it may import is listed again in `Scripts/layers.json`, which the layer check enforces.
func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A program. Its product is named apart, as people type it.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "tern",
    products: [
        .executable(name: "tern", targets: ["TernCLI"]),
        .library(name: "TernCrypto", targets: ["TernCrypto"]),
    ],
    dependencies: [
        // The command line: parsing, help, completion scripts. Apple keeps it; by hand it would be a thousand lines.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        library("CSodium", "libsodium", apt: "libsodium-dev"),
        library("CGcrypt", "libgcrypt", apt: "libgcrypt20-dev"),
        library("COTR", "libotr", apt: "libotr5-dev"),
        library("CGPGME", "gpgme", apt: "libgpgme-dev"),
        library("CProtobufC", "libprotobuf-c", apt: "libprotobuf-c-dev"),
        library("CExpat", "expat", apt: "libexpat1-dev"),

        .target(name: "CTernWire", dependencies: ["CProtobufC"], exclude: ["omemo.proto", "regenerate"]),

        target("TernCrypto", ["CSodium", "CGcrypt", "COTR"]),
        target("TernWire", ["CTernWire"]),
        target("TernRatchet", ["TernCrypto"]),
        target("TernJSON"),
        target("TernVectors", ["TernJSON", "TernCrypto", "TernRatchet", "TernWire"]),
        program(
            "TernCLI", ["TernVectors", "TernJSON", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        tests("TernCryptoTests", ["TernCrypto", "CGcrypt"]),
        tests("TernJSONTests", ["TernJSON"]),
        tests("TernVectorsTests", ["TernVectors", "TernJSON"]),
        tests("TernCLITests", ["TernCLI", "TernJSON"]),
        tests("TernWireTests", ["TernWire", "CTernWire", "CProtobufC"]),
    ],
    swiftLanguageModes: [.v6]
)
