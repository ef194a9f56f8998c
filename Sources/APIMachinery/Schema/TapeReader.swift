import Basics

/// Asks of a parsed value, straight from its tape, whether it is already in the form in which it would be stored. A plain
/// "no" is always a right answer: then `ConformanceReader` looks closely and says what is to be changed or is wrong.
struct TapeReader {
    private let text: UnsafeBufferPointer<UInt8>
    private let tape: UnsafeBufferPointer<UInt64>
    private let types: UnsafeBufferPointer<CompactSchema.Kind>
    private let fields: UnsafeBufferPointer<CompactSchema.Field>
    private let values: UnsafeBufferPointer<CompactSchema.Value>
    private let slots: UnsafeBufferPointer<UInt16>
    private let names: UnsafeBufferPointer<UInt8>
    /// Whether zero values must be absent and what is always written be there.
    private let isCanonical: Bool

    static func isInForm(
        _ document: Document, _ index: Int, _ value: CompactSchema.Value, _ schema: CompactSchema, isCanonical: Bool
    ) -> Bool {
        document.text.withUnsafeBufferPointer { text in
            document.tape.withUnsafeBufferPointer { tape in
                schema.types.withUnsafeBufferPointer { types in
                    schema.fields.withUnsafeBufferPointer { fields in
                        schema.values.withUnsafeBufferPointer { values in
                            schema.slots.withUnsafeBufferPointer { slots in
                                schema.names.withUnsafeBufferPointer { names in
                                    TapeReader(
                                        text: text, tape: tape, types: types, fields: fields, values: values,
                                        slots: slots, names: names, isCanonical: isCanonical
                                    ).fits(index, value)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func token(_ index: Int) -> Token { Token(bits: tape[index]) }
    private func words(_ index: Int) -> Int { Extent(bits: tape[index + 1]).words }
    private func next(_ index: Int) -> Int { token(index).isContainer ? index + words(index) : index + 1 }

    private func object(_ index: Int, _ typeIndex: Int) -> Bool {
        guard token(index).kind == .object else { return false }
        let type = types[typeIndex]
        let end = index + words(index)
        var member = index + 2
        var alwaysWritten: Int32 = 0
        while member < end {
            guard let at = field(member, type) else { return false }
            let field = fields[at]
            if field.isAlwaysWritten { alwaysWritten += 1 }
            let value = member + 1
            if isCanonical, field.isDroppedWhenZero, isZero(value) { return false }
            if !fits(value, field.value) { return false }
            member = next(value)
        }
        return !isCanonical || alwaysWritten == type.alwaysWrittenCount
    }

    /// The field that the name at `index` is; nil if there is none, or if the name is written with escapes.
    private func field(_ index: Int, _ type: CompactSchema.Kind) -> Int? {
        let name = token(index)
        guard name.kind == .string else { return nil }
        let length = name.length - 2
        let start = name.start + 1
        let bytes = UnsafeBufferPointer(rebasing: text[start..<start + length])
        var slot = Int(truncatingIfNeeded: FNV1a.hash32(bytes)) & Int(type.slotMask)
        while true {
            let entry = slots[Int(type.firstSlot) + slot]
            if entry == 0 { return nil }
            let at = Int(type.firstField) + Int(entry) - 1
            let field = fields[at]
            if Int(field.nameLength) == length,
                Document.equalBytes(
                    text, start,
                    UnsafeBufferPointer(rebasing: names[Int(field.nameStart)..<Int(field.nameStart) + length]))
            {
                return at
            }
            slot = (slot + 1) & Int(type.slotMask)
        }
    }

    private func isZero(_ index: Int) -> Bool {
        let token = token(index)
        switch token.kind {
        case .null, .false: return true
        case .true: return false
        case .number: return token.length == 1 && text[token.start] == UInt8(ascii: "0")
        case .string: return token.length == 2
        case .escapedString: return false
        case .array: return Extent(bits: tape[index + 1]).count == 0
        case .object: return Extent(bits: tape[index + 1]).count == 0
        }
    }

    private func fits(_ index: Int, _ value: CompactSchema.Value) -> Bool {
        let token = token(index)
        switch value.code {
        case .string: return token.kind == .string || token.kind == .escapedString
        case .boolean: return token.kind == .true || token.kind == .false
        case .int32: return token.kind == .number && isWhole(token, maximumDigits: 9)
        case .int64: return token.kind == .number && isWhole(token, maximumDigits: 18)
        case .double: return token.kind == .number
        case .bytes: return token.kind == .string && isBase64(token)
        case .duration: return false
        case .time: return token.kind == .string && isTime(token, length: 20)
        case .microTime: return token.kind == .string && isTime(token, length: 27)
        case .quantity: return token.kind == .string && isShortQuantity(token)
        case .intOrString:
            return token.kind == .string || token.kind == .number && isWhole(token, maximumDigits: 9)
        case .any: return true
        case .object: return object(index, Int(value.inner))
        case .list:
            guard token.kind == .array else { return false }
            return each(of: index, step: 0, values[Int(value.inner)])
        case .map:
            guard token.kind == .object else { return false }
            return each(of: index, step: 1, values[Int(value.inner)])
        }
    }

    /// Every element of an array (step 0), or every member's value of an object (step 1).
    private func each(of index: Int, step: Int, _ element: CompactSchema.Value) -> Bool {
        let end = index + words(index)
        var position = index + 2
        while position < end {
            if !fits(position + step, element) { return false }
            position = next(position + step)
        }
        return true
    }

    // MARK: Scalars, in the forms that most have

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func isWhole(_ token: Token, maximumDigits: Int) -> Bool {
        let isNegative = text[token.start] == UInt8(ascii: "-")
        let start = isNegative ? token.start + 1 : token.start
        guard token.end - start <= maximumDigits, !isNegative || text[start] != UInt8(ascii: "0") else { return false }
        for position in start..<token.end where !isDigit(text[position]) { return false }
        return true
    }

    private func isBase64(_ token: Token) -> Bool {
        let length = token.length - 2
        guard length % 4 == 0 else { return false }
        var end = token.end - 1
        if length > 0, text[end - 1] == UInt8(ascii: "=") {
            let padding = text[end - 2] == UInt8(ascii: "=") ? 2 : 1
            end -= padding
            // The last letter has bits to spare, which Go writes as zero.
            let last = text[end - 1]
            guard padding == 2 ? "AQgw".utf8.contains(last) : "AEIMQUYcgkosw048".utf8.contains(last) else {
                return false
            }
        }
        for position in token.start + 1..<end {
            let byte = text[position]
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
            if !isLetter, !isDigit(byte), byte != UInt8(ascii: "+"), byte != UInt8(ascii: "/") { return false }
        }
        return true
    }

    /// `2026-01-02T03:04:05Z`, or with six digits after the second; that there is such a day is left to the close look for
    /// days after the 28th.
    private func isTime(_ token: Token, length: Int) -> Bool {
        guard token.length == length + 2 else { return false }
        let start = token.start + 1
        func number(_ offset: Int) -> Int? {
            let (tens, ones) = (text[start + offset], text[start + offset + 1])
            guard isDigit(tens), isDigit(ones) else { return nil }
            return Int(tens - UInt8(ascii: "0")) * 10 + Int(ones - UInt8(ascii: "0"))
        }
        func has(_ byte: UInt8, _ offset: Int) -> Bool { text[start + offset] == byte }
        guard number(0) != nil, number(2) != nil, let month = number(5), let day = number(8),
            let hour = number(11), let minute = number(14), let second = number(17),
            1...12 ~= month, 1...28 ~= day, hour < 24, minute < 60, second < 60,
            has(UInt8(ascii: "-"), 4), has(UInt8(ascii: "-"), 7), has(UInt8(ascii: "T"), 10),
            has(UInt8(ascii: ":"), 13), has(UInt8(ascii: ":"), 16), has(UInt8(ascii: "Z"), length - 1)
        else { return false }
        if length == 20 { return true }
        return has(UInt8(ascii: "."), 19) && number(20) != nil && number(22) != nil && number(24) != nil
    }

    /// Up to three digits and a unit, which is canonical as it stands.
    private func isShortQuantity(_ token: Token) -> Bool {
        var position = token.start + 1
        let end = token.end - 1
        let start = position
        while position < end, isDigit(text[position]) { position += 1 }
        let digits = position - start
        guard 1...3 ~= digits, text[start] != UInt8(ascii: "0") || end - start == 1 else { return false }
        switch end - position {
        case 0: return true
        case 1: return "numkMGTPE".utf8.contains(text[position])
        case 2: return text[position + 1] == UInt8(ascii: "i") && "KMGTPE".utf8.contains(text[position])
        default: return false
        }
    }
}
