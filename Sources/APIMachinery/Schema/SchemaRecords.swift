/// A type as the schema stores it; references to types are indices, so that types may refer to each other freely.
struct TypeRecord: Sendable {
    enum Member: Sendable {
        case field(Int)
        case inlined(Int)
    }
    let name: String
    let shortName: String
    let isKind: Bool
    let isAtomic: Bool
    let fields: [FieldRecord]
    let membersByNumber: [Int: Member]
    /// Indices of the fields that are written even when zero.
    let alwaysWritten: [Int]
    /// An object of this type with nothing set, as it is written.
    let zero: JSON
    /// Messages whose fields are, in JSON, this type's own: protobuf number and type, by number.
    let inlined: [(number: Int, type: Int)]
    /// The number in this message of each field; 0 for those of inlined messages, and where protobuf has none.
    let numbers: [Int]
    private let indexByName: [String: Int]

    init(
        name: String, isKind: Bool, isAtomic: Bool, fields: [FieldRecord], membersByNumber: [Int: Member], zero: JSON
    ) {
        self.name = name
        self.shortName = String(name[(name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex)...])
        self.isKind = isKind
        self.isAtomic = isAtomic
        self.fields = fields
        self.membersByNumber = membersByNumber
        self.alwaysWritten = fields.indices.filter { fields[$0].isAlwaysWritten }
        self.zero = zero
        inlined = membersByNumber.compactMap { number, member in
            if case .inlined(let type) = member { (number: number, type: type) } else { nil }
        }.sorted { $0.number < $1.number }
        var numbers = fields.map { _ in 0 }
        for (number, member) in membersByNumber { if case .field(let index) = member { numbers[index] = number } }
        self.numbers = numbers
        var indexByName: [String: Int] = [:]
        for (index, field) in fields.enumerated() { indexByName[field.name] = index }
        self.indexByName = indexByName
    }

    func fieldIndex(_ name: String) -> Int? { indexByName[name] }
    /// The type's name as Go shows it in errors, such as `v1.PodSpec`.
    var goName: String {
        let parts = name.split(separator: ".")
        return parts.suffix(2).joined(separator: ".")
    }
}

/// A field as the schema stores it.
final class FieldRecord: Sendable {
    let name: String
    let number: Int
    let value: SchemaValue
    let isPointer: Bool
    let isRequired: Bool
    let isAlwaysWritten: Bool
    let listType: SchemaListType?
    let listMapKeys: [String]
    let isAtomicMap: Bool
    let mergesInPatch: Bool
    let mergeKey: String?
    let retainsKeys: Bool
    let patchStrategy: String
    let defaultValue: JSON?

    init(_ draft: FieldDraft, value: SchemaValue) {
        name = draft.name
        number = draft.number
        self.value = value
        isPointer = draft.isPointer
        isRequired = draft.isRequired
        isAlwaysWritten = draft.isAlwaysWritten
        let isList = if case .list = value { true } else { false }
        listType = isList ? draft.listType : nil
        listMapKeys = draft.listMapKeys
        isAtomicMap = !isList && draft.listType == .atomic
        mergesInPatch = draft.patchStrategies.contains("merge")
        mergeKey = draft.mergeKey
        retainsKeys = draft.patchStrategies.contains("retainKeys")
        patchStrategy = draft.patchStrategies.joined(separator: ",")
        defaultValue = draft.defaultValue
    }

    /// What is written when nothing is set: the empty object, zero, or null for lists, maps and pointers.
    func zero(_ zeroOfType: (Int) -> JSON) -> JSON {
        if isPointer { return .null }
        switch value {
        case .string: return ""
        case .boolean: return false
        case .int32, .int64, .double, .intOrString: return 0
        case .quantity: return "0"
        case .duration: return "0s"
        case .object(let index): return zeroOfType(index)
        case .bytes, .time, .microTime, .any, .rawObject, .list, .map: return .null
        }
    }
}
