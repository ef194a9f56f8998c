// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Settings of every target of ours: Swift 6 language mode, and a warning is an error.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A room: one target under Sources, with the same settings as every other. Its page, if it has one, is not compiled.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    let page = "README.md"
    let hasPage = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Sources/\(name)/\(page)")
    return .target(
        name: name, dependencies: dependencies, exclude: exclude + (hasPage ? [page] : []), swiftSettings: strict)
}

/// A room's tests, which mirror it under Tests.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: strict)
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
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
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let grpc: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcHTTP2: Target.Dependency = .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
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
        // What the package in Benchmarks/ measures.
        .library(
            name: "SkiffRooms",
            targets: [
                "APIMachinery", "KubeAPI", "KeyValueCore", "EtcdStore", "APIServer", "Instruments", "PrometheusExport",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
    ],
    targets: [
        // C
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CProcess"),
        // Floor 0
        room("Basics"),
        room("HTTPMessages"),
        room("Instruments", [metrics]),
        // Floor 1
        room("APIMachinery", ["Basics", yams]),
        room("RaftCore", ["Basics"]),
        room("PrometheusExport", ["Basics", "Instruments", metrics]),
        room("CEL", ["Basics"]),
        // Floor 2
        room("KubeAPI", ["Basics", "APIMachinery", "CEL", x509, asn1]),
        room("KeyValueCore", ["Basics", collections]),
        room("MariaDB", ["CMariaDB", "CProcess", "Basics", log]),
        room("OutboundHTTP", ["CCurl", "Basics"]),
        room("Listening", ["Basics", "APIMachinery"]),
        room("GRPCServer", ["Basics", log, nio, nioPosix, nioSSL, nioHTTP2, nioHPACK, protobuf]),
        room("Streams", ["CZlib", "Basics", "HTTPMessages", "APIMachinery", crypto]),
        // Floor 3
        room("CustomResources", ["Basics", "APIMachinery", "CEL", "KubeAPI"]),
        room(
            "EtcdStore",
            [
                "Basics", "Instruments", "RaftCore", "KeyValueCore", log, metrics, collections, crypto, nio, nioPosix,
                nioSSL,
            ]),
        room("ControlLoops", ["Basics", "Instruments", "APIMachinery", "KubeAPI", log, metrics, collections]),
        room("ClusterClient", ["Basics", "APIMachinery", "KubeAPI", "OutboundHTTP"]),
        room(
            "ContainerRuntime",
            ["CProcess", "Basics", "APIMachinery", "OutboundHTTP", "Listening", "Streams", log, yams, crypto]),
        room(
            "HTTPServer",
            [
                "Basics", "HTTPMessages", "APIMachinery", "Listening", log, collections, x509, nio, nioPosix, nioHTTP1,
                nioSSL, nioHTTP2, nioTLS, lifecycle,
            ]),
        room("EtcdMessages", ["KeyValueCore", "GRPCServer", protobuf], exclude: ["Protos"]),
        room(
            "Records",
            ["Basics", "Instruments", "APIMachinery", "MariaDB", log, metrics, collections, crypto, cryptoExtras]),
        // Floor 4
        room(
            "APIServer",
            [
                "CZlib", "Basics", "HTTPMessages", "Instruments", "APIMachinery", "KubeAPI", "KeyValueCore",
                "CustomResources", "EtcdStore", log, metrics, collections, crypto, cryptoExtras,
            ]),
        room("EtcdBackend", ["Basics", "KeyValueCore", "EtcdStore", "EtcdMessages", crypto]),
        room("ControllerManager", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", crypto]),
        room(
            "Autoscalers",
            ["Basics", "Instruments", "APIMachinery", "KubeAPI", "OutboundHTTP", "ControlLoops", log, metrics]),
        room(
            "Scheduler",
            [
                "Basics", "Instruments", "APIMachinery", "CEL", "KubeAPI", "OutboundHTTP", "ControlLoops", log, metrics,
                collections,
            ]),
        room(
            "Kubelet",
            [
                "Basics", "HTTPMessages", "Instruments", "APIMachinery", "KubeAPI", "OutboundHTTP", "Listening",
                "Streams", "ControlLoops", "ContainerRuntime", "HTTPServer", log, metrics, crypto,
            ]),
        room(
            "KubeProxy",
            [
                "Basics", "HTTPMessages", "APIMachinery", "KubeAPI", "Listening", "ControlLoops", "HTTPServer", log,
                nio, nioPosix,
            ]),
        room(
            "ClusterDNS",
            [
                "Basics", "Instruments", "APIMachinery", "KubeAPI", "Listening", "ControlLoops", log, metrics, nio,
                nioPosix,
            ]),
        room(
            "IngressController",
            [
                "Basics", "Instruments", "APIMachinery", "KubeAPI", "Listening", "ControlLoops", "HTTPServer", log,
                metrics, nio, nioPosix, nioHTTP1, nioSSL,
            ]),
        room("UserService", ["HTTPMessages", "APIMachinery", "MariaDB", "HTTPServer", "Records"]),
        // Floor 5
        room(
            "ClusterAutoscaler",
            [
                "Basics", "Instruments", "APIMachinery", "KubeAPI", "OutboundHTTP", "ControlLoops", "ContainerRuntime",
                "Scheduler", log, metrics,
            ]),
        room("Fuzzing", ["Basics", "HTTPMessages", "APIMachinery", "KubeAPI", "EtcdStore", "APIServer", log, crypto]),
        room(
            "Gateway",
            [
                "Basics", "HTTPMessages", "APIMachinery", "PrometheusExport", "KubeAPI", "MariaDB", "Listening",
                "Streams", "HTTPServer", "Records", "APIServer", "UserService", log, collections, nio, nioPosix,
                nioHTTP1, nioSSL, lifecycle,
            ]),
        room(
            "Kubeadm",
            ["Basics", "Instruments", "APIMachinery", "KubeAPI", "Listening", log, metrics, crypto, x509, asn1]),
        room(
            "EtcdFront",
            [
                "Basics", "Instruments", "RaftCore", "KeyValueCore", "GRPCServer", "EtcdStore", "EtcdMessages",
                "EtcdBackend", log, metrics, collections, crypto, nio, protobuf,
            ]),
        room(
            "EtcdClient",
            [
                "Basics", "KeyValueCore", "GRPCServer", "EtcdStore", "EtcdMessages", "EtcdBackend", log, nio, nioHTTP2,
                grpc, grpcHTTP2, protobuf,
            ]),
        room("SimulatedNodes", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", "Kubelet", log, collections]),
        room("Simulator", ["Basics", "RaftCore", "KeyValueCore", "EtcdStore", log]),
        room(
            "Samples",
            [
                "Basics", "HTTPMessages", "MariaDB", "Listening", "HTTPServer", "Records", "ClusterDNS", "UserService",
                log, nio, nioPosix, nioHTTP1, lifecycle, unixSignals, arguments,
            ]),
        // Floor 6
        .executableTarget(
            name: "skiff",
            dependencies: [
                "CProcess", "Basics", "HTTPMessages", "APIMachinery", "PrometheusExport", "KubeAPI", "MariaDB",
                "OutboundHTTP", "Listening", "GRPCServer", "EtcdStore", "ControlLoops", "ClusterClient",
                "ContainerRuntime", "HTTPServer", "Records", "APIServer", "EtcdBackend", "ControllerManager",
                "Autoscalers", "Scheduler", "Kubelet", "KubeProxy", "ClusterDNS", "IngressController",
                "ClusterAutoscaler", "Gateway", "Kubeadm", "EtcdFront", "EtcdClient", "SimulatedNodes", "Samples", log,
                metrics, lifecycle, arguments,
            ], swiftSettings: strict),
        .executableTarget(
            name: "container-supervisor", dependencies: ["APIMachinery", "ContainerRuntime", log],
            path: "Tests/Programs/container-supervisor", swiftSettings: strict),
        .executableTarget(name: "cafe", dependencies: ["Samples"], swiftSettings: strict),
        .executableTarget(
            name: "skiff-bench",
            dependencies: [
                "Basics", "HTTPMessages", "APIMachinery", "KubeAPI", "KeyValueCore", "MariaDB", "OutboundHTTP",
                "EtcdStore", "ControlLoops", "Records", "APIServer", "ControllerManager", "Scheduler",
                "ClusterAutoscaler", "Fuzzing", "SimulatedNodes", log, arguments,
            ], swiftSettings: strict),
        .executableTarget(name: "skiff-simulate", dependencies: ["Simulator", arguments], swiftSettings: strict),
        .executableTarget(name: "generate-views", dependencies: ["APIMachinery", "KubeAPI"], swiftSettings: strict),
        // What tests share.
        .target(
            name: "DatabaseTestKit", dependencies: ["MariaDB", log], path: "Tests/DatabaseTestKit",
            swiftSettings: strict),
        .target(
            name: "EtcdTestKit",
            dependencies: ["PrometheusExport", "GRPCServer", "EtcdStore", "EtcdFront", "TestKit", log],
            path: "Tests/EtcdTestKit", swiftSettings: strict),
        .target(name: "ExpositionTestKit", dependencies: [], path: "Tests/ExpositionTestKit", swiftSettings: strict),
        .target(
            name: "LoopTestKit",
            dependencies: [
                "Basics", "APIMachinery", "KubeAPI", "KeyValueCore", "EtcdStore", "ControlLoops", "APIServer",
                "TestKit", log,
            ], path: "Tests/LoopTestKit", swiftSettings: strict),
        .target(
            name: "StreamTestKit", dependencies: ["HTTPMessages", "Streams"], path: "Tests/StreamTestKit",
            swiftSettings: strict),
        .target(name: "TestKit", dependencies: ["Basics"], path: "Tests/TestKit", swiftSettings: strict),
        // Tests
        tests("Basics"),
        tests("APIMachinery", ["Basics", "TestKit"]),
        tests("RaftCore", ["Basics", "TestKit"], exclude: ["Scenarios"]),
        tests("PrometheusExport", ["Instruments", "ExpositionTestKit", metrics]),
        tests("CEL"),
        tests("KubeAPI", ["Basics", "APIMachinery", "generate-views", crypto, x509], exclude: ["Scenarios"]),
        tests("KeyValueCore", ["Basics", "TestKit"], exclude: ["Scenarios"]),
        tests("MariaDB", ["DatabaseTestKit"]),
        tests("OutboundHTTP"),
        tests("Listening", ["APIMachinery"]),
        tests("GRPCServer", ["EtcdClient", "EtcdTestKit", "TestKit", log, nio, nioHPACK, grpc, grpcHTTP2, protobuf]),
        tests("Streams", ["Basics", "APIMachinery", "StreamTestKit"]),
        tests("CustomResources", ["Basics", "APIMachinery", "KubeAPI"]),
        tests("EtcdStore", ["Basics", "RaftCore", "KeyValueCore", "TestKit", log, nio]),
        tests(
            "ControlLoops",
            [
                "Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "ExpositionTestKit", "LoopTestKit", "TestKit",
                log,
            ]),
        tests(
            "ClusterClient",
            [
                "Basics", "APIMachinery", "KubeAPI", "OutboundHTTP", "Listening", "EtcdStore", "ControlLoops",
                "HTTPServer", "APIServer", "TestKit", log,
            ]),
        tests("ContainerRuntime", ["Basics", "APIMachinery", "Listening", "TestKit", "container-supervisor", log]),
        tests("HTTPServer", ["HTTPMessages", "Listening", log, nio, nioPosix]),
        tests("Records", ["APIMachinery", "MariaDB", "DatabaseTestKit", "TestKit", log]),
        tests(
            "APIServer",
            [
                "Basics", "HTTPMessages", "APIMachinery", "PrometheusExport", "KubeAPI", "KeyValueCore", "EtcdStore",
                "ControlLoops", "ControllerManager", "ExpositionTestKit", "TestKit", metrics, crypto, cryptoExtras,
            ], exclude: ["Scenarios"]),
        tests("EtcdBackend", ["KeyValueCore", "EtcdStore"]),
        tests(
            "ControllerManager",
            [
                "Basics", "APIMachinery", "KubeAPI", "EtcdStore", "ControlLoops", "APIServer", "Scheduler", "Kubeadm",
                "LoopTestKit", "TestKit", log, crypto,
            ], exclude: ["Scenarios"]),
        tests(
            "Autoscalers", ["Basics", "APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit", "TestKit"],
            exclude: ["Scenarios"]),
        tests(
            "Scheduler",
            [
                "Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "ControlLoops", "ExpositionTestKit",
                "LoopTestKit", "TestKit",
            ], exclude: ["Scenarios"]),
        tests(
            "Kubelet",
            [
                "CProcess", "Basics", "HTTPMessages", "APIMachinery", "KubeAPI", "OutboundHTTP", "GRPCServer",
                "Streams", "ControlLoops", "ContainerRuntime", "HTTPServer", "APIServer", "ExpositionTestKit",
                "LoopTestKit", "StreamTestKit", "TestKit", "container-supervisor", log, protobuf,
            ], exclude: ["Scenarios"]),
        tests("KubeProxy", ["APIMachinery", "KubeAPI", "ControlLoops", "LoopTestKit", "TestKit", log, nio, nioPosix]),
        tests(
            "ClusterDNS",
            [
                "Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "ControlLoops", "ExpositionTestKit", nio,
                nioPosix,
            ]),
        tests(
            "IngressController",
            [
                "Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "ControlLoops", "ExpositionTestKit",
                "LoopTestKit", "TestKit", log, nio, nioPosix, nioHTTP1, nioSSL,
            ]),
        tests(
            "ClusterAutoscaler",
            [
                "Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "GRPCServer", "ControlLoops",
                "ContainerRuntime", "ControllerManager", "Autoscalers", "Scheduler", "ExpositionTestKit", "LoopTestKit",
                log,
            ]),
        tests("Fuzzing"),
        tests(
            "Gateway",
            [
                "Basics", "HTTPMessages", "APIMachinery", "PrometheusExport", "KubeAPI", "MariaDB", "EtcdStore",
                "ControlLoops", "HTTPServer", "Records", "APIServer", "ControllerManager", "Scheduler",
                "DatabaseTestKit", "ExpositionTestKit", "StreamTestKit", "TestKit", log, crypto, x509, asn1, nio,
                nioPosix, nioSSL,
            ]),
        tests(
            "Kubeadm",
            ["Basics", "APIMachinery", "PrometheusExport", "KubeAPI", "ExpositionTestKit", "TestKit", log, x509]),
        tests(
            "EtcdFront",
            [
                "KeyValueCore", "GRPCServer", "EtcdStore", "EtcdMessages", "EtcdBackend", "EtcdClient", "EtcdTestKit",
                "TestKit", log, grpc, grpcHTTP2,
            ], exclude: ["Scenarios"]),
        tests(
            "EtcdClient",
            [
                "Basics", "KeyValueCore", "GRPCServer", "EtcdStore", "EtcdMessages", "EtcdFront", "EtcdTestKit",
                "TestKit", log, nio, grpc,
            ]),
        tests(
            "SimulatedNodes",
            [
                "Basics", "APIMachinery", "KubeAPI", "KeyValueCore", "EtcdStore", "ControlLoops", "APIServer",
                "ControllerManager", "Scheduler", "Kubelet", "LoopTestKit", "TestKit", log,
            ]),
        tests("Simulator", ["RaftCore"]),
        tests("Samples", ["HTTPMessages"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Basics", "APIMachinery", "KeyValueCore", "EtcdStore", "Kubeadm", "EtcdClient", "Simulator",
                "EtcdTestKit", "ExpositionTestKit", "TestKit", log, crypto,
            ], swiftSettings: strict),
        .testTarget(name: "TidyTests", dependencies: [], swiftSettings: strict),
    ]
)

// `SKIFF_TESTS=Kubelet,Tidy swift build --product skiffPackageTests` leaves the tests of other rooms out, which is much faster.
if let rooms = Context.environment["SKIFF_TESTS"]?.split(separator: ","), !rooms.isEmpty {
    package.targets.removeAll { target in target.type == .test && !rooms.contains { target.name == "\($0)Tests" } }
}
