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

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: bindNow)
}

let package = Package(
    name: "tern",
    products: [
        .library(name: "TernCrypto", targets: ["TernCrypto"])
    ],
    targets: [
        library("CSodium", "libsodium", apt: "libsodium-dev"),
        library("CGcrypt", "libgcrypt", apt: "libgcrypt20-dev"),
        library("COTR", "libotr", apt: "libotr5-dev"),
        library("CGPGME", "gpgme", apt: "libgpgme-dev"),
        library("CProtobufC", "libprotobuf-c", apt: "libprotobuf-c-dev"),
        library("CExpat", "expat", apt: "libexpat1-dev"),

        target("TernCrypto", ["CSodium", "CGcrypt", "COTR"]),

        tests("TernCryptoTests", ["TernCrypto", "CSodium", "CGcrypt", "COTR"]),
    ],
    swiftLanguageModes: [.v6]
)
