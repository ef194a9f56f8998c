/// What an expression may name.
public struct Environment: Sendable {
    var variables: [String: ValueType]
    var functions: [String: [Function]] = [:]
    private let objects: @Sendable (String) -> [String: ValueType]?

    /// `objects` gives the fields of object types by name; a type without an answer has fields of any name.
    public init(
        variables: [String: ValueType], functions: [Function] = Libraries.all,
        objects: @escaping @Sendable (String) -> [String: ValueType]? = { _ in nil }
    ) {
        self.variables = variables
        self.objects = objects
        for function in functions { self.functions[function.name, default: []].append(function) }
    }
    func fields(of type: String) -> [String: ValueType]? { objects(type) }

    /// `optional.of`, `sets.contains`: a call that looks like one on a member and is one of a function in a namespace.
    func qualified(_ target: Node, _ name: String, isBound: (String) -> Bool) -> [Function]? {
        guard case .name(let space) = target.form, !isBound(space) else { return nil }
        return functions["\(space).\(name)"]
    }
    static let typeNames: [String: ValueType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "list": .listOfAny, "map": .map(.dyn, .dyn), "null_type": .null, "type": .type,
    ]
}

/// One overload of a function.
public struct Function: Sendable {
    public typealias Body = @Sendable ([Value]) throws(EvaluationError) -> Value
    var name: String
    /// The first argument stands before the point.
    var isMember: Bool
    var parameters: [ValueType]
    var result: ValueType
    /// How many elements or bytes it reads of these arguments; a tenth of it is charged.
    var reads: @Sendable ([Value]) -> Int
    var body: Body

    public init(
        _ name: String, _ parameters: [ValueType], _ result: ValueType, isMember: Bool = false,
        reads: @escaping @Sendable ([Value]) -> Int = { $0.reduce(0) { $0 + $1.size } }, _ body: @escaping Body
    ) {
        self.name = name
        self.isMember = isMember
        self.parameters = parameters
        self.result = result
        self.reads = reads
        self.body = body
    }
    /// `a.name(…)`
    public static func member(
        _ name: String, _ parameters: [ValueType], _ result: ValueType,
        reads: @escaping @Sendable ([Value]) -> Int = { $0.reduce(0) { $0 + $1.size } }, _ body: @escaping Body
    ) -> Function {
        Function(name, parameters, result, isMember: true, reads: reads, body)
    }

    /// What it gives for arguments of these types; nil if it does not take them.
    func type(for arguments: [ValueType], isMember: Bool) -> ValueType? {
        guard isMember == self.isMember, arguments.count == parameters.count else { return nil }
        var letters: [String: ValueType] = [:]
        for (argument, parameter) in zip(arguments, parameters) where !argument.fits(parameter, &letters) {
            return nil
        }
        return result.filled(letters)
    }
    func takes(_ arguments: [Value], isMember: Bool) -> Bool {
        type(for: arguments.map(\.type), isMember: isMember) != nil
    }
}
