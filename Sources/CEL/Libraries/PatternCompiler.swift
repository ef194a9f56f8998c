/// A pattern's text to its steps.
struct PatternCompiler {
    typealias Step = Pattern.Step
    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var flags = Flags()
    private struct Flags {
        var ignoresCase = false
        var dotTakesLines = false
        var isByLine = false
    }
    static let word: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
    private static let digit: [ClosedRange<UInt32>] = [48...57]
    private static let space: [ClosedRange<UInt32>] = [9...10, 12...13, 32...32]
    private static let named: [String: [ClosedRange<UInt32>]] = [
        "alnum": [48...57, 65...90, 97...122], "alpha": [65...90, 97...122], "ascii": [0...127],
        "blank": [9...9, 32...32], "cntrl": [0...31, 127...127], "digit": digit, "graph": [33...126],
        "lower": [97...122], "print": [32...126], "punct": [33...47, 58...64, 91...96, 123...126],
        "space": [9...13, 32...32], "upper": [65...90], "word": word, "xdigit": [48...57, 65...70, 97...102],
    ]

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    mutating func compile() throws(PatternError) -> [Step] {
        let steps = try alternatives()
        if position < text.count { throw PatternError(sentence: "unexpected ): `\(Scalars.text(text))`") }
        return try limited(steps + [.match])
    }

