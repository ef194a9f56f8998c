import ArgumentParser
import Foundation
import Fuzzing

/// `skiff-bench fuzz`: broken inputs by the number, each made from its seed alone. Ends with 1 if one of them was mistaken,
/// took too long or left memory behind; a crash names its seed.
struct FuzzBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract:
            "Gives broken JSON, YAML, protobuf, FieldsV1, selectors, patches, tokens and certificates to the API server."
    )

    @Option(help: "How many inputs.")
    var inputs = 20_000
    @Option(help: "The first seed.")
    var from: UInt64 = 1
    @Option(help: "Only these sorts, separated by commas. (default: all)")
    var only: String?

    func run() async throws {
        let sorts: [String]
        do { sorts = try Fuzz.sorts(only) } catch { throw ValidationError("--only: \(error)") }
        FuzzWatch.start()
        let began = ContinuousClock.now
        let report = try await Fuzz.run(sorts, seeds: from..<from + UInt64(inputs)) { done, bytes in
            print("\(done) inputs, \(bytes >> 20) MB")
        }
        for finding in report.findings.prefix(20) { print(finding) }
        print(
            "\(inputs) inputs in \(ContinuousClock.now - began): \(report.findings.count) findings, "
                + "slowest \(report.slowestMilliseconds) ms (seed \(report.slowestSeed)), "
                + "memory grew by \(report.grownBytes >> 20) MB")
        if !report.isClean { throw ExitCode.failure }
    }
}
