/// Runs an expression once.
struct Evaluator {
    private let environment: Environment
    private let variables: (String) -> Value?
    private var locals: [(name: String, value: Value)] = []
    private(set) var cost = 0
    private let costLimit: Int

    init(_ environment: Environment, costLimit: Int, _ variables: @escaping (String) -> Value?) {
        self.environment = environment
        self.costLimit = costLimit
        self.variables = variables
    }

    private mutating func charge(_ amount: Int) throws(EvaluationError) {
        cost += amount
        if cost > costLimit { throw .tooDear }
    }

    mutating func value(of node: Node) throws(EvaluationError) -> Value {
        switch node.form {
        case .literal(let value): return value
        case .name(let name):
            try charge(1)
            return try named(name)
        case .select(let operand, let field, let isOptional):
            let operand = try value(of: operand)
            try charge(1)
            return try pick(.string(field), from: operand, isOptional: isOptional, isMember: true)
        case .has(let operand, let field):
            let operand = try value(of: operand)
            try charge(1)
            if case .optional(let inner) = operand {
                guard let inner else { return .bool(false) }
                return .bool(try lookUp(.string(field), in: inner, isMember: true) != nil)
            }
            return .bool(try lookUp(.string(field), in: operand, isMember: true) != nil)
        case .index(let operand, let index, let isOptional):
            let operand = try value(of: operand)
            let index = try value(of: index)
            try charge(1)
            return try pick(index, from: operand, isOptional: isOptional, isMember: false)
        case .call(let name, let arguments):
            return try call(environment.functions[name] ?? [], try values(arguments), isMember: false)
        case .member(let target, let name, let arguments):
            if let functions = environment.qualified(target, name, isBound: isBound) {
                return try call(functions, try values(arguments), isMember: false)
            }
            return try call(environment.functions[name] ?? [], try values([target] + arguments), isMember: true)
        case .operation(let operation, let operands):
            let operands = try values(operands)
            try charge(1 + Operators.reads(operation, operands) / 10)
            return try Operators.apply(operation, operands)
        case .and(let left, let right): return try logical(left, right, decides: false)
        case .or(let left, let right): return try logical(left, right, decides: true)
        case .conditional(let condition, let first, let second):
            try charge(1)
            guard let isFirst = try value(of: condition).bool else { throw .noOverload }
            return try value(of: isFirst ? first : second)
        case .list(let elements): return try list(elements)
        case .map(let entries): return try map(entries)
        case .comprehension(let comprehension): return try self.comprehension(comprehension)
        case .bind(let name, let bound, let body):
            let bound = try value(of: bound)
            locals.append((name, bound))
            defer { locals.removeLast() }
            return try value(of: body)
        }
    }

    private mutating func values(_ nodes: [Node]) throws(EvaluationError) -> [Value] {
        var values: [Value] = []
        for node in nodes { values.append(try value(of: node)) }
        return values
    }

    // MARK: Names and members

    private func isBound(_ name: String) -> Bool {
        environment.variables[name] != nil || locals.contains { $0.name == name }
    }
    private func named(_ name: String) throws(EvaluationError) -> Value {
        if let local = locals.last(where: { $0.name == name }) { return local.value }
        if let value = variables(name) { return value }
        if let type = Environment.typeNames[name] { return .type(type) }
        throw EvaluationError("no such attribute(s): \(name)")
    }

    private func pick(
        _ key: Value, from holder: Value, isOptional: Bool, isMember: Bool
    ) throws(EvaluationError) -> Value {
        if case .optional(let inner) = holder {
            guard let inner else { return holder }
            return .optional(try lookUp(key, in: inner, isMember: isMember))
        }
        let found = try lookUp(key, in: holder, isMember: isMember)
        if isOptional { return .optional(found) }
        if let found { return found }
        if case .list = holder { throw EvaluationError("index out of bounds: \(key.text)") }
        throw .noKey(key.text)
    }

    /// nil for what is not there.
    private func lookUp(_ key: Value, in holder: Value, isMember: Bool) throws(EvaluationError) -> Value? {
        switch holder {
        case .map(let map): return map.value(key)
        case .list(let list):
            guard !isMember, let index = key.wholeNumber else { throw .noOverload }
            return list.indices.contains(index) ? list[index] : nil
        default: throw .noOverload
        }
    }

    // MARK: Calls

    private mutating func call(
        _ functions: [Function], _ arguments: [Value], isMember: Bool
    ) throws(EvaluationError) -> Value {
        guard let function = functions.first(where: { $0.takes(arguments, isMember: isMember) }) else {
            throw .noOverload
        }
        try charge(1 + (function.reads(arguments) + 9) / 10)
        return try function.body(arguments)
    }

