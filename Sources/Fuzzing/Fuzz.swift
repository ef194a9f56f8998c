import Basics
import Synchronization

/// Inputs by the number, each made from its seed alone.
package enum Fuzz {
    package struct Report: Sendable {
        package var findings: [String] = []
        package var slowestMilliseconds: Int64 = 0
        package var slowestSeed: UInt64 = 0
        package var grownBytes = 0
        /// What takes longer stops others; a list of a revision that is not there yet waits for up to five seconds.
        package static let slowMilliseconds: Int64 = 10_000
        /// After the first tenth nothing should be kept any more; caches and fragments take a little.
        package static let growthBytes = 256 << 20
        package var isClean: Bool {
            findings.isEmpty && slowestMilliseconds < Self.slowMilliseconds && grownBytes < Self.growthBytes
        }
    }

    package struct UnknownSort: Error, CustomStringConvertible { package var description: String }

    package static func sorts(_ only: String?) throws -> [String] {
        let all = FuzzValues.names + FuzzServer.names
        guard let only else { return all }
        let chosen = only.split(separator: ",").map(String.init)
        for name in chosen where !all.contains(name) {
            throw UnknownSort(description: "it is one of \(all.joined(separator: ", ")), not \(name)")
        }
        return chosen
    }

    /// Runs an input for each seed; `progress` is told now and then how many are done and what memory the process has.
    package static func run(
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
