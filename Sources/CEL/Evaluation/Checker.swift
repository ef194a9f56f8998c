/// Finds what is known of every part before it runs, and what cannot be right.
struct Checker {
    private let environment: Environment
    private var scopes: [(name: String, type: ValueType)] = []
    private(set) var faults: [SyntaxFault] = []

    init(_ environment: Environment) { self.environment = environment }

    mutating func type(of node: Node) -> ValueType {
        switch node.form {
        case .literal(let value): return value.type
        case .name(let name): return named(name, node.at)
        case .select(let operand, let field, let isOptional):
            let found = member(field, of: type(of: operand), node.at)
            return isOptional ? .optional(found.unwrapped) : found
        case .has(let operand, let field):
            _ = member(field, of: type(of: operand), node.at)
            return .bool
        case .index(let operand, let index, let isOptional):
            let found = element(type(of: operand), type(of: index), node.at)
            return isOptional ? .optional(found.unwrapped) : found
        case .call(let name, let arguments):
            return call(environment.functions[name], name, arguments.map { type(of: $0) }, isMember: false, node.at)
        case .member(let target, let name, let arguments):
            if let functions = environment.qualified(target, name, isBound: isBound) {
                let types = arguments.map { type(of: $0) }
                return call(functions, "\(functions[0].name)", types, isMember: false, node.at)
            }
            let types = [type(of: target)] + arguments.map { type(of: $0) }
            return call(environment.functions[name], name, types, isMember: true, node.at)
        case .operation(let operation, let operands):
            let types = operands.map { type(of: $0) }
            for signature in Operators.signatures[operation] ?? [] {
                if let result = signature.type(for: types, isMember: false) { return result }
            }
            return noOverload(operation.rawValue, types, isMember: false, node.at)
        case .and(let left, let right): return logical("_&&_", left, right, node.at)
        case .or(let left, let right): return logical("_||_", left, right, node.at)
        case .conditional(let condition, let first, let second):
            let types = [type(of: condition), type(of: first), type(of: second)]
            if types[0] != .bool, types[0] != .dyn { return noOverload("_?_:_", types, isMember: false, node.at) }
            return types[1].joined(types[2])
        case .list(let elements): return .list(joined(elements.map { ($0.value, $0.isOptional) }))
        case .map(let entries):
            return .map(
                joined(entries.map { ($0.key, false) }), joined(entries.map { ($0.value, $0.isOptional) }))
        case .comprehension(let comprehension): return self.comprehension(comprehension, node.at)
        case .bind(let name, let value, let body):
            let bound = type(of: value)
            return within([(name, bound)]) { $0.type(of: body) }
        }
    }

    // MARK: Parts

    private func isBound(_ name: String) -> Bool {
        environment.variables[name] != nil || scopes.contains { $0.name == name }
    }
    private mutating func named(_ name: String, _ at: Int) -> ValueType {
        if let local = scopes.last(where: { $0.name == name }) { return local.type }
        if let type = environment.variables[name] { return type }
        if Environment.typeNames[name] != nil { return .type }
        return fault(at, "undeclared reference to '\(name)' (in container '')")
    }

    private mutating func member(_ field: String, of type: ValueType, _ at: Int) -> ValueType {
        switch type {
        case .dyn: return .dyn
        case .map(_, let value): return value
        case .optional(let inner): return .optional(member(field, of: inner, at).unwrapped)
        case .named(let name):
            guard let fields = environment.fields(of: name) else { return .dyn }
            return fields[field] ?? fault(at, "undefined field '\(field)'")
        default: return fault(at, "type '\(type)' does not support field selection")
        }
    }

    private mutating func element(_ type: ValueType, _ index: ValueType, _ at: Int) -> ValueType {
        switch type {
        case .dyn: return .dyn
        case .optional(let inner): return .optional(element(inner, index, at).unwrapped)
        case .list(let element) where [.int, .uint, .double, .dyn].contains(index): return element
        case .map(let key, let value):
            var letters: [String: ValueType] = [:]
            if index.fits(key, &letters) { return value }
        default: break
        }
        return noOverload("_[_]", [type, index], isMember: false, at)
    }

