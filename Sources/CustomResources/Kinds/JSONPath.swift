import APIMachinery

/// JSONPath as printer columns use it (k8s.io/client-go/util/jsonpath): members, elements, ranges of them, and filters such
/// as `.status.conditions[?(@.type=="Ready")].status`.
struct JSONPath: Sendable {
    private indirect enum Step: Sendable {
        case member(String)
        /// From the end where it is negative.
        case element(Int)
        case all
        /// Everything below, however deep.
        case descendants
        case filter(JSONPath, Comparison?)
    }
    fileprivate struct Comparison: Sendable {
        let operation: String
        let value: JSON
    }
    /// So many values are followed.
    private static let mostValues = 1_000

    private var steps: [Step] = []

    /// nil for what is no path.
    init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "$" || rest.first == "@" { rest.removeFirst() }
        while let first = rest.first {
            if first == "." {
                rest.removeFirst()
                if rest.first == "." {
                    steps.append(.descendants)
                    rest.removeFirst()
                }
                if rest.first == "[" { continue }
                let name = Self.name(&rest)
                if name.isEmpty { return nil }
                steps.append(name == "*" ? .all : .member(name))
            } else if first == "[" {
                rest.removeFirst()
                guard let inside = Self.bracketed(&rest), let step = Self.step(inside) else { return nil }
                steps.append(step)
            } else {
                return nil
            }
        }
        if steps.isEmpty { return nil }
    }

    /// Up to the next step; a backslash keeps what follows it.
    private static func name(_ rest: inout Substring) -> String {
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest.removeFirst()
            if character == "\\", let kept = rest.first {
                name.append(kept)
                rest.removeFirst()
            } else {
                name.append(character)
            }
        }
        return name
    }

    /// What stands before the closing bracket.
    private static func bracketed(_ rest: inout Substring) -> Substring? {
        var depth = 1
        var quote: Character?
        for index in rest.indices {
            let character = rest[index]
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            switch character {
            case "'", "\"": quote = character
            case "[": depth += 1
            case "]": depth -= 1
            default: break
            }
            if depth == 0 {
                let inside = rest[..<index]
                rest = rest[rest.index(after: index)...]
                return inside
            }
        }
        return nil
    }

    private static func step(_ text: Substring) -> Step? {
        if text == "*" { return .all }
        if let index = Int(text) { return .element(index) }
        if let name = quoted(text) { return .member(name) }
        guard text.hasPrefix("?("), text.hasSuffix(")") else { return nil }
        let condition = String(text.dropFirst(2).dropLast()).trimmed
        for operation in ["==", "!=", "<=", ">=", "<", ">"] {
            guard let range = condition.range(of: operation) else { continue }
            guard let path = JSONPath(String(condition[..<range.lowerBound]).trimmed) else { return nil }
            let operand = String(condition[range.upperBound...]).trimmed
            guard let value = quoted(Substring(operand)).map({ JSON($0) }) ?? (try? JSON(parsing: operand)) else {
                return nil
            }
            return .filter(path, Comparison(operation: operation, value: value))
        }
        return JSONPath(condition).map { .filter($0, nil) }
    }

    private static func quoted(_ text: Substring) -> String? {
        guard text.count >= 2, let first = text.first, first == "'" || first == "\"", text.last == first else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }

    /// The first of the values to which it leads; nil if there is none.
    func first(in object: JSON) -> JSON? { values(in: object).first }

    private func values(in object: JSON) -> [JSON] {
        var values = [object]
        for step in steps { values = Array(values.flatMap { Self.follow(step, $0) }.prefix(Self.mostValues)) }
        return values
    }

    private static func children(_ value: JSON) -> [JSON] {
        value.isArray ? value.elements : value.members.map(\.value)
    }

    private static func follow(_ step: Step, _ value: JSON) -> [JSON] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .element(let index):
            let elements = value.elements
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [elements[place]] : []
        case .all: return children(value)
        case .descendants:
            var found = [value]
            var next = 0
            while next < found.count, found.count < mostValues {
                found += children(found[next])
                next += 1
            }
            return found
        case .filter(let path, let comparison):
            return value.elements.filter { element in
                guard let found = path.first(in: element) else { return false }
                return comparison.map { $0.holds(for: found) } ?? true
            }
        }
    }
}

extension JSONPath.Comparison {
    fileprivate func holds(for found: JSON) -> Bool {
        switch operation {
        case "==": return found == value
        case "!=": return found != value
        default: break
        }
        guard let left = found.double, let right = value.double else { return false }
        return switch operation {
        case "<": left < right
        case "<=": left <= right
        case ">": left > right
        default: left >= right
        }
    }
}
