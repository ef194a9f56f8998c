import APIMachinery

/// Indexes of a Job as text, such as "1,3-5,7": intervals in growing order.
public struct IndexIntervals: Sendable, Equatable {
    public private(set) var intervals: [ClosedRange<Int>] = []
    /// How many indexes there are.
    public var count: Int { intervals.reduce(0) { $0 + $1.count } }

    public init() {}

    /// What is wrong with a text of indexes, in Kubernetes' words.
    public struct Failure: Error, Equatable { public var message: String }

    /// Reads a text whose indexes must be below `completions`.
    public init(_ text: String, below completions: Int) throws(Failure) {
        guard !text.isEmpty else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let interval = try Self.interval(part, completions)
            if let last = intervals.last, last.upperBound >= interval.lowerBound {
                throw Failure(
                    message: "non-increasing order, previous: \(last.upperBound), current: \(interval.lowerBound)")
            }
            intervals.append(interval)
        }
    }

    private static func interval(_ text: Substring, _ completions: Int) throws(Failure) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else {
            throw Failure(
                message:
                    "the fragment \(JSON(String(text)).text) violates the requirement that an index interval can have "
                    + "at most two parts separated by '-'")
        }
        let first = try number(ends[0])
        if first >= completions { throw Failure(message: "too large index: \(JSON(String(ends[0])).text)") }
        guard ends.count == 2 else { return first...first }
        let last = try number(ends[1])
        if last >= completions { throw Failure(message: "too large index: \(JSON(String(ends[1])).text)") }
        if first >= last {
            throw Failure(message: "non-increasing order, previous: \(first), current: \(last)")
        }
        return first...last
    }

    private static func number(_ text: Substring) throws(Failure) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw Failure(
                message: "cannot convert string to integer for index: \(JSON(String(text)).text)")
        }
        return number
    }

    /// Adds one index.
    public mutating func insert(_ index: Int) {
        guard !contains(index) else { return }
        let place = intervals.firstIndex { $0.lowerBound > index } ?? intervals.count
        var (first, last) = (index, index)
        if place < intervals.count, intervals[place].lowerBound == index + 1 {
            last = intervals.remove(at: place).upperBound
        }
        var position = place
        if place > 0, intervals[place - 1].upperBound == index - 1 {
            position = place - 1
            first = intervals.remove(at: position).lowerBound
        }
        intervals.insert(first...last, at: position)
    }

    /// The text that says the same, such as "1,3-5".
    public var text: String {
        intervals.map { interval in
            interval.count == 1 ? "\(interval.lowerBound)" : "\(interval.lowerBound)-\(interval.upperBound)"
        }.joined(separator: ",")
    }

    public func contains(_ index: Int) -> Bool { intervals.contains { $0.contains(index) } }
    /// The first index that is in both.
    public func firstShared(with other: IndexIntervals) -> Int? {
        for mine in intervals {
            if let theirs = other.intervals.first(where: { $0.overlaps(mine) }) {
                return max(mine.lowerBound, theirs.lowerBound)
            }
        }
        return nil
    }
}
