/// Reads a label selector's text (the grammar of k8s.io/apimachinery labels.Parse) and says, in its words, what is wrong.
struct LabelSelectorParser {
    struct Failure: Error { var message: String }

    enum Token: Equatable {
        case end, comma, open, close, not, equals, doubleEquals, notEquals, greater, less, `in`, notIn
        case identifier(String)

        var literal: String {
            switch self {
            case .end: ""
            case .comma: ","
            case .open: "("
            case .close: ")"
            case .not: "!"
            case .equals: "="
            case .doubleEquals: "=="
            case .notEquals: "!="
            case .greater: ">"
            case .less: "<"
            case .in: "in"
            case .notIn: "notin"
            case .identifier(let text): text
            }
        }
        /// Words that are operators may be keys and values as well.
        var word: String? {
            switch self {
            case .identifier(let text): text
            case .in: "in"
            case .notIn: "notin"
            default: nil
            }
        }
    }

    private var tokens: [Token]
    private var position = 0

    init(_ text: String) { tokens = LabelSelectorLexer.tokens(text) }

    private var ahead: Token { position < tokens.count ? tokens[position] : .end }
    private mutating func take() -> Token {
        defer { position += 1 }
        return ahead
    }

    mutating func parse() throws(Failure) -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        while ahead != .end {
            guard ahead.word != nil || ahead == .not else {
                throw Failure(message: "found '\(ahead.literal)', expected: !, identifier, or 'end of string'")
            }
            do {
                requirements.append(try requirement())
            } catch {
                throw Failure(message: "unable to parse requirement: \(error.message)")
            }
            switch take() {
            case .end: return requirements
            case .comma:
                guard ahead.word != nil || ahead == .not else {
                    throw Failure(message: "found '\(ahead.literal)', expected: identifier after ','")
                }
            case let other: throw Failure(message: "found '\(other.literal)', expected: ',' or 'end of string'")
            }
        }
        return requirements
    }

    private mutating func requirement() throws(Failure) -> LabelSelector.Requirement {
        let isNegated = ahead == .not
        if isNegated { _ = take() }
        let token = take()
        guard let key = token.word else { throw Failure(message: "found '\(token.literal)', expected: identifier") }
        let rules = Validation.isQualifiedName(key)
        guard rules.isEmpty else {
            throw Failure(message: "<nil>: Invalid value: \(JSON(key).text): \(rules.joined(separator: "; "))")
        }
        var requirement = LabelSelector.Requirement(key: key, operator: .exists)
        if isNegated {
            requirement.operator = .doesNotExist
        } else if ahead != .end && ahead != .comma {
            requirement.operator = try comparison()
            let isSet = [.in, .notIn].contains(requirement.operator)
            requirement.values = isSet ? try set() : [try exactValue()]
        }
        if let wrong = requirement.wrong { throw Failure(message: wrong) }
        return requirement
    }

    private mutating func comparison() throws(Failure) -> LabelSelector.Requirement.Operator {
        switch take() {
        case .in: return .in
        case .notIn: return .notIn
        case .equals: return .equals
        case .doubleEquals: return .doubleEquals
        case .notEquals: return .notEquals
        case .greater: return .greaterThan
        case .less: return .lessThan
        case let other:
            throw Failure(message: "found '\(other.literal)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private mutating func exactValue() throws(Failure) -> String {
        if ahead == .end || ahead == .comma { return "" }
        let token = take()
        guard let value = token.word else { throw Failure(message: "found '\(token.literal)', expected: identifier") }
        return value
    }

    /// `(a,b,)`: values may be empty, and each counts once.
    private mutating func set() throws(Failure) -> [String] {
        let opening = take()
        guard opening == .open else { throw Failure(message: "found '\(opening.literal)' expected: '('") }
        guard ahead.word != nil || ahead == .comma || ahead == .close else {
            throw Failure(message: "found '\(ahead.literal)', expected: ',', ')' or identifier")
        }
        var values: Set<String> = []
        var value = ""
        var hasValue = false
        while true {
            let token = take()
            if let word = token.word, !hasValue {
                value = word
                hasValue = true
            } else if token == .comma || token == .close {
                values.insert(value)
                value = ""
                hasValue = false
                if token == .close { return values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
            } else if hasValue {
                throw Failure(message: "found '\(token.literal)', expected: ',' or ')'")
            } else {
                throw Failure(message: "found '\(token.literal)', expected: ',', or identifier")
            }
        }
    }
}

enum LabelSelectorLexer {
    static func tokens(_ text: String) -> [LabelSelectorParser.Token] {
        var tokens: [LabelSelectorParser.Token] = []
        var rest = text[...].utf8
        while let byte = rest.first {
            if isSpace(byte) {
                rest.removeFirst()
            } else if isSymbol(byte) {
                tokens.append(symbol(&rest))
            } else {
                let word = rest.prefix { !isSpace($0) && !isSymbol($0) }
                rest = rest.dropFirst(word.count)
                let text = String(Substring(word))
                tokens.append(text == "in" ? .in : text == "notin" ? .notIn : .identifier(text))
            }
        }
        return tokens
    }

    private static func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }
    private static func isSymbol(_ byte: UInt8) -> Bool { "=!(),><".utf8.contains(byte) }

    private static func symbol(_ rest: inout Substring.UTF8View) -> LabelSelectorParser.Token {
        let byte = rest.removeFirst()
        let isDoubled = rest.first == UInt8(ascii: "=")
        switch byte {
        case UInt8(ascii: "="):
            if isDoubled { rest.removeFirst() }
            return isDoubled ? .doubleEquals : .equals
        case UInt8(ascii: "!"):
            if isDoubled { rest.removeFirst() }
            return isDoubled ? .notEquals : .not
        case UInt8(ascii: "("): return .open
        case UInt8(ascii: ")"): return .close
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: ">"): return .greater
        default: return .less
        }
    }
}
