import Testing

@testable import Fuzzing

/// A few of the inputs of `skiff-bench fuzz`; `make test-long` gives ten million.
@Suite struct FuzzTests {
    @Test(.timeLimit(.minutes(10))) func brokenInputsAreRefusedInTime() async throws {
        let report = try await Fuzz.run(try Fuzz.sorts(nil), seeds: 1..<20_001)
        #expect(report.findings.isEmpty, "\(report.findings.prefix(5).joined(separator: "\n"))")
        #expect(report.grownBytes < Fuzz.Report.growthBytes)
    }
}