    private func limited(_ steps: [Step]) throws(PatternError) -> [Step] {
        if steps.count > Pattern.limit {
            throw PatternError(sentence: "expression too large: `\(Scalars.text(text.prefix(100)))`")
        }
        return steps
    }
    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < text.count ? text[position + ahead] : nil
    }
    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        if peek() != scalar { return false }
        position += 1
        return true
    }

    // MARK: Structure

    /// Targets of steps are relative to a fragment's beginning.
    private static func moved(_ steps: [Step], by distance: Int) -> [Step] {
        steps.map { step in
            switch step {
            case .jump(let target): .jump(target + distance)
            case .split(let first, let second): .split(first + distance, second + distance)
            default: step
            }
        }
    }

    private mutating func alternatives() throws(PatternError) -> [Step] {
        depth += 1
        defer { depth -= 1 }
        if depth > ExpressionLimits.depth { throw PatternError(sentence: "expression nests too deeply") }
        var steps = try sequence()
        while take("|") {
            let other = try sequence()
            let second = steps.count + 2
            steps =
                [.split(1, second)] + Self.moved(steps, by: 1) + [.jump(second + other.count)]
                + Self.moved(other, by: second)
            steps = try limited(steps)
        }
        return steps
    }

    private mutating func sequence() throws(PatternError) -> [Step] {
        var steps: [Step] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let atom = try atom()
            let repeated = try repetition(of: atom)
            steps = try limited(steps + Self.moved(repeated, by: steps.count))
        }
        return steps
    }

    private mutating func repetition(of atom: [Step]) throws(PatternError) -> [Step] {
        var steps = atom
        var hasOne = false
        while let (least, most) = try bounds() {
            if hasOne { throw PatternError(sentence: "invalid nested repetition operator") }
            hasOne = true
            let isLazy = take("?")
            func split(_ inside: Int, _ outside: Int) -> Step {
                isLazy ? .split(outside, inside) : .split(inside, outside)
            }
            var result: [Step] = []
            for _ in 0..<least { result = try limited(result + Self.moved(steps, by: result.count)) }
            if let most {
                if most > least {
                    // Each of the rest may be left out, and then those behind it are.
                    let end = result.count + (most - least) * (steps.count + 1)
                    for _ in least..<most {
                        let at = result.count
                        result = try limited(result + [split(at + 1, end)] + Self.moved(steps, by: at + 1))
                    }
                }
            } else {
                let at = result.count
                result += [split(at + 1, at + steps.count + 2)] + Self.moved(steps, by: at + 1) + [.jump(at)]
            }
            steps = try limited(result)
        }
        return steps
    }

    private mutating func bounds() throws(PatternError) -> (Int, Int?)? {
        switch peek() {
        case "*":
            position += 1
            return (0, nil)
        case "+":
            position += 1
            return (1, nil)
        case "?":
            position += 1
            return (0, 1)
        case "{":
            guard let end = text[position...].firstIndex(of: "}") else { return nil }
            let body = Scalars.text(text[position + 1..<end])
            let parts = body.split(separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), least >= 0, parts.count <= 2 else { return nil }
            let most = parts.count == 1 ? least : parts[1].isEmpty ? nil : Int(parts[1])
            if parts.count == 2, !parts[1].isEmpty, most == nil { return nil }
            if max(least, most ?? 0) > 1_000 || most.map({ $0 < least }) == true {
                throw PatternError(sentence: "invalid repeat count: `{\(body)}`")
            }
            position = end + 1
            return (least, most)
        default: return nil
        }
    }

    // MARK: Atoms

    private mutating func atom() throws(PatternError) -> [Step] {
        guard let scalar = peek() else { return [] }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return [.scalar(try characterClass())]
        case ".":
            return [.scalar(Pattern.CharacterSet(ranges: flags.dotTakesLines ? [] : [10...10], isNegated: true))]
        case "^": return [.assert(flags.isByLine ? .lineStart : .textStart)]
        case "$": return [.assert(flags.isByLine ? .lineEnd : .textEnd)]
        case "\\": return try escape()
        case "*", "+", "?": throw PatternError(sentence: "missing argument to repetition operator: `\(scalar)`")
        default: return [.scalar(set([scalar.value...scalar.value]))]
        }
    }

    private func set(_ ranges: [ClosedRange<UInt32>], isNegated: Bool = false) -> Pattern.CharacterSet {
        var all = ranges
        if flags.ignoresCase {
            for range in ranges {
                for (low, high, distance) in [(UInt32(65), UInt32(90), 32), (97, 122, -32)] {
                    let (from, to) = (max(low, range.lowerBound), min(high, range.upperBound))
                    if from <= to { all.append(UInt32(Int(from) + distance)...UInt32(Int(to) + distance)) }
                }
            }
        }
        return Pattern.CharacterSet(ranges: all, isNegated: isNegated)
    }

    private mutating func group() throws(PatternError) -> [Step] {
        let before = flags
        if take("?") {
            if take("P") || peek() == "<" {
                guard take("<"), let end = text[position...].firstIndex(of: ">") else {
                    throw PatternError(sentence: "invalid named capture")
                }
                position = end + 1
            } else {
                var value = true
                flags: while let scalar = peek() {
                    position += 1
                    switch scalar {
                    case "-": value = false
                    case "i": flags.ignoresCase = value
                    case "s": flags.dotTakesLines = value
                    case "m": flags.isByLine = value
                    case "U": break
                    case ":": break flags
                    // To the end of the group around it.
                    case ")": return []
                    default: throw PatternError(sentence: "invalid or unsupported Perl syntax: `(?\(scalar)`")
                    }
                }
            }
        }
        let steps = try alternatives()
        flags = before
        if !take(")") { throw PatternError(sentence: "missing closing ): `\(Scalars.text(text))`") }
        return steps
    }

    private mutating func escape() throws(PatternError) -> [Step] {
        switch peek() {
        case "A": position += 1; return [.assert(.textStart)]
        case "z": position += 1; return [.assert(.textEnd)]
        case "b": position += 1; return [.assert(.wordEdge)]
        case "B": position += 1; return [.assert(.noWordEdge)]
        default: break
        }
        if let (ranges, isNegated) = perlClass() { return [.scalar(set(ranges, isNegated: isNegated))] }
        let scalar = try escapedScalar()
        return [.scalar(set([scalar...scalar]))]
    }

    private mutating func perlClass() -> ([ClosedRange<UInt32>], Bool)? {
        let classes: [Unicode.Scalar: ([ClosedRange<UInt32>], Bool)] = [
            "d": (Self.digit, false), "D": (Self.digit, true), "s": (Self.space, false), "S": (Self.space, true),
            "w": (Self.word, false), "W": (Self.word, true),
        ]
        guard let found = peek().flatMap({ classes[$0] }) else { return nil }
        position += 1
        return found
    }

    private mutating func escapedScalar() throws(PatternError) -> UInt32 {
        guard let scalar = peek() else { throw PatternError(sentence: "trailing backslash at end of expression: ``") }
        position += 1
        switch scalar {
        case "n": return 10
        case "t": return 9
        case "r": return 13
        case "f": return 12
        case "v": return 11
        case "a": return 7
        case "x":
            if take("{") {
                guard let end = text[position...].firstIndex(of: "}"),
                    let value = UInt32(Scalars.text(text[position..<end]), radix: 16), value <= 0x10FFFF
                else { break }
                position = end + 1
                return value
            }
            guard position + 2 <= text.count,
                let value = UInt32(Scalars.text(text[position..<position + 2]), radix: 16)
            else { break }
            position += 2
            return value
        default: if !scalar.isLetter, !scalar.isDigit { return scalar.value }
        }
        throw PatternError(sentence: "invalid escape sequence: `\\\(scalar)`")
    }

    private mutating func characterClass() throws(PatternError) -> Pattern.CharacterSet {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = peek(), scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[", peek(1) == ":", let end = text[position...].firstIndex(of: "]"),
                text[end - 1] == ":", end > position + 3
            {
                var name = Scalars.text(text[position + 2..<end - 1])
                let isOther = name.hasPrefix("^")
                if isOther { name.removeFirst() }
                guard let named = Self.named[name] else {
                    throw PatternError(sentence: "invalid character class range: `[:\(name):]`")
                }
                ranges += isOther ? Self.complement(named) : named
                position = end + 1
                continue
            }
            position += 1
            if scalar == "\\", let (part, isOther) = perlClass() {
                ranges += isOther ? Self.complement(part) : part
                continue
            }
            let low = scalar == "\\" ? try escapedScalar() : scalar.value
            guard peek() == "-", let next = peek(1), next != "]" else {
                ranges.append(low...low)
                continue
            }
            position += 2
            let high = next == "\\" ? try escapedScalar() : next.value
            if high < low { throw PatternError(sentence: "invalid character class range: `\(scalar)-\(next)`") }
            ranges.append(low...high)
        }
        if !take("]") { throw PatternError(sentence: "missing closing ]: `\(Scalars.text(text))`") }
        return set(ranges, isNegated: isNegated)
    }

    private static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        return result + [next...0x10FFFF]
    }
}
