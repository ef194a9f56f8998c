import Basics

/// The schema once more, as flat arrays of plain values: what `TapeReader` walks beside a document's tape without counting
/// a reference or hashing a string.
struct CompactSchema: Sendable {
    /// What a value may be; for objects, lists and maps `inner` says of what.
    struct Value {
        enum Code: UInt8 {
            case string, boolean, int32, int64, double, bytes, time, microTime, duration, quantity, intOrString, any
            case object, list, map
        }
        var code: Code
        /// An index into `types` (object) or `values` (list, map).
        var inner: Int32
    }
    struct Field {
        var value: Value
        /// Whether it is written even when zero.
        var isAlwaysWritten: Bool
        /// Whether the zero value is as good as absence, and so is not stored.
        var isDroppedWhenZero: Bool
        var nameStart: Int32
        var nameLength: Int32
    }
    struct Kind {
        var firstField: Int32
        var firstSlot: Int32
        /// The number of slots less one; slots are a power of two.
        var slotMask: Int32
        var alwaysWrittenCount: Int32
    }

    private(set) var types: [Kind] = []
    private(set) var fields: [Field] = []
    private(set) var values: [Value] = []
    /// Hash tables, one after another: an index into the type's fields plus one, or 0 for an empty slot.
    private(set) var slots: [UInt16] = []
    private(set) var names: [UInt8] = []

    init(_ records: [TypeRecord]) {
        for record in records {
            let firstField = Int32(fields.count)
            for field in record.fields { add(field) }
            addSlots(record, firstField: firstField)
        }
    }

    private mutating func add(_ field: FieldRecord) {
        let nameStart = Int32(names.count)
        names.append(contentsOf: field.name.utf8)
        let value = compact(field.value)
        fields.append(
            Field(
                value: value, isAlwaysWritten: field.isAlwaysWritten,
                isDroppedWhenZero: !field.isPointer && !field.isAlwaysWritten, nameStart: nameStart,
                nameLength: Int32(names.count) - nameStart))
    }

    private mutating func compact(_ value: SchemaValue) -> Value {
        switch value {
        case .string: return Value(code: .string, inner: 0)
        case .boolean: return Value(code: .boolean, inner: 0)
        case .int32: return Value(code: .int32, inner: 0)
        case .int64: return Value(code: .int64, inner: 0)
        case .double: return Value(code: .double, inner: 0)
        case .bytes: return Value(code: .bytes, inner: 0)
        case .time: return Value(code: .time, inner: 0)
        case .microTime: return Value(code: .microTime, inner: 0)
        case .duration: return Value(code: .duration, inner: 0)
        case .quantity: return Value(code: .quantity, inner: 0)
        case .intOrString: return Value(code: .intOrString, inner: 0)
        case .any, .rawObject: return Value(code: .any, inner: 0)
        case .object(let index): return Value(code: .object, inner: Int32(index))
        case .list(let element): return Value(code: .list, inner: add(element))
        case .map(let element): return Value(code: .map, inner: add(element))
        }
    }

    private mutating func add(_ element: SchemaValue) -> Int32 {
        let value = compact(element)
        values.append(value)
        return Int32(values.count - 1)
    }

    private mutating func addSlots(_ record: TypeRecord, firstField: Int32) {
        var count = 4
        while count < record.fields.count * 2 { count *= 2 }
        let firstSlot = slots.count
        slots.append(contentsOf: repeatElement(0, count: count))
        for (index, field) in record.fields.enumerated() {
            var slot = Int(truncatingIfNeeded: FNV1a.hash32(field.name.utf8)) & (count - 1)
            while slots[firstSlot + slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[firstSlot + slot] = UInt16(index + 1)
        }
        types.append(
            Kind(
                firstField: firstField, firstSlot: Int32(firstSlot), slotMask: Int32(count - 1),
                alwaysWrittenCount: Int32(record.alwaysWritten.count)))
    }
}
