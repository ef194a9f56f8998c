import Basics

/// Writes the fields of a new object as fieldsV1, in one walk over its text beside the schema: what `FieldSet` and its walks
/// would say of the difference from an object of the type with nothing set, without making a set. Text and tape are written
/// side by side.
struct FieldsWriter {
    /// What the object with nothing set has in a place.
    private enum Base { case absent, null, zero }

    private let text: UnsafeBufferPointer<UInt8>
    private let input: UnsafeBufferPointer<UInt64>
    private let types: UnsafeBufferPointer<CompactSchema.Kind>
    private let fields: UnsafeBufferPointer<CompactSchema.Field>
    private let values: UnsafeBufferPointer<CompactSchema.Value>
    private let slots: UnsafeBufferPointer<UInt16>
    private let names: UnsafeBufferPointer<UInt8>
    private let keys: [[CompactSchema.Key]]
    private var output = FieldsText()
    /// Whether something was met that only the close walks can tell: names with escapes, elements that are alike, or lack what has a default.
    private var isBeyond = false

    /// fieldsV1 of an object, without those of its fields that nobody owns, and without `status` where that is not the
    /// writer's; nil if the close walks have to say it.
    static func fields(of object: JSON, _ type: SchemaType, withoutStatus: Bool) -> JSON? {
        guard case .slice(let document, let index) = object.frozen.node, document.token(Int(index)).kind == .object
        else {
            return nil
        }
        let schema = type.schema.compact
        return document.text.withUnsafeBufferPointer { text in
            document.tape.withUnsafeBufferPointer { tape in
                schema.types.withUnsafeBufferPointer { types in
                    schema.fields.withUnsafeBufferPointer { fields in
                        schema.values.withUnsafeBufferPointer { values in
                            schema.slots.withUnsafeBufferPointer { slots in
                                schema.names.withUnsafeBufferPointer { names in
                                    var writer = FieldsWriter(
                                        text: text, input: tape, types: types, fields: fields, values: values,
                                        slots: slots, names: names, keys: schema.keys)
                                    writer.root(Int(index), type.index, withoutStatus: withoutStatus)
                                    if writer.isBeyond { return nil }
                                    return writer.output.json
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private init(
        text: UnsafeBufferPointer<UInt8>, input: UnsafeBufferPointer<UInt64>,
        types: UnsafeBufferPointer<CompactSchema.Kind>, fields: UnsafeBufferPointer<CompactSchema.Field>,
        values: UnsafeBufferPointer<CompactSchema.Value>, slots: UnsafeBufferPointer<UInt16>,
        names: UnsafeBufferPointer<UInt8>, keys: [[CompactSchema.Key]]
    ) {
        self.text = text
        self.input = input
        self.types = types
        self.fields = fields
        self.values = values
        self.slots = slots
        self.names = names
        self.keys = keys
    }

    /// A part of the text.
    private func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text[range]) }
    /// A name's or a string's, without the quotes.
    private func content(_ token: Token) -> UnsafeBufferPointer<UInt8> { bytes(token.start + 1..<token.end - 1) }

    private func token(_ index: Int) -> Token { Token(bits: input[index]) }
    private func end(_ index: Int) -> Int { index + Extent(bits: input[index + 1]).words }
    private func next(_ index: Int) -> Int { token(index).isContainer ? end(index) : index + 1 }
    private func count(_ index: Int) -> Int { Extent(bits: input[index + 1]).count }

    // MARK: Objects

    private static let unowned: [StaticString] = [
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
        "resourceVersion",
    ]

    private mutating func root(_ index: Int, _ type: Int, withoutStatus: Bool) {
        output.open(isNew: false)
        each(memberOf: index, type) { writer, name, value, field in
            if writer.has(name, "apiVersion") || writer.has(name, "kind") { return }
            if withoutStatus, writer.has(name, "status") { return }
            guard writer.has(name, "metadata"), case .object = writer.fields[field].value.code,
                writer.token(value).kind == .object
            else {
                let base: Base = writer.fields[field].isAlwaysWritten ? .zero : .absent
                return writer.member(name, value, field, base)
            }
            writer.within(name) { writer in
                writer.output.open(isNew: false)
                let inner = Int(writer.fields[field].value.inner)
                writer.each(memberOf: value, inner) { writer, name, value, field in
                    for one in Self.unowned where writer.has(name, one) { return }
                    writer.member(name, value, field, writer.fields[field].isAlwaysWritten ? .zero : .absent)
                }
                return writer.output.close()
            }
        }
        _ = output.close()
    }

    /// Calls `body` for each member that is a field of the type, in the order of their names.
    private mutating func each(
        memberOf index: Int, _ typeIndex: Int,
        _ body: (inout FieldsWriter, _ name: Token, _ value: Int, _ field: Int) -> Void
    ) {
        let type = types[typeIndex]
        var found: [(rank: Int32, name: Int, field: Int)] = []
        found.reserveCapacity(count(index))
        let end = end(index)
        var position = index + 2
        while position < end {
            if let field = field(position, type) {
                found.append((fields[field].rank, position, field))
            } else {
                isBeyond = true
            }
            position = next(position + 1)
        }
        found.sort { $0.rank < $1.rank }
        for entry in found { body(&self, token(entry.name), entry.name + 1, entry.field) }
    }

    /// The field that the name at `index` is.
    private func field(_ index: Int, _ type: CompactSchema.Kind) -> Int? {
        let name = token(index)
        guard name.kind == .string else { return nil }
        let bytes = content(name)
        var slot = Int(truncatingIfNeeded: FNV1a.hash32(bytes)) & Int(type.slotMask)
        while true {
            let entry = slots[Int(type.firstSlot) + slot]
            if entry == 0 { return nil }
            let at = Int(type.firstField) + Int(entry) - 1
            let field = fields[at]
            let start = Int(field.nameStart)
            if Int(field.nameLength) == bytes.count, Document.equalBytes(names, start, bytes) { return at }
            slot = (slot + 1) & Int(type.slotMask)
        }
    }

    private func has(_ name: Token, _ wanted: StaticString) -> Bool {
        name.length == wanted.utf8CodeUnitCount + 2
            && wanted.withUTF8Buffer { Document.equalBytes(text, name.start + 1, $0) }
    }

    // MARK: Values

    private mutating func member(_ name: Token, _ index: Int, _ field: Int, _ base: Base) {
        let field = fields[field]
        let base: Base = base == .zero && field.isNullWhenZero ? .null : base
        within(name) { $0.value(index, field.value, field.parts, base) }
    }

    /// Writes a name and what `body` writes after it; nothing if that says that nothing is owned.
    private mutating func within(_ name: Token, _ body: (inout FieldsWriter) -> Bool) {
        guard name.kind == .string else {
            isBeyond = true
            return
        }
        let mark = output.mark
        let nameStart = output.begin()
        output.append("\"f:")
        output.append(content(name))
        output.endName(nameStart)
        if !body(&self) { output.dropMember(from: mark) }
    }

    /// Writes what is owned of a value; false, and perhaps half a text, if that is nothing.
    private mutating func value(
        _ index: Int, _ value: CompactSchema.Value, _ parts: CompactSchema.Parts, _ base: Base
    ) -> Bool {
        let token = token(index)
        if token.kind == .null {
            if base == .absent { output.leaf() }
            return base == .absent
        }
        switch (parts, token.kind) {
        case (.members, .object) where count(index) > 0: return members(of: index, value, base)
        case (.keyed(let keys), .array) where count(index) > 0:
            return elements(of: index, values[Int(value.inner)], self.keys[Int(keys)], base)
        case (.set, .array) where count(index) > 0: return set(index, base)
        default:
            if base == .zero, isZero(index, value.code) { return false }
            output.leaf()
            return true
        }
    }

    private mutating func members(of index: Int, _ value: CompactSchema.Value, _ base: Base) -> Bool {
        output.open(isNew: base == .absent)
        if value.code == .object {
            each(memberOf: index, Int(value.inner)) { writer, name, value, field in
                let isWritten = base == .zero && writer.fields[field].isAlwaysWritten
                writer.member(name, value, field, isWritten ? .zero : .absent)
            }
            return output.close()
        }
        let inner = value.code == .map ? values[Int(value.inner)] : value
        var entries: [Int] = []
        entries.reserveCapacity(count(index))
        let end = end(index)
        var position = index + 2
        while position < end {
            entries.append(position)
            position = next(position + 1)
        }
        entries.sort { precedes(token($0), token($1)) }
        for entry in entries {
            within(token(entry)) { $0.value(entry + 1, inner, $0.parts(of: inner), .absent) }
        }
        return output.close()
    }

    /// How a map's value or a list's element is taken apart: there no field says more than its type.
    private func parts(of value: CompactSchema.Value) -> CompactSchema.Parts {
        switch value.code {
        case .object: types[Int(value.inner)].isAtomic ? .whole : .members
        case .map, .any: .members
        default: .whole
        }
    }

    // MARK: Lists

    private mutating func elements(
        of index: Int, _ element: CompactSchema.Value, _ keys: [CompactSchema.Key], _ base: Base
    ) -> Bool {
        var found: [(key: [(name: [UInt8], value: UnsafeBufferPointer<UInt8>)], index: Int)] = []
        let end = end(index)
        var position = index + 2
        while position < end {
            guard token(position).kind == .object, let key = key(of: position, keys) else {
                output.leaf()
                return true
            }
            found.append((key, position))
            position = next(position)
        }
        found.sort { Self.precedes($0.key, $1.key) }
        for (former, latter) in zip(found, found.dropFirst()) where !Self.precedes(former.key, latter.key) {
            isBeyond = true
        }
        output.open(isNew: base == .absent)
        for entry in found {
            let nameStart = output.begin()
            output.append("\"k:{")
            for (place, part) in entry.key.enumerated() {
                if place > 0 { output.append(",") }
                output.append("\\\"")
                output.append(part.name)
                output.append("\\\":")
                output.escape(part.value)
            }
            output.append("}")
            output.endName(nameStart)
            if case .members = parts(of: element) {
                _ = members(of: entry.index, element, .absent)
            } else {
                output.leaf()
            }
        }
        return output.close()
    }

    /// The texts of the members that tell an element apart; nil if there are none.
    private mutating func key(
        of index: Int, _ keys: [CompactSchema.Key]
    ) -> [(name: [UInt8], value: UnsafeBufferPointer<UInt8>)]? {
        var parts: [(name: [UInt8], value: UnsafeBufferPointer<UInt8>)] = []
        parts.reserveCapacity(keys.count)
        let end = end(index)
        for key in keys {
            var position = index + 2
            while position < end {
                let name = token(position)
                if name.length == key.name.count + 2, content(name).elementsEqual(key.name) {
                    let token = token(position + 1)
                    parts.append((key.name, bytes(token.start..<token.end)))
                    break
                }
                position = next(position + 1)
            }
            // An object with its defaults has it.
            if position >= end, key.hasDefault { isBeyond = true }
        }
        return parts.isEmpty ? nil : parts
    }

    private mutating func set(_ index: Int, _ base: Base) -> Bool {
        var found: [Token] = []
        let end = end(index)
        var position = index + 2
        while position < end {
            if token(position).isContainer { isBeyond = true }
            found.append(token(position))
            position = next(position)
        }
        found.sort { Self.precedes(bytes($0.start..<$0.end), bytes($1.start..<$1.end)) }
        for (former, latter) in zip(found, found.dropFirst())
        where bytes(former.start..<former.end).elementsEqual(bytes(latter.start..<latter.end)) {
            isBeyond = true
        }
        output.open(isNew: base == .absent)
        for token in found {
            let nameStart = output.begin()
            output.append("\"v:")
            output.escape(bytes(token.start..<token.end))
            output.endName(nameStart)
            output.leaf()
        }
        return output.close()
    }

    // MARK: Order

    private func precedes(_ left: Token, _ right: Token) -> Bool {
        content(left).lexicographicallyPrecedes(content(right))
    }
    private static func precedes(
        _ left: [(name: [UInt8], value: UnsafeBufferPointer<UInt8>)],
        _ right: [(name: [UInt8], value: UnsafeBufferPointer<UInt8>)]
    ) -> Bool {
        for (one, other) in zip(left, right) {
            if precedes(one.value, other.value) { return true }
            if precedes(other.value, one.value) { return false }
        }
        return false
    }
    /// Whole numbers by their size, texts by their bytes.
    private static func precedes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        func isWhole(_ text: UnsafeBufferPointer<UInt8>) -> Bool { text.first.map { 0x30...0x39 ~= $0 } ?? false }
        if isWhole(left), isWhole(right), left.count != right.count { return left.count < right.count }
        return left.lexicographicallyPrecedes(right)
    }

    /// Whether a value is what Go writes of a value that is not set.
    private func isZero(_ index: Int, _ code: CompactSchema.Value.Code) -> Bool {
        let token = token(index)
        switch token.kind {
        case .null, .false: return true
        case .true, .escapedString: return false
        case .number: return token.length == 1 && text[token.start] == UInt8(ascii: "0")
        case .string:
            let content = content(token)
            switch code {
            case .quantity: return content.elementsEqual("0".utf8)
            case .duration: return content.elementsEqual("0s".utf8)
            default: return content.isEmpty
            }
        case .array, .object: return count(index) == 0
        }
    }
}
