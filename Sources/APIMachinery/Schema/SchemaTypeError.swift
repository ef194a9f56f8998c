/// A value of the wrong type, in the words of Go's JSON decoder, which clients know.
public struct SchemaTypeError: Error, Sendable, Equatable, CustomStringConvertible {
    private enum Form: Equatable {
        /// `what` is Go's word for the value that was there, such as "string".
        case mismatch(what: String, goType: String)
        case sentence(String)
    }
    private var form: Form
    private var path = ""
    private var structName = ""

    static func mismatch(_ json: JSON, goType: String) -> SchemaTypeError { mismatch(json.goWord, goType: goType) }
    static func mismatch(_ what: String, goType: String) -> SchemaTypeError {
        SchemaTypeError(form: .mismatch(what: what, goType: goType))
    }
    static func sentence(_ text: String) -> SchemaTypeError { SchemaTypeError(form: .sentence(text)) }
    /// A mismatch inside a value that decodes itself, which does not know where it is.
    static func standalone(_ json: JSON, goType: String) -> SchemaTypeError {
        .sentence("json: cannot unmarshal \(json.goWord) into Go value of type \(goType)")
    }

    private init(form: Form) { self.form = form }

    /// Called from the inside out; the innermost struct is the one that is named.
    mutating func prepend(field: String, of type: String) {
        path = path.isEmpty ? field : "\(field).\(path)"
        if structName.isEmpty { structName = type }
    }

    public var description: String {
        switch form {
        case .sentence(let text): text
        case .mismatch(let what, let goType):
            path.isEmpty
                ? "json: cannot unmarshal \(what) into Go value of type \(goType)"
                : "json: cannot unmarshal \(what) into Go struct field \(structName).\(path) of type \(goType)"
        }
    }
}

extension JSON {
    /// Go's word for this value's kind in decoding errors.
    fileprivate var goWord: String {
        switch kind {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension Schema {
    /// A value's Go type as decoding errors show it, such as `[]v1.Container`.
    func goName(_ value: SchemaValue) -> String {
        switch value {
        case .string(let goType):
            switch goType {
            case "": "string"
            case "UID", "NodeName": "types.\(goType)"
            default: "v1.\(goType)"
            }
        case .boolean: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .duration: "v1.Duration"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        case .any: "interface {}"
        case .rawObject: "runtime.RawExtension"
        case .object(let index): records[index].goName
        case .list(let element): "[]\(goName(element))"
        case .map(.quantity): "v1.ResourceList"
        case .map(let element): "map[string]\(goName(element))"
        }
    }
}
