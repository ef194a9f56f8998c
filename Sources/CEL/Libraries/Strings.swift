/// A text by its code points, which is how the language counts.
struct Scalars {
    let all: [Unicode.Scalar]
    init(_ value: Value) throws(EvaluationError) { all = Array(try Libraries.text(value).unicodeScalars) }
    init(_ all: [Unicode.Scalar]) { self.all = all }
    var count: Int { all.count }
    static func text(_ part: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: part)
        return String(view)
    }

    func index(of part: Scalars, from start: Int) -> Int? {
        var index = start
        while index + part.count <= count {
            if all[index..<index + part.count].elementsEqual(part.all) { return index }
            index += 1
        }
        return nil
    }
    func lastIndex(of part: Scalars, from start: Int) -> Int? {
        var index = min(start, count - part.count)
        while index >= 0 {
            if all[index..<index + part.count].elementsEqual(part.all) { return index }
            index -= 1
        }
        return nil
    }
    func replacing(_ part: Scalars, _ other: Scalars, most: Int) -> Scalars {
        var result: [Unicode.Scalar] = []
        var position = 0
        var left = most < 0 ? Int.max : most
        if part.count == 0 {
            for scalar in all where true {
                if left > 0 {
                    result += other.all
                    left -= 1
                }
                result.append(scalar)
            }
            return Scalars(left > 0 ? result + other.all : result)
        }
        while left > 0, let found = index(of: part, from: position) {
            result += all[position..<found] + other.all
            position = found + part.count
            left -= 1
        }
        return Scalars(result + all[position...])
    }
    func split(_ part: Scalars, most: Int) -> [String] {
        if most == 0 { return [] }
        var parts: [String] = []
        var position = 0
        if part.count == 0 {
            while position < count, most < 0 || parts.count < most - 1 {
                parts.append(String(all[position]))
                position += 1
            }
            return position < count ? parts + [Self.text(all[position...])] : parts
        }
        while most < 0 || parts.count < most - 1, let found = index(of: part, from: position) {
            parts.append(Self.text(all[position..<found]))
            position = found + part.count
        }
        return parts + [Self.text(all[position...])]
    }
}

extension Libraries {
    /// cel-go's extended strings.
    static let strings: [Function] = [
        .member("charAt", [.string, .int], .string) { arguments throws(EvaluationError) in
            let (text, index) = (try Scalars(arguments[0]), try number(arguments[1]))
            if index == text.count { return .string("") }
            guard text.all.indices.contains(index) else { throw EvaluationError("index out of range: \(index)") }
            return .string(String(text.all[index]))
        },
        search("indexOf", isLast: false, hasStart: false), search("indexOf", isLast: false, hasStart: true),
        search("lastIndexOf", isLast: true, hasStart: false), search("lastIndexOf", isLast: true, hasStart: true),
        .member("lowerAscii", [.string], .string) { arguments throws(EvaluationError) in
            .string(Scalars.text(try Scalars(arguments[0]).all.map { shifted($0, "A"..."Z", by: 32) }))
        },
        .member("upperAscii", [.string], .string) { arguments throws(EvaluationError) in
            .string(Scalars.text(try Scalars(arguments[0]).all.map { shifted($0, "a"..."z", by: -32) }))
        },
        replace([]), replace([.int]), split([]), split([.int]),
        .member("substring", [.string, .int], .string) { arguments throws(EvaluationError) in
            try part(arguments[0], number(arguments[1]), nil)
        },
        .member("substring", [.string, .int, .int], .string) { arguments throws(EvaluationError) in
            try part(arguments[0], number(arguments[1]), number(arguments[2]))
        },
        .member("trim", [.string], .string) { arguments throws(EvaluationError) in
            let all = try Scalars(arguments[0]).all
            let start = all.firstIndex { !$0.properties.isWhitespace } ?? all.count
            let end = all.lastIndex { !$0.properties.isWhitespace }.map { $0 + 1 } ?? start
            return .string(Scalars.text(all[start..<end]))
        },
        .member("join", [.list(.string)], .string) { arguments throws(EvaluationError) in
            try joined(arguments[0], "")
        },
        .member("join", [.list(.string), .string], .string) { arguments throws(EvaluationError) in
            try joined(arguments[0], text(arguments[1]))
        },
    ]

