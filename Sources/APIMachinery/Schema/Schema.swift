/// The types of an API by name, read once from the schema notation and immutable since: what pruning, type errors,
/// defaults, patches, server-side apply, protobuf and OpenAPI are driven by.
///
/// The notation is text, one type after another, one line per field:
///
///     package io.k8s.api.core.v1
///     use meta io.k8s.apimachinery.pkg.apis.meta.v1
///     kind Service
///       metadata 1 meta.ObjectMeta always
///     type ServicePort
///       name 1 string
///       protocol 2 string:Protocol default "TCP"
///       port 3 int32 required always
///       appProtocol 6 *string
///     type ServiceSpec
///       ports 1 [ServicePort] map(port,protocol) merge(port)
///       selector 2 {string} atomic
///
/// - `kind` is a type with `apiVersion` and `kind`; `atomic` after a type's name marks values that are replaced whole.
/// - A field is its JSON name, its protobuf number (0: none) and its value: `string` (`string:Name` where Go has a
///   named type), `bool`, `int32`, `int64`, `double`, `bytes`, `time`, `micro-time`, `duration`, `quantity`,
///   `int-or-string`, `any`, `raw` (an object of any form), a type, `[list]` or `{map}`. `*` means that the zero value
///   differs from absence; without it zero values are not kept.
/// - Then, in any order: `required` (OpenAPI's word), `always` (written even when it is zero), the list or map type
///   `atomic`, `set`, `map(keys)`, `granular`, the patch strategy `merge`, `merge(key)`, `retainKeys`, `replace`, and last
///   `default` with a JSON value.
/// - `name 1 inline T`: in JSON the fields of `T` are this type's own; in protobuf they are message 1.
public final class Schema: Sendable {
    let records: [TypeRecord]
    let indexByName: [String: Int]
    let compact: CompactSchema
    /// What could not be read, a sentence each with the line; empty for a sound notation.
    public let problems: [String]

    /// Reads the notation; what it cannot read is skipped and told in `problems`.
    public convenience init(notation: [String]) {
        var reader = SchemaNotationReader()
        for text in notation { reader.read(text) }
        self.init(reader.finish())
    }

    init(_ result: (records: [TypeRecord], problems: [String])) {
        records = result.records
        problems = result.problems
        compact = CompactSchema(result.records)
        var indexByName: [String: Int] = [:]
        for (index, record) in result.records.enumerated() { indexByName[record.name] = index }
        self.indexByName = indexByName
    }

    /// The type of this full name, such as `io.k8s.api.core.v1.PodSpec`.
    public func type(named name: String) -> SchemaType? {
        indexByName[name].map { SchemaType(schema: self, index: $0) }
    }
    /// All types in the order of the notation.
    public var types: [SchemaType] { records.indices.map { SchemaType(schema: self, index: $0) } }
    /// The type that `.object` names.
    public func type(at index: Int) -> SchemaType { SchemaType(schema: self, index: index) }
    /// The type of an object, of a list's elements or of a map's values, however deep; nil for scalars.
    public func type(of value: SchemaValue) -> SchemaType? {
        switch value {
        case .object(let index): SchemaType(schema: self, index: index)
        case .list(let element), .map(let element): type(of: element)
        default: nil
        }
    }
}

/// What a field holds.
public indirect enum SchemaValue: Sendable, Equatable {
    /// A string; the name of its Go type where that is not `string`.
    case string(goType: String)
    case boolean, int32, int64, double
    /// Base64 in JSON.
    case bytes
    /// RFC 3339 with whole seconds, with microseconds, and Go's duration text ("1h30m").
    case time, microTime, duration
    case quantity, intOrString
    /// Any JSON value, and an object of any form (RawExtension, FieldsV1).
    case any, rawObject
    /// An object of the type at this index of the schema.
    case object(Int)
    case list(SchemaValue)
    /// An object whose members all have this value.
    case map(SchemaValue)
}

/// How server-side apply merges a list (`x-kubernetes-list-type`).
public enum SchemaListType: String, Sendable { case atomic, set, map }

/// One type of a schema.
public struct SchemaType: Sendable, Equatable, CustomStringConvertible {
    public let schema: Schema
    let index: Int
    var record: TypeRecord { schema.records[index] }

    public static func == (left: SchemaType, right: SchemaType) -> Bool {
        left.schema === right.schema && left.index == right.index
    }
    public var description: String { name }

    /// The full name, such as `io.k8s.api.core.v1.PodSpec`.
    public var name: String { record.name }
    /// The last word of the name, such as `PodSpec`.
    public var shortName: String { record.shortName }
    /// Whether it has `apiVersion` and `kind`.
    public var isKind: Bool { record.isKind }
    /// Whether apply replaces values of this type whole (`x-kubernetes-map-type: atomic`).
    public var isAtomic: Bool { record.isAtomic }
    /// The fields as JSON has them, those of inlined types included.
    public var fields: [SchemaField] { record.fields.map { SchemaField(schema: schema, record: $0) } }
    public func field(_ name: String) -> SchemaField? {
        record.fieldIndex(name).map { SchemaField(schema: schema, record: record.fields[$0]) }
    }
    /// What the protobuf field of this number holds.
    public func protobufMember(_ number: Int) -> SchemaProtobufMember? {
        switch record.membersByNumber[number] {
        case .field(let at): .field(SchemaField(schema: schema, record: record.fields[at]))
        case .inlined(let at): .inlined(SchemaType(schema: schema, index: at))
        case nil: nil
        }
    }
}

/// What a protobuf field number of a message stands for.
public enum SchemaProtobufMember: Sendable {
    case field(SchemaField)
    /// A message whose fields are, in JSON, fields of the message around it.
    case inlined(SchemaType)
}

/// One field of a type.
public struct SchemaField: Sendable {
    public let schema: Schema
    let record: FieldRecord

    public var name: String { record.name }
    /// The protobuf field number; 0 when protobuf does not have it in this message.
    public var number: Int { record.number }
    public var value: SchemaValue { record.value }
    /// The type of the object, of the list's elements or of the map's values; nil for scalars.
    public var type: SchemaType? { schema.type(of: record.value) }
    /// Whether a zero value (0, false, "") differs from absence.
    public var isPointer: Bool { record.isPointer }
    public var isRequired: Bool { record.isRequired }
    /// Whether it is written even when it is zero.
    public var isAlwaysWritten: Bool { record.isAlwaysWritten }
    public var listType: SchemaListType? { record.listType }
    /// The members that tell elements of a `map` list apart.
    public var listMapKeys: [String] { record.listMapKeys }
    /// Whether apply replaces this map or object whole.
    public var isAtomicMap: Bool { record.isAtomicMap }
    /// Strategic merge patch: merge lists and objects instead of replacing them; nil key for lists of scalars.
    public var mergesInPatch: Bool { record.mergesInPatch }
    public var mergeKey: String? { record.mergeKey }
    /// Strategic merge patch: `retainKeys` clears the members that `$retainKeys` does not name.
    public var retainsKeys: Bool { record.retainsKeys }
    /// Kubernetes' `patchStrategy` text, such as "merge,retainKeys"; empty without one.
    public var patchStrategy: String { record.patchStrategy }
    /// The constant default of the API description.
    public var defaultValue: JSON? { record.defaultValue }
}
