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
        /// How server-side apply takes its value apart.
        var parts: Parts
        /// Its place among the type's fields in the order of their names.
        var rank: Int32
        /// What Go writes for it when it is not set, where it writes something.
        var isNullWhenZero: Bool
    }
    /// How a value is owned: as a whole, by its members, by elements that these keys tell apart, or as a set.
    enum Parts {
        case whole, members, set
        /// An index into `keys`.
        case keyed(Int32)
    }
    /// A member that tells the elements of a list apart.
    struct Key {
        var name: [UInt8]
        /// Whether it has a value where it is left out.
        var hasDefault: Bool
    }
    struct Kind {
        var firstField: Int32
        var firstSlot: Int32
        /// The number of slots less one; slots are a power of two.
        var slotMask: Int32
        var alwaysWrittenCount: Int32
        /// Whether apply takes its values as a whole.
        var isAtomic: Bool
    }

    private(set) var types: [Kind] = []
    private(set) var fields: [Field] = []
    private(set) var values: [Value] = []
    /// Hash tables, one after another: an index into the type's fields plus one, or 0 for an empty slot.
    private(set) var slots: [UInt16] = []
    private(set) var names: [UInt8] = []
    /// The keys of lists, those of one list in the order of their names.
    private(set) var keys: [[Key]] = []

    init(_ records: [TypeRecord]) {
        for record in records {
            let firstField = Int32(fields.count)
            let sorted = record.fields.indices.sorted {
                record.fields[$0].name.utf8.lexicographicallyPrecedes(record.fields[$1].name.utf8)
            }
            var ranks = [Int32](repeating: 0, count: sorted.count)
            for (rank, index) in sorted.enumerated() { ranks[index] = Int32(rank) }
            for (index, field) in record.fields.enumerated() { add(field, rank: ranks[index], records) }
            addSlots(record, firstField: firstField)
        }
    }

    private mutating func add(_ field: FieldRecord, rank: Int32, _ records: [TypeRecord]) {
        let nameStart = Int32(names.count)
        names.append(contentsOf: field.name.utf8)
        let value = compact(field.value)
        fields.append(
            Field(
                value: value, isAlwaysWritten: field.isAlwaysWritten,
                isDroppedWhenZero: !field.isPointer && !field.isAlwaysWritten, nameStart: nameStart,
                nameLength: Int32(names.count) - nameStart, parts: parts(field, records), rank: rank,
                isNullWhenZero: field.zero { _ in .object }.isNull))
    }

    private mutating func parts(_ field: FieldRecord, _ records: [TypeRecord]) -> Parts {
        if field.isAtomicMap { return .whole }
        switch field.value {
        case .object(let index): return records[index].isAtomic ? .whole : .members
        case .map, .any, .rawObject: return .members
        case .list(let element):
            switch field.listType {
            case .atomic, nil: return .whole
            case .set: return .set
            case .map:
                guard case .object(let index) = element else { return .whole }
                keys.append(
                    field.listMapKeys.sorted().map { name in
                        let member = records[index].fieldIndex(name).map { records[index].fields[$0] }
                        return Key(name: Array(name.utf8), hasDefault: member?.defaultValue != nil)
                    })
                return .keyed(Int32(keys.count - 1))
            }
        default: return .whole
        }
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
                alwaysWrittenCount: Int32(record.alwaysWritten.count), isAtomic: record.isAtomic))
    }
}
