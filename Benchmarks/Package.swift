// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that Skiff depends on nothing that only figures need.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "skiff", path: ".."),
        // Without its traits, which would replace the allocator: allocations are not counted then, so none is asked for.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "SkiffBenchmarks",
            dependencies: [
                .product(name: "SkiffRooms", package: "skiff"), .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/SkiffBenchmarks",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
