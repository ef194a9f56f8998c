import NIOCore

/// Answers of other servers, for as long as they may be kept: a bounded value. A query is known by all its bytes after
/// the id, so that whatever it asks for beyond the question (EDNS) is told apart.
struct AnswerCache: Sendable {
    private struct Kept {
        var answer: [UInt8]
        var lifetimes: [Int]
        var since: NIODeadline
        var seconds: UInt32
    }
    private var kept: [[UInt8]: Kept] = [:]
    private let limit: Int

    init(limit: Int = Limits.cachedAnswers) { self.limit = limit }

    var count: Int { kept.count }

    /// The answer with this query's id and with what is left of its lifetimes.
    mutating func take(_ query: [UInt8], now: NIODeadline) -> [UInt8]? {
        guard query.count > 2, let found = kept[Array(query[2...])] else { return nil }
        let age = UInt32(clamping: (now - found.since).nanoseconds / 1_000_000_000)
        guard age < found.seconds else {
            kept[Array(query[2...])] = nil
            return nil
        }
        var answer = found.answer
        answer[0] = query[0]
        answer[1] = query[1]
        for place in found.lifetimes {
            let ttl = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(answer[place + $1]) }
            let left = ttl - min(ttl, age)
            for index in 0..<4 { answer[place + index] = UInt8(truncatingIfNeeded: left >> UInt32(24 - 8 * index)) }
        }
        return answer
    }

    /// Keeps an answer, if it is one to keep: whole, and a yes or a no.
    mutating func put(_ answer: [UInt8], to query: [UInt8], now: NIODeadline) {
        guard query.count > 2, answer.count >= 12, answer[2] & 0x02 == 0, let lifetimes = try? DNSLifetimes(of: answer),
            let shortest = lifetimes.shortest
        else { return }
        let code = DNSResponseCode(rawValue: answer[3] & 0x0F)
        let hasAnswers = answer[6] != 0 || answer[7] != 0
        guard code == .noError || code == .nameError else { return }
        let most = code == .noError && hasAnswers ? Limits.cachedSeconds : Limits.cachedAbsenceSeconds
        let seconds = min(shortest, most)
        guard seconds > 0 else { return }
        if kept.count >= limit { makeRoom(now: now) }
        kept[Array(query[2...])] = Kept(answer: answer, lifetimes: lifetimes.offsets, since: now, seconds: seconds)
    }

    private mutating func makeRoom(now: NIODeadline) {
        kept = kept.filter { now - $0.value.since < .seconds(Int64($0.value.seconds)) }
        guard kept.count >= limit else { return }
        for key in kept.sorted(by: { $0.value.since < $1.value.since }).prefix(max(1, limit / 10)).map(\.key) {
            kept[key] = nil
        }
    }
}
