import RaftCore
import Testing

@testable import Simulator

/// What the judge of all logs blames, and what it does not.
@Suite struct LogJudgeTests {
    private static let members = (1...3).map { Member(UInt64($0)) }

    /// Member 2 has committed index 7 in term 2, on all disks.
    private static func judge() -> LogJudge {
        let configuration = Configuration(voters: Set(members))
        var judge = LogJudge(configuration)
        judge.leads(2, in: 2, lastIndex: 4) { _ in 1 }
        judge.committed(2, LogPosition(index: 7, term: 2), in: 2, [configuration]) { _ in true }
        return judge
    }

    /// Found with seed 5010: it slept while its votes were on their way, and somebody else led on.
    @Test func aLeaderOfAPassedTermNeedNotHaveWhatCameLater() {
        var judge = Self.judge()
        judge.leads(3, in: 1, lastIndex: 1) { _ in 1 }
        #expect(judge.violation == nil)
    }

    @Test func aLaterLeaderMustHaveWhatWasCommitted() {
        var short = Self.judge()
        short.leads(3, in: 3, lastIndex: 6) { $0 <= 6 ? 2 : nil }
        #expect(short.violation?.rule == .leaderCompleteness)
        var other = Self.judge()
        other.leads(3, in: 3, lastIndex: 9) { _ in 1 }
        #expect(other.violation?.rule == .leaderCompleteness)
        var right = Self.judge()
        right.leads(3, in: 3, lastIndex: 7) { _ in 2 }
        #expect(right.violation == nil)
    }
}
