/// A list of changes to a JSON value (RFC 6902), as Kubernetes takes it.
public struct JSONPatch: Sendable {
    /// More operations than this are refused.
    public static let maximumOperations = 10_000
    /// What `copy` may add altogether, in bytes.
    public static let maximumCopiedBytes = 3 << 20

    enum Operation: Sendable {
        case add(JSONPointer, JSON)
        case remove(JSONPointer)
        case replace(JSONPointer, JSON)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, JSON)
    }
    let operations: [Operation]

    /// Throws 400 for what is no patch and 413 for one that is too long.
    public init(_ json: JSON) throws(StatusError) {
        guard json.isArray else {
            throw .badRequest(
                "error decoding patch: json: cannot unmarshal \(json.goKind) into Go value of type jsonpatch.Patch")
        }
        guard json.count <= Self.maximumOperations else {
            let allowed =
                "The allowed maximum operations in a JSON patch is \(Self.maximumOperations), got \(json.count)"
            throw StatusError(code: 413, reason: .requestEntityTooLarge, message: allowed)
        }
        var operations: [Operation] = []
        for operation in json.elements { operations.append(try Operation(operation)) }
        self.operations = operations
    }

    /// All operations in order, or none: throws 422 with the first that cannot be done.
    public func apply(to value: JSON) throws(StatusError) -> JSON {
        var target = value
        var copied = 0
        for operation in operations {
            do {
                try operation.apply(to: &target, copied: &copied)
            } catch {
                throw StatusError(
                    code: 422, reason: .invalid,
                    message: "the server rejected our request due to an error in our request",
                    causes: [.init(reason: "UnexpectedServerResponse", message: error.sentence, field: "patch")])
            }
        }
        return target
    }
}

extension JSONPatch.Operation {
    init(_ json: JSON) throws(StatusError) {
        guard json.isObject else { throw .badRequest("error decoding patch: an operation must be an object") }
        func pointer(_ name: String) throws(StatusError) -> JSONPointer {
            guard let text = json[name]?.string, let pointer = JSONPointer(text) else {
                throw .badRequest(
                    "error decoding patch: \(name) is missing or not a JSON pointer in operation \(json.text)")
            }
            return pointer
        }
        func value() throws(StatusError) -> JSON {
            guard let value = json["value"] else {
                throw .badRequest("error decoding patch: value is missing in operation \(json.text)")
            }
            return value
        }
        switch json["op"]?.string {
        case "add": self = .add(try pointer("path"), try value())
        case "remove": self = .remove(try pointer("path"))
        case "replace": self = .replace(try pointer("path"), try value())
        case "move": self = .move(from: try pointer("from"), to: try pointer("path"))
        case "copy": self = .copy(from: try pointer("from"), to: try pointer("path"))
        case "test": self = .test(try pointer("path"), json["value"] ?? .null)
        default: throw .badRequest("error decoding patch: unexpected kind: \(json["op"]?.text ?? "missing op")")
        }
    }

    func apply(to target: inout JSON, copied: inout Int) throws(PatchFailure) {
        switch self {
        case .add(let pointer, let value): try target.add(value, at: pointer)
        case .remove(let pointer): _ = try target.remove(at: pointer)
        case .replace(let pointer, let value):
            try target.change(pointer) { place throws(PatchFailure) in place = value }
        case .move(let from, let to):
            if to.tokens.starts(with: from.tokens) && to != from {
                throw PatchFailure("unable to move \"\(from)\" into \"\(to)\", which is inside it")
            }
            let value = try target.remove(at: from)
            try target.add(value, at: to)
        case .copy(let from, let to):
            let value = try target.value(at: from)
            copied += value.sizeHint
            guard copied <= JSONPatch.maximumCopiedBytes else {
                throw PatchFailure("unable to copy, the accumulated size increase of copy operations is too large")
            }
            try target.add(value, at: to)
        case .test(let pointer, let expected):
            let found = (try? target.value(at: pointer)) ?? .null
            guard found == expected else { throw PatchFailure("testing value \(pointer) failed: test failed") }
        }
    }
}

/// Why a patch cannot be applied.
struct PatchFailure: Error {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
