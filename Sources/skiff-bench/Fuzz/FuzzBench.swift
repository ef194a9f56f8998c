import ArgumentParser
import Basics
import Foundation
import Synchronization

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
        let sorts = try Fuzz.sorts(only)
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

enum Fuzz {
    struct Report {
        var findings: [String] = []
        var slowestMilliseconds: Int64 = 0
        var slowestSeed: UInt64 = 0
        var grownBytes = 0
        /// What takes longer stops others; a list of a revision that is not there yet waits for up to five seconds.
        static let slowMilliseconds: Int64 = 10_000
        /// After the first tenth nothing should be kept any more; caches and fragments take a little.
        static let growthBytes = 256 << 20
        var isClean: Bool {
            findings.isEmpty && slowestMilliseconds < Self.slowMilliseconds && grownBytes < Self.growthBytes
        }
    }

    static func sorts(_ only: String?) throws -> [String] {
        let all = FuzzValues.names + FuzzServer.names
        guard let only else { return all }
        let chosen = only.split(separator: ",").map(String.init)
        for name in chosen where !all.contains(name) {
            throw ValidationError("--only knows \(all.joined(separator: ", ")), not \(name)")
        }
        return chosen
    }

    /// Runs an input for each seed; `progress` is told now and then how many are done and what memory the process has.
    static func run(
        _ sorts: [String], seeds: Range<UInt64>, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> Report {
        let result = Mutex(Report())
        try await FuzzServer.run { server in
            var report = Report()
            var base = 0
            for (index, seed) in seeds.enumerated() {
                FuzzWatch.seed.store(seed, ordering: .relaxed)
                let began = ContinuousClock.now
                var mutation = Mutation(chance: SplitMix64(seed: seed))
                let sort = sorts[Int(seed % UInt64(sorts.count))]
                let finding =
                    FuzzValues.names.contains(sort)
                    ? FuzzValues.run(sort, &mutation) : await server.run(sort, &mutation)
                let took = (ContinuousClock.now - began) / .milliseconds(1)
                if let finding { report.findings.append("seed \(seed) (\(sort)): \(finding)") }
                if Int64(took) > report.slowestMilliseconds {
                    (report.slowestMilliseconds, report.slowestSeed) = (Int64(took), seed)
                }
                if index == seeds.count / 10 { base = residentBytes() }
                if index > 0, index.isMultiple(of: 50_000) { progress(index, residentBytes()) }
            }
            report.grownBytes = max(0, residentBytes() - base)
            result.withLock { $0 = report }
        }
        FuzzWatch.seed.store(0, ordering: .relaxed)
        return result.withLock { $0 }
    }
}

/// Says which input it was when the process dies of one, or does not come back from it.
enum FuzzWatch {
    /// The input that is at work; 0: none.
    static let seed = Atomic<UInt64>(0)
    private static let patienceSeconds = 60

    static func start() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS] {
            signal(number) { number in
                FuzzWatch.write("the process dies of seed ")
                FuzzWatch.write(FuzzWatch.seed.load(ordering: .relaxed))
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        Thread.detachNewThread {
            while true {
                let before = seed.load(ordering: .relaxed)
                sleep(UInt32(patienceSeconds))
                if before != 0, seed.load(ordering: .relaxed) == before {
                    write("the process hangs in seed ")
                    write(before)
                    exit(1)
                }
            }
        }
    }

    private static func write(_ text: StaticString) { _ = Foundation.write(2, text.utf8Start, text.utf8CodeUnitCount) }

    /// In decimal and with a line's end, without allocating: in a signal's handler.
    private static func write(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { digits in
            var rest = number
            var place = 20
            digits[20] = 10
            repeat {
                place -= 1
                digits[place] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            guard let base = digits.baseAddress else { return }
            _ = Foundation.write(2, base + place, 21 - place)
        }
    }
}
