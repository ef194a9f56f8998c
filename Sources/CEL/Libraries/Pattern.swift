/// A regular expression in RE2's syntax, matched in time that grows with text times pattern, whatever they are.
///
/// Covered: literals, `.`, classes with ranges, Perl's and POSIX' classes, groups (named, not captured, with flags `i`, `s`
/// and `m`), `|`, `*`, `+`, `?`, `{n,m}`, lazy ones, `^`, `$`, `\A`, `\z`, `\b`, `\B`. Absent: `\p{…}`.
public struct Pattern: Sendable {
    /// So long a compiled pattern may be.
    static let limit = 10_000
    enum Step: Sendable {
        case scalar(CharacterSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }
    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordEdge, noWordEdge }
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>]
        var isNegated = false
        func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }
    }
    let steps: [Step]

    public init(_ text: String) throws(PatternError) {
        var compiler = PatternCompiler(text)
        steps = try compiler.compile()
    }

    public func matches(_ text: String) -> Bool { !find(in: text, most: 1).isEmpty }

    /// The leftmost matches that do not overlap; `most` below zero is all of them.
    func find(in text: String, most: Int) -> [String] {
        let scalars = text.unicodeScalars.map(\.value)
        var found: [String] = []
        var start = 0
        while start <= scalars.count, most < 0 || found.count < most {
            guard let range = first(in: scalars, from: start) else { break }
            var view = String.UnicodeScalarView()
            for value in scalars[range] { Unicode.Scalar(value).map { view.append($0) } }
            found.append(String(view))
            start = range.isEmpty ? range.upperBound + 1 : range.upperBound
        }
        return found
    }

    private struct Thread {
        var step: Int
        var start: Int
    }

    /// All threads advance together, the most wanted first; none is twice at one step.
    private func first(in text: [UInt32], from start: Int) -> Range<Int>? {
        var threads: [Thread] = []
        var best: Range<Int>?
        var seen = [Int](repeating: -1, count: steps.count)
        for position in start...text.count {
            var current: [Thread] = []
            for thread in threads { add(thread, position, text, &current, &seen) }
            if best == nil { add(Thread(step: 0, start: position), position, text, &current, &seen) }
            threads = []
            for thread in current {
                switch steps[thread.step] {
                case .scalar(let set):
                    if position < text.count, set.contains(text[position]) {
                        threads.append(Thread(step: thread.step + 1, start: thread.start))
                    }
                case .match:
                    best = thread.start..<position
                    // Those behind it are wanted less.
                    current = []
                default: break
                }
                if current.isEmpty { break }
            }
            if threads.isEmpty, best != nil { break }
        }
        return best
    }

    private func add(
        _ thread: Thread, _ position: Int, _ text: [UInt32], _ list: inout [Thread], _ seen: inout [Int]
    ) {
        var stack = [thread.step]
        while let step = stack.popLast() {
            if seen[step] == position { continue }
            seen[step] = position
            switch steps[step] {
            case .jump(let target): stack.append(target)
            case .split(let first, let second): stack += [second, first]
            case .assert(let assertion): if holds(assertion, position, text) { stack.append(step + 1) }
            case .scalar, .match: list.append(Thread(step: step, start: thread.start))
            }
        }
    }

    private func holds(_ assertion: Assertion, _ position: Int, _ text: [UInt32]) -> Bool {
        func isWord(_ index: Int) -> Bool {
            text.indices.contains(index) && PatternCompiler.word.contains { $0.contains(text[index]) }
        }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == 10
        case .lineEnd: return position == text.count || text[position] == 10
        case .wordEdge: return isWord(position - 1) != isWord(position)
        case .noWordEdge: return isWord(position - 1) == isWord(position)
        }
    }
}

/// Why a text is no pattern.
public struct PatternError: Error, Sendable {
    public let sentence: String
}
