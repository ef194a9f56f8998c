/// Calls that bind names, and so are no functions.
enum Macros {
    static func call(_ at: Int, _ name: String, _ arguments: [Node]) throws(SyntaxFault) -> Node {
        guard name == "has", arguments.count == 1 else { return Node(at, .call(name, arguments)) }
        guard case .select(let operand, let field, isOptional: false) = arguments[0].form else {
            throw SyntaxFault(at: arguments[0].at, "invalid argument to has() macro")
        }
        return Node(at, .has(operand, field))
    }

    static func member(_ at: Int, _ target: Node, _ name: String, _ arguments: [Node]) throws(SyntaxFault) -> Node {
        if name == "bind", arguments.count == 3, case .name("cel") = target.form {
            guard case .name(let variable) = arguments[0].form else {
                throw SyntaxFault(at: arguments[0].at, "cel.bind() variable names must be simple identifiers")
            }
            return Node(at, .bind(variable, arguments[1], arguments[2]))
        }
        let known: Node.Comprehension.Kind? =
            name == "existsOne" ? .existsOne : Node.Comprehension.Kind(rawValue: name)
        guard let kind = known, let shape = shape(kind, arguments.count) else {
            return Node(at, .member(target, name, arguments))
        }
        var names: [String] = []
        for argument in arguments.prefix(shape.names) {
            guard case .name(let variable) = argument.form else {
                throw SyntaxFault(at: argument.at, "argument must be a simple name")
            }
            names.append(variable)
        }
        let rest = arguments.dropFirst(shape.names)
        return Node(
            at,
            .comprehension(
                Node.Comprehension(
                    kind: kind, range: target, names: names, condition: shape.hasCondition ? rest.first : nil,
                    result: shape.hasResult ? rest.last : nil)))
    }

    private static func shape(
        _ kind: Node.Comprehension.Kind, _ count: Int
    ) -> (names: Int, hasCondition: Bool, hasResult: Bool)? {
        switch (kind, count) {
        case (.all, 2), (.exists, 2), (.existsOne, 2), (.filter, 2): (1, true, false)
        case (.all, 3), (.exists, 3), (.existsOne, 3): (2, true, false)
        case (.map, 2), (.optMap, 2), (.optFlatMap, 2): (1, false, true)
        case (.map, 3): (1, true, true)
        case (.transformList, 3), (.transformMap, 3): (2, false, true)
        case (.transformList, 4), (.transformMap, 4): (2, true, true)
        default: nil
        }
    }
}
