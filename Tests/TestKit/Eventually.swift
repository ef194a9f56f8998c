/// What did not come about in time.
public struct NotInTime: Error, CustomStringConvertible {
    public var description: String
}

/// Asks again and again until it holds: news takes its time. An error counts as no, until the time is over.
public func eventually(
    _ what: String = "what was wanted", within limit: Duration = .seconds(60), _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while true {
        var last: (any Error)?
        do { if try await holds() { return } } catch { last = error }
        guard ContinuousClock.now < end else {
            throw NotInTime(description: "\(what) did not come in \(limit)" + (last.map { ": \($0)" } ?? ""))
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