    /// What either side decides is so, though the other fails.
    private mutating func logical(_ left: Node, _ right: Node, decides: Bool) throws(EvaluationError) -> Value {
        try charge(1)
        var failure: EvaluationError?
        for side in [left, right] {
            do throws(EvaluationError) {
                guard let value = try value(of: side).bool else { throw .noOverload }
                if value == decides { return .bool(decides) }
            } catch {
                if error.isStop { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!decides)
    }

    // MARK: Made of parts

    private mutating func list(_ elements: [Node.Element]) throws(EvaluationError) -> Value {
        try charge(10)
        var values: [Value] = []
        for element in elements {
            let value = try value(of: element.value)
            if !element.isOptional {
                values.append(value)
            } else if case .optional(let inner) = value {
                if let inner { values.append(inner) }
            } else {
                throw .noOverload
            }
        }
        return .list(values)
    }
    private mutating func map(_ entries: [Node.Entry]) throws(EvaluationError) -> Value {
        try charge(30)
        var map = ValueMap()
        for entry in entries {
            let key = try value(of: entry.key)
            var value = try value(of: entry.value)
            if entry.isOptional {
                guard case .optional(let inner) = value else { throw .noOverload }
                guard let inner else { continue }
                value = inner
            }
            if map.value(key) != nil { throw EvaluationError("Failed with repeated key") }
            if !map.set(key, value) { throw EvaluationError("unsupported key type: \(key.type)") }
        }
        return .map(map)
    }

    // MARK: Comprehensions

    private mutating func comprehension(_ it: Node.Comprehension) throws(EvaluationError) -> Value {
        let range = try value(of: it.range)
        try charge(1)
        if it.kind == .optMap || it.kind == .optFlatMap {
            guard case .optional(let inner) = range else { throw .noOverload }
            guard let inner, let result = it.result else { return .optional(nil) }
            let made = try within(it, inner, nil) { evaluator throws(EvaluationError) in
                try evaluator.value(of: result)
            }
            return it.kind == .optMap ? .optional(made) : made
        }
        var sum = Accumulator(it.kind)
        switch range {
        case .list(let elements):
            for (index, element) in elements.enumerated() {
                let (first, second) = it.names.count == 2 ? (Value.int(Int64(index)), element) : (element, nil)
                if try step(it, first, second, &sum) { break }
            }
        case .map(let map):
            for key in map.keys {
                if try step(it, key, it.names.count == 2 ? map.value(key) : nil, &sum) { break }
            }
        default: throw .noOverload
        }
        return try sum.result()
    }

    /// Whether no other element can change the outcome.
    private mutating func step(
        _ it: Node.Comprehension, _ first: Value, _ second: Value?, _ sum: inout Accumulator
    ) throws(EvaluationError) -> Bool {
        try charge(2)
        var copy = sum
        let isDone = try within(it, first, second) { evaluator throws(EvaluationError) in
            do throws(EvaluationError) {
                var isMet = true
                if let condition = it.condition {
                    guard let value = try evaluator.value(of: condition).bool else { throw .noOverload }
                    isMet = value
                }
                if sum.kind.isQuestion { return copy.count(isMet) }
                if !isMet { return false }
                let made = try it.result.map { node throws(EvaluationError) in try evaluator.value(of: node) }
                try copy.add(key: first, made ?? first)
                return false
            } catch {
                if error.isStop || !copy.absorbs { throw error }
                copy.failure = copy.failure ?? error
                return false
            }
        }
        sum = copy
        return isDone
    }

    private mutating func within<T>(
        _ it: Node.Comprehension, _ first: Value, _ second: Value?,
        _ body: (inout Evaluator) throws(EvaluationError) -> T
    ) throws(EvaluationError) -> T {
        locals.append((it.names[0], first))
        if it.names.count == 2 { locals.append((it.names[1], second ?? .null)) }
        defer { locals.removeLast(it.names.count) }
        return try body(&self)
    }
}

/// What a comprehension has come to so far.
private struct Accumulator {
    let kind: Node.Comprehension.Kind
    private var met = 0
    private var isDecided = false
    private var list: [Value] = []
    private var map = ValueMap()
    var failure: EvaluationError?

    init(_ kind: Node.Comprehension.Kind) { self.kind = kind }

    /// Another element may decide although one failed.
    var absorbs: Bool { kind == .all || kind == .exists }

    mutating func count(_ isMet: Bool) -> Bool {
        if isMet { met += 1 }
        isDecided = kind == .all ? !isMet : kind == .exists && isMet
        return isDecided
    }
    mutating func add(key: Value, _ value: Value) throws(EvaluationError) {
        if kind == .transformMap {
            if !map.set(key, value) { throw EvaluationError("unsupported key type: \(key.type)") }
        } else {
            list.append(value)
        }
    }
    func result() throws(EvaluationError) -> Value {
        if kind.isQuestion {
            if isDecided { return .bool(kind == .exists) }
            if let failure { throw failure }
            return .bool(kind == .existsOne ? met == 1 : kind == .all)
        }
        return kind == .transformMap ? .map(map) : .list(list)
    }
}

extension Node.Comprehension.Kind {
    fileprivate var isQuestion: Bool { self == .all || self == .exists || self == .existsOne }
}

extension Value {
    /// An index: a number without a fraction.
    var wholeNumber: Int? {
        switch self {
        case .int(let value): Int(value)
        case .uint(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }
}
