// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "conversation",
    dependencies: [
        // Elsewhere: .package(url: …, from: …)
        .package(name: "tern", path: "../../..")
    ],
    targets: [
        .executableTarget(
            name: "conversation",
            dependencies: ["Tern", "TernCore", "TernStore", "TernXML"].map { .product(name: $0, package: "tern") })
    ]
)
