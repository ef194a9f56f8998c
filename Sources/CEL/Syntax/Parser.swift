/// Words to a tree (cel-spec, "Syntax"); macros are told apart here.
struct Parser {
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    init(_ text: String) throws(SyntaxFault) {
        var lexer = Lexer(text)
        tokens = try lexer.tokens()
    }

    mutating func whole() throws(SyntaxFault) -> Node {
        let node = try expression()
        if current.form != .end { throw unexpected("<EOF>") }
        return node
    }

    // MARK: Words

    private var current: Token { tokens[position] }
    private func isNext(_ symbol: String) -> Bool { current.form == .symbol(symbol) }
    private mutating func take(_ symbol: String) -> Bool {
        if !isNext(symbol) { return false }
        position += 1
        return true
    }
    private mutating func require(_ symbol: String) throws(SyntaxFault) {
        if !take(symbol) { throw unexpected("'\(symbol)'") }
    }
    private func unexpected(_ expected: String) -> SyntaxFault {
        SyntaxFault(at: current.at, "Syntax error: mismatched input '\(current.text)' expecting \(expected)")
    }
    private static let beginnings =
        "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

    // MARK: Operators, from the loosest

    private mutating func expression() throws(SyntaxFault) -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > ExpressionLimits.depth {
            throw SyntaxFault(at: current.at, "expression recursion limit exceeded: \(ExpressionLimits.depth)")
        }
        let condition = try disjunction()
        guard isNext("?") else { return condition }
        let at = current.at
        position += 1
        let first = try disjunction()
        try require(":")
        return Node(at, .conditional(condition, first, try expression()))
    }

    private mutating func disjunction() throws(SyntaxFault) -> Node {
        var left = try conjunction()
        while isNext("||") {
            let at = current.at
            position += 1
            left = try limited(Node(at, .or(left, try conjunction())))
        }
        return left
    }
    private mutating func conjunction() throws(SyntaxFault) -> Node {
        var left = try relation()
        while isNext("&&") {
            let at = current.at
            position += 1
            left = try limited(Node(at, .and(left, try relation())))
        }
        return left
    }

    private static let relations: [String: Operation] = [
        "==": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
    ]
    private mutating func relation() throws(SyntaxFault) -> Node {
        var left = try sum()
        while true {
            let operation: Operation?
            switch current.form {
            case .symbol(let symbol): operation = Self.relations[symbol]
            case .identifier("in"): operation = .contained
            default: operation = nil
            }
            guard let operation else { return left }
            let at = current.at
            position += 1
            left = try limited(Node(at, .operation(operation, [left, try sum()])))
        }
    }
    private mutating func sum() throws(SyntaxFault) -> Node {
        var left = try product()
        while isNext("+") || isNext("-") {
            let (at, operation) = (current.at, isNext("+") ? Operation.add : .subtract)
            position += 1
            left = try limited(Node(at, .operation(operation, [left, try product()])))
        }
        return left
    }
    private static let factors: [String: Operation] = ["*": .multiply, "/": .divide, "%": .modulo]
    private mutating func product() throws(SyntaxFault) -> Node {
        var left = try unary()
        while case .symbol(let symbol) = current.form, let operation = Self.factors[symbol] {
            let at = current.at
            position += 1
            left = try limited(Node(at, .operation(operation, [left, try unary()])))
        }
        return left
    }

    /// Chains make the tree as deep as nesting does; so long are they at most.
    private var chain = 0
    private mutating func limited(_ node: Node) throws(SyntaxFault) -> Node {
        chain += 1
        if chain > ExpressionLimits.parts {
            throw SyntaxFault(at: node.at, "expression recursion limit exceeded: \(ExpressionLimits.parts)")
        }
        return node
    }

    private mutating func unary() throws(SyntaxFault) -> Node {
        let at = current.at
        for (symbol, operation) in [("!", Operation.not), ("-", .negate)] where isNext(symbol) {
            var count = 0
            while take(symbol) { count += 1 }
            // A sign belongs to its number.
            if operation == .negate, count % 2 == 1 {
                switch current.form {
                case .int(let value):
                    position += 1
                    return try members(Node(at, .literal(.int(value == .min ? .min : -value))))
                case .double(let value):
                    position += 1
                    return try members(Node(at, .literal(.double(-value))))
                default: break
                }
            }
            let inner = try members(try primary())
            return count % 2 == 0 ? inner : Node(at, .operation(operation, [inner]))
        }
        return try members(try primary())
    }

    // MARK: Members

    private mutating func members(_ start: Node) throws(SyntaxFault) -> Node {
        var node = start
        while true {
            let at = current.at
            if take(".") {
                let isOptional = take("?")
                guard case .identifier(let name) = current.form else { throw unexpected("IDENTIFIER") }
                position += 1
                if !isOptional, isNext("(") {
                    let place = current.at
                    let arguments = try arguments(until: ")")
                    node = try Macros.member(place, node, name, arguments)
                } else {
                    node = Node(at, .select(node, name, isOptional: isOptional))
                }
            } else if take("[") {
                let isOptional = take("?")
                let index = try expression()
                try require("]")
                node = Node(at, .index(node, index, isOptional: isOptional))
            } else {
                return node
            }
            node = try limited(node)
        }
    }

    private mutating func arguments(until end: String) throws(SyntaxFault) -> [Node] {
        position += 1
        var arguments: [Node] = []
        if take(end) { return arguments }
        repeat { arguments.append(try expression()) } while take(",")
        try require(end)
        return arguments
    }

    private mutating func primary() throws(SyntaxFault) -> Node {
        let token = current
        switch token.form {
        case .int(let value):
            if value == .min { throw SyntaxFault(at: token.at, "invalid int literal") }
            return literal(.int(value))
        case .uint(let value): return literal(.uint(value))
        case .double(let value): return literal(.double(value))
        case .string(let value): return literal(.string(value))
        case .bytes(let value): return literal(.bytes(value))
        case .identifier(let name): return try named(name, token)
        case .symbol("("):
            position += 1
            let inner = try expression()
            try require(")")
            return inner
        case .symbol("."):
            position += 1
            guard case .identifier(let name) = current.form else { throw unexpected("IDENTIFIER") }
            return try named(name, token)
        case .symbol("["): return try list()
        case .symbol("{"): return try map()
        default: throw unexpected(Self.beginnings)
        }
    }
    private mutating func literal(_ value: Value) -> Node {
        defer { position += 1 }
        return Node(current.at, .literal(value))
    }

    private mutating func named(_ name: String, _ token: Token) throws(SyntaxFault) -> Node {
        if !token.text.hasPrefix("`") {
            switch name {
            case "true": return literal(.bool(true))
            case "false": return literal(.bool(false))
            case "null": return literal(.null)
            case "in": throw unexpected(Self.beginnings)
            default:
                if Self.reserved.contains(name) {
                    throw SyntaxFault(at: token.at, "reserved identifier: \(name)")
                }
            }
        }
        position += 1
        guard isNext("(") else { return Node(token.at, .name(name)) }
        let place = current.at
        return try Macros.call(place, name, try arguments(until: ")"))
    }

    private mutating func list() throws(SyntaxFault) -> Node {
        let at = current.at
        position += 1
        var elements: [Node.Element] = []
        while !isNext("]") {
            let isOptional = take("?")
            elements.append(Node.Element(value: try expression(), isOptional: isOptional))
            if !take(",") { break }
        }
        try require("]")
        return Node(at, .list(elements))
    }
    private mutating func map() throws(SyntaxFault) -> Node {
        let at = current.at
        position += 1
        var entries: [Node.Entry] = []
        while !isNext("}") {
            let isOptional = take("?")
            let key = try expression()
            try require(":")
            entries.append(Node.Entry(key: key, value: try expression(), isOptional: isOptional))
            if !take(",") { break }
        }
        try require("}")
        return Node(at, .map(entries))
    }
}
