// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: Swift 6 language mode, and a warning is an error.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A room: one target under Sources, with the same settings as every other.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// A room's tests, which mirror it under Tests.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: strict)
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "_CryptoExtras", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let grpc: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcHTTP2: Target.Dependency = .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf: Target.Dependency = .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// The floors of ARCHITECTURE.md: a room depends only on rooms of lower floors.
let package = Package(
    name: "skiff",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "skiff", targets: ["skiff"]),
        .executable(name: "cafe", targets: ["cafe"]),
        .executable(name: "skiff-bench", targets: ["skiff-bench"]),
        .executable(name: "skiff-simulate", targets: ["skiff-simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
    ],
    targets: [
        // Floor 0
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CProcess"),
        room("Basics"),
        room("APIMachinery", ["Basics", yams]),
        room("RaftCore", ["Basics"]),
        // Floor 1
        room("KubeAPI", ["Basics", "APIMachinery"]),
        room("KeyValueCore", ["Basics", collections]),
        room("MariaDB", ["Basics", "CMariaDB", log]),
        room("OutboundHTTP", ["Basics", "CCurl"]),
        // Floor 2
        room(
            "EtcdStore",
            ["Basics", "RaftCore", "KeyValueCore", collections, crypto, nio, nioPosix, nioSSL, log]),
        room("ControlLoops", ["Basics", "APIMachinery", "KubeAPI", collections, log]),
        room("ContainerRuntime", ["Basics", "APIMachinery", "CProcess", yams, log]),
        // Floor 3
        room(
            "APIServer",
            [
                "Basics", "APIMachinery", "KubeAPI", "EtcdStore", "ControlLoops", "KeyValueCore", collections, crypto,
                log,
            ]),
        room(
            "EtcdFront",
            [
                "Basics", "EtcdStore", "KeyValueCore", "RaftCore", grpc, grpcHTTP2, grpcProtobuf, protobuf, crypto,
                nio, nioPosix, nioSSL, nioHTTP2, nioHPACK, collections, log,
            ],
            exclude: ["Protos"]),
        room("ControllerManager", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", log, crypto]),
        room("Scheduler", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", collections, log]),
        room(
            "Kubelet",
            [
                "Basics", "APIMachinery", "KubeAPI", "ControlLoops", "ContainerRuntime", "OutboundHTTP", "CZlib",
                crypto,
                log,
            ]),
        room("KubeProxy", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", nio, nioPosix, log]),
        room("ClusterDNS", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", nio, nioPosix, log]),
        room(
            "IngressController",
            ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", nio, nioPosix, nioHTTP1, nioSSL, log]),
        room("Records", ["Basics", "APIMachinery", "MariaDB", crypto, cryptoExtras, log]),
        // Floor 4
        room(
            "Gateway",
            [
                "Basics", "APIMachinery", "KubeAPI", "APIServer", "MariaDB", "Records", nio, nioPosix, nioHTTP1, nioSSL,
                nioHTTP2, nioTLS, hummingbirdCore, lifecycle, x509, collections, log,
            ]),
        room("Kubeadm", ["Basics", "APIMachinery", x509, asn1, crypto, log]),
        room("Simulator", ["Basics", "RaftCore", "KeyValueCore", "EtcdStore", log]),
        // Floor 5
        .executableTarget(
            name: "skiff",
            dependencies: [
                "Basics", "APIMachinery", "KubeAPI", "EtcdStore", "ControlLoops", "ContainerRuntime", "APIServer",
                "ControllerManager", "Scheduler", "Kubelet", "KubeProxy", "ClusterDNS", "IngressController",
                "Records", "MariaDB", "OutboundHTTP", "Gateway", "Kubeadm", "EtcdFront", lifecycle, arguments, log,
            ], swiftSettings: strict),
        .executableTarget(
            name: "container-supervisor", dependencies: ["ContainerRuntime", log],
            path: "Tests/Programs/container-supervisor", swiftSettings: strict),
        .executableTarget(
            name: "cafe",
            dependencies: [
                "Basics", "MariaDB", "Records", "Gateway", "OutboundHTTP", "ClusterDNS", nio, nioPosix, nioHTTP1,
                hummingbird,
                httpTypes, lifecycle, unixSignals, arguments, log,
            ], swiftSettings: strict),
        .executableTarget(
            name: "skiff-bench",
            dependencies: [
                "Basics", "APIMachinery", "KubeAPI", "KeyValueCore", "EtcdStore", "APIServer", "ControlLoops",
                "ControllerManager",
                "Scheduler", "Records", "MariaDB", "OutboundHTTP", arguments, log,
            ], swiftSettings: strict),
        .executableTarget(name: "skiff-simulate", dependencies: ["Simulator", arguments], swiftSettings: strict),
        .executableTarget(
            name: "generate-views", dependencies: ["APIMachinery", "KubeAPI"], swiftSettings: strict),
        // Tests
        // Time that tests move, directories, ports and programs of a test's own.
        .target(name: "TestKit", dependencies: ["Basics"], path: "Tests/TestKit", swiftSettings: strict),
        tests("APIMachinery", ["TestKit"]),
        tests("Basics"),
        tests("RaftCore", ["TestKit"], exclude: ["Scenarios"]),
        tests("KubeAPI", ["APIMachinery", "generate-views"]),
        tests("KeyValueCore", ["TestKit"], exclude: ["Scenarios"]),
        .target(
            name: "DatabaseTestKit", dependencies: ["MariaDB", log], path: "Tests/DatabaseTestKit",
            swiftSettings: strict),
        tests("MariaDB", ["DatabaseTestKit", log]),
        tests("OutboundHTTP"),
        tests("EtcdStore", ["KeyValueCore", "RaftCore", "TestKit", nio]),
        tests(
            "EtcdFront",
            ["EtcdStore", "KeyValueCore", "TestKit", grpc, grpcHTTP2, grpcProtobuf, protobuf, nio, nioHPACK, log],
            exclude: ["Scenarios"]),
        // A cluster API in memory and a clock that tests move, for the tests of loops.
        .target(
            name: "LoopTestKit", dependencies: ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", "TestKit"],
            path: "Tests/LoopTestKit", swiftSettings: strict),
        tests("ControlLoops", ["APIMachinery", "KubeAPI", "LoopTestKit"]),
        tests("ContainerRuntime", ["APIMachinery", "container-supervisor"]),
        tests(
            "APIServer",
            [
                "Basics", "APIMachinery", "KubeAPI", "EtcdStore", "KeyValueCore", "ControlLoops", "ControllerManager",
                "TestKit", crypto,
            ]),
        tests(
            "ControllerManager", ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit"], exclude: ["Scenarios"]),
        tests("Scheduler", ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit"]),
        tests(
            "Kubelet",
            [
                "APIMachinery", "KubeAPI", "ControlLoops", "ContainerRuntime", "OutboundHTTP", "LoopTestKit",
                "container-supervisor",
            ]),
        tests("KubeProxy", ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit", "TestKit", nio, nioPosix]),
        tests("ClusterDNS", ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit", nio, nioPosix]),
        tests(
            "IngressController",
            ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit", "TestKit", nio, nioPosix, nioHTTP1, nioSSL]),
        tests("Records", ["APIMachinery", "MariaDB", "DatabaseTestKit", log]),
        tests(
            "Gateway",
            [
                "APIMachinery", "KubeAPI", "APIServer", "EtcdStore", "Records", "MariaDB", "DatabaseTestKit", "TestKit",
                x509,
                asn1, crypto,
                nio,
                nioPosix, nioHTTP1, nioEmbedded, log,
            ]),
        tests("Kubeadm", ["APIMachinery", x509]),
        tests("Simulator"),
        tests("cafe"),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["APIMachinery", "EtcdFront", "EtcdStore", "KeyValueCore", "Simulator", "TestKit", log],
            swiftSettings: strict),
    ]
)

// `SKIFF_TESTS=Kubelet,Tidy swift build --product skiffPackageTests` leaves the tests of other rooms out, which is much faster.
if let rooms = Context.environment["SKIFF_TESTS"]?.split(separator: ","), !rooms.isEmpty {
    package.targets.removeAll { target in target.type == .test && !rooms.contains { target.name == "\($0)Tests" } }
}