    private mutating func call(
        _ functions: [Function]?, _ name: String, _ types: [ValueType], isMember: Bool, _ at: Int
    ) -> ValueType {
        guard let functions else { return fault(at, "undeclared reference to '\(name)' (in container '')") }
        var results: [ValueType] = []
        for function in functions {
            if let result = function.type(for: types, isMember: isMember) { results.append(result) }
        }
        guard let first = results.first else { return noOverload(name, types, isMember: isMember, at) }
        return results.allSatisfy { $0 == first } ? first : .dyn
    }

    private mutating func logical(_ name: String, _ left: Node, _ right: Node, _ at: Int) -> ValueType {
        let types = [type(of: left), type(of: right)]
        if types.contains(where: { $0 != .bool && $0 != .dyn }) { return noOverload(name, types, isMember: false, at) }
        return .bool
    }

    private mutating func joined(_ parts: [(node: Node, isOptional: Bool)]) -> ValueType {
        var result: ValueType?
        for part in parts {
            let found = type(of: part.node)
            let type = part.isOptional ? found.unwrapped : found
            result = result.map { $0.joined(type) } ?? type
        }
        return result ?? .dyn
    }

    private mutating func comprehension(_ it: Node.Comprehension, _ at: Int) -> ValueType {
        let range = type(of: it.range)
        let element: ValueType
        var second = ValueType.dyn
        switch (it.kind, range) {
        case (.optMap, .optional(let value)), (.optFlatMap, .optional(let value)): element = value
        case (.optMap, .dyn), (.optFlatMap, .dyn), (_, .dyn): element = .dyn
        case (_, .list(let type)): (element, second) = it.names.count == 2 ? (.int, type) : (type, .dyn)
        case (_, .map(let key, let value)): (element, second) = (key, value)
        default:
            return fault(
                it.range.at,
                "expression of type '\(range)' cannot be range of a comprehension (must be list, map, or dynamic)")
        }
        let bound = Array(zip(it.names, [element, second]))
        let (condition, result) = within(bound) { checker in
            (it.condition.map { checker.type(of: $0) }, it.result.map { checker.type(of: $0) })
        }
        if let condition, condition != .bool, condition != .dyn {
            return fault(
                it.condition?.at ?? at, "expected type 'bool' but found '\(condition)'")
        }
        switch it.kind {
        case .all, .exists, .existsOne: return .bool
        case .filter: if case .list = range { return range } else { return .list(element) }
        case .map, .transformList: return .list(result ?? .dyn)
        case .transformMap: return .map(element, result ?? .dyn)
        case .optMap: return .optional((result ?? .dyn))
        case .optFlatMap: return result ?? .dyn
        }
    }

    private mutating func within<T>(_ names: [(String, ValueType)], _ body: (inout Checker) -> T) -> T {
        scopes += names.map { (name: $0.0, type: $0.1) }
        defer { scopes.removeLast(names.count) }
        return body(&self)
    }

    // MARK: Faults

    private mutating func fault(_ at: Int, _ sentence: String) -> ValueType {
        faults.append(SyntaxFault(at: at, sentence))
        return .dyn
    }
    private mutating func noOverload(
        _ name: String, _ types: [ValueType], isMember: Bool, _ at: Int
    ) -> ValueType {
        let list = types.dropFirst(isMember ? 1 : 0).map(\.description).joined(separator: ", ")
        let form = isMember ? "\(types[0]).(\(list))" : "(\(list))"
        return fault(at, "found no matching overload for '\(name)' applied to '\(form)'")
    }
}

extension ValueType {
    /// Of an optional, what it may hold.
    fileprivate var unwrapped: ValueType { if case .optional(let inner) = self { inner } else { self } }
}