    private static func search(_ name: String, isLast: Bool, hasStart: Bool) -> Function {
        // Every place is compared with the part.
        .member(
            name, [.string, .string] + (hasStart ? [.int] : []), .int, reads: { $0[0].size * max(1, $0[1].size) }
        ) { arguments throws(EvaluationError) in
            let (text, part) = (try Scalars(arguments[0]), try Scalars(arguments[1]))
            let start = hasStart ? try number(arguments[2]) : isLast ? text.count : 0
            if start < 0 || start > text.count { throw EvaluationError("index out of range: \(start)") }
            let found = isLast ? text.lastIndex(of: part, from: start) : text.index(of: part, from: start)
            return .int(Int64(found ?? -1))
        }
    }
    private static func shifted(
        _ scalar: Unicode.Scalar, _ range: ClosedRange<Unicode.Scalar>, by distance: Int
    ) -> Unicode.Scalar {
        guard range.contains(scalar) else { return scalar }
        return Unicode.Scalar(UInt32(Int(scalar.value) + distance)) ?? scalar
    }
    private static func replace(_ more: [ValueType]) -> Function {
        .member(
            "replace", [.string, .string, .string] + more, .string,
            reads: { ($0[0].size + 1) * max(1, $0[1].size, $0[2].size) }
        ) { arguments throws(EvaluationError) in
            let most = more.isEmpty ? -1 : try number(arguments[3])
            let result = try Scalars(arguments[0]).replacing(
                Scalars(arguments[1]), Scalars(arguments[2]), most: most)
            return .string(Scalars.text(result.all))
        }
    }
    private static func split(_ more: [ValueType]) -> Function {
        .member("split", [.string, .string] + more, .list(.string), reads: { $0[0].size * max(1, $0[1].size) }) {
            arguments throws(EvaluationError) in
            let most = more.isEmpty ? -1 : try number(arguments[2])
            return .list(try Scalars(arguments[0]).split(Scalars(arguments[1]), most: most).map { .string($0) })
        }
    }
    private static func part(_ value: Value, _ start: Int, _ end: Int?) throws(EvaluationError) -> Value {
        let text = try Scalars(value)
        let end = end ?? text.count
        if start < 0 || start > text.count { throw EvaluationError("index out of range: \(start)") }
        if end < 0 || end > text.count { throw EvaluationError("index out of range: \(end)") }
        if start > end { throw EvaluationError("invalid substring range. start: \(start), end: \(end)") }
        return .string(Scalars.text(text.all[start..<end]))
    }
    private static func joined(_ list: Value, _ separator: String) throws(EvaluationError) -> Value {
        var parts: [String] = []
        for element in try elements(list) { parts.append(try text(element)) }
        return .string(parts.joined(separator: separator))
    }

    // MARK: Lists (Kubernetes)

    private static let anyList = ValueType.list(.parameter("A"))
    static let lists: [Function] = [
        .member("isSorted", [anyList], .bool) { arguments throws(EvaluationError) in
            let list = try elements(arguments[0])
            for (first, second) in zip(list, list.dropFirst()) {
                if try Operators.order(first, second) == .after { return .bool(false) }
            }
            return .bool(true)
        },
        .member("sum", [anyList], .parameter("A")) { arguments throws(EvaluationError) in
            let list = try elements(arguments[0])
            guard var sum = list.first else { return .int(0) }
            for element in list.dropFirst() { sum = try Operators.apply(.add, [sum, element]) }
            return sum
        },
        extreme("min", .before), extreme("max", .after),
        .member("indexOf", [anyList, .parameter("A")], .int) { arguments throws(EvaluationError) in
            .int(Int64(try elements(arguments[0]).firstIndex(of: arguments[1]) ?? -1))
        },
        .member("lastIndexOf", [anyList, .parameter("A")], .int) { arguments throws(EvaluationError) in
            .int(Int64(try elements(arguments[0]).lastIndex(of: arguments[1]) ?? -1))
        },
    ]
    private static func extreme(_ name: String, _ wanted: Order) -> Function {
        .member(name, [anyList], .parameter("A")) { arguments throws(EvaluationError) in
            let list = try elements(arguments[0])
            guard var best = list.first else { throw EvaluationError("\(name) called on empty list") }
            for element in list.dropFirst() where try Operators.order(element, best) == wanted { best = element }
            return best
        }
    }

    // MARK: Patterns (RE2's syntax)

    static let patterns: [Function] = [
        .member("matches", [.string, .string], .bool, reads: cost, matches),
        Function("matches", [.string, .string], .bool, reads: cost, matches),
        .member("find", [.string, .string], .string, reads: cost) { arguments throws(EvaluationError) in
            .string(try Pattern.of(arguments[1]).find(in: text(arguments[0]), most: 1).first ?? "")
        },
        .member("findAll", [.string, .string], .list(.string), reads: cost) { arguments throws(EvaluationError) in
            .list(try Pattern.of(arguments[1]).find(in: text(arguments[0]), most: -1).map { .string($0) })
        },
        .member("findAll", [.string, .string, .int], .list(.string), reads: cost) {
            arguments throws(EvaluationError) in
            let most = try number(arguments[2])
            return .list(try Pattern.of(arguments[1]).find(in: text(arguments[0]), most: most).map { .string($0) })
        },
    ]
    @Sendable private static func matches(_ arguments: [Value]) throws(EvaluationError) -> Value {
        .bool(try !Pattern.of(arguments[1]).find(in: text(arguments[0]), most: 1).isEmpty)
    }
    /// As cel-go charges: the text's length times a quarter of the pattern's.
    @Sendable private static func cost(_ arguments: [Value]) -> Int {
        (arguments[0].size + 1) * max(1, arguments[1].size / 4)
    }
}

extension Pattern {
    fileprivate static func of(_ value: Value) throws(EvaluationError) -> Pattern {
        do throws(PatternError) { return try Pattern(try text(value)) } catch {
            throw EvaluationError("error parsing regexp: \(error.sentence)")
        }
    }
    private static func text(_ value: Value) throws(PatternError) -> String {
        guard case .string(let text) = value else { throw PatternError(sentence: "no string") }
        return text
    }
}
