import APIMachinery

/// A label selector as a query writes it: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
struct LabelRequirements: Sendable {
    enum Requirement: Sendable, Equatable {
        case isIn(String, Set<String>), notIn(String, Set<String>), exists(String), missing(String)
    }
    var all: [Requirement] = []
    var isEmpty: Bool { all.isEmpty }

    /// Throws 400 for what cannot be read.
    init(_ text: String) throws {
        var depth = 0
        var term = ""
        for character in text + "," {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                let trimmed = Self.trim(term)
                if !trimmed.isEmpty { all.append(try Self.requirement(trimmed, in: text)) }
                term = ""
            } else {
                term.append(character)
            }
        }
        guard depth == 0, Self.trim(term).isEmpty else { throw Self.error(text, "unbalanced parentheses") }
    }

    func match(_ labels: JSON) -> Bool {
        all.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key]?.string.map(values.contains) ?? false
            case .notIn(let key, let values): labels[key]?.string.map { !values.contains($0) } ?? true
            case .exists(let key): labels[key] != nil
            case .missing(let key): labels[key] == nil
            }
        }
    }

    private static func requirement(_ term: String, in text: String) throws -> Requirement {
        if let open = term.firstIndex(of: "("), term.hasSuffix(")") {
            let words = term[..<open].split(separator: " ").map(String.init)
            let inner = term[term.index(after: open)..<term.index(before: term.endIndex)]
            let values = Set(inner.split(separator: ",", omittingEmptySubsequences: false).map { trim(String($0)) })
            guard words.count == 2 else { throw error(text, "found '\(term)', expected: 'in' or 'notin'") }
            switch words[1] {
            case "in": return .isIn(try key(words[0], text), values)
            case "notin": return .notIn(try key(words[0], text), values)
            default: throw error(text, "found '\(words[1])', expected: 'in' or 'notin'")
            }
        }
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = term.firstRange(of: sign) else { continue }
            let name = try key(trim(String(term[..<range.lowerBound])), text)
            let value = trim(String(term[range.upperBound...]))
            guard value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }),
                value.utf8.count <= 63
            else { throw error(text, "invalid label value: \"\(value)\"") }
            return isEqual ? .isIn(name, [value]) : .notIn(name, [value])
        }
        if term.hasPrefix("!") { return .missing(try key(trim(String(term.dropFirst())), text)) }
        return .exists(try key(term, text))
    }

    private static func key(_ key: String, _ text: String) throws -> String {
        guard !key.isEmpty,
            key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) })
        else { throw error(text, "invalid label key: \"\(key)\"") }
        return key
    }
    private static func error(_ text: String, _ reason: String) -> StatusError {
        .badRequest("unable to parse requirement: \(reason) in '\(text)'")
    }
    private static func trim(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
