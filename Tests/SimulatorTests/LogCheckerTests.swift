import RaftCore
import Testing

@testable import Simulator

/// What the checker of all logs blames, and what it does not.
@Suite struct LogCheckerTests {
    private static let members = (1...3).map { Member(UInt64($0)) }

    /// Member 2 has committed index 7 in term 2, on all disks.
    private static func checker() -> LogChecker {
        let configuration = Configuration(voters: Set(members))
        var checker = LogChecker(configuration)
        checker.leads(2, in: 2, lastIndex: 4) { _ in 1 }
        checker.committed(2, LogPosition(index: 7, term: 2), in: 2, [configuration]) { _ in true }
        return checker
    }

    /// Found with seed 5010: it slept while its votes were on their way, and somebody else led on.
    @Test func aLeaderOfAPassedTermNeedNotHaveWhatCameLater() {
        var checker = Self.checker()
        checker.leads(3, in: 1, lastIndex: 1) { _ in 1 }
        #expect(checker.violation == nil)
    }

    @Test func aLaterLeaderMustHaveWhatWasCommitted() {
        var short = Self.checker()
        short.leads(3, in: 3, lastIndex: 6) { $0 <= 6 ? 2 : nil }
        #expect(short.violation?.rule == .leaderCompleteness)
        var other = Self.checker()
        other.leads(3, in: 3, lastIndex: 9) { _ in 1 }
        #expect(other.violation?.rule == .leaderCompleteness)
        var right = Self.checker()
        right.leads(3, in: 3, lastIndex: 7) { _ in 2 }
        #expect(right.violation == nil)
    }
}
