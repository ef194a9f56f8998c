extension JSON {
    /// What Go's encoding/json calls this kind of value in its errors.
    var goKind: String {
        switch kind {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    func value(at pointer: JSONPointer) throws(PatchFailure) -> JSON {
        var value = self
        for token in pointer.tokens {
            if value.isArray {
                value = value[try Self.position(token, in: value.count, pointer)]
            } else {
                guard let next = value[token] else { throw missing(pointer) }
                value = next
            }
        }
        return value
    }

    /// Changes the value that is there in place.
    mutating func change(_ pointer: JSONPointer, _ body: (inout JSON) throws(PatchFailure) -> Void) throws(PatchFailure)
    {
        try change(pointer.tokens[...], pointer, body)
    }

    private mutating func change(
        _ path: ArraySlice<String>, _ pointer: JSONPointer, _ body: (inout JSON) throws(PatchFailure) -> Void
    ) throws(PatchFailure) {
        guard let token = path.first else { return try body(&self) }
        if isArray {
            try self[try Self.position(token, in: count, pointer)].change(path.dropFirst(), pointer, body)
        } else {
            guard self[token] != nil else { throw missing(pointer) }
            try self[token, default: .null].change(path.dropFirst(), pointer, body)
        }
    }

    /// Inserts into an array or sets a member, whose parent must be there.
    mutating func add(_ value: JSON, at pointer: JSONPointer) throws(PatchFailure) {
        guard pointer.tokens.count + value.depth <= JSON.maximumDepth else { throw PatchFailure("exceeded max depth") }
        guard let last = pointer.tokens.last else {
            self = value
            return
        }
        try change(JSONPointer(pointer.tokens.dropLast())) { (parent) throws(PatchFailure) in
            if parent.isArray {
                let position = last == "-" ? parent.count : try Self.position(last, in: parent.count + 1, pointer)
                parent.insert(value, at: position)
            } else if parent.isObject {
                parent[last] = value
            } else {
                throw parent.missing(pointer)
            }
        }
    }

    mutating func remove(at pointer: JSONPointer) throws(PatchFailure) -> JSON {
        guard let last = pointer.tokens.last else { throw PatchFailure("unable to remove the whole document") }
        var removed: JSON = .null
        try change(JSONPointer(pointer.tokens.dropLast())) { (parent) throws(PatchFailure) in
            if parent.isArray {
                let position = try Self.position(last, in: parent.count, pointer)
                removed = parent[position]
                parent.removeElement(at: position)
            } else {
                guard let value = parent[last] else { throw parent.missing(pointer) }
                removed = value
                parent[last] = .none
            }
        }
        return removed
    }

    /// An index below `count`; as in Kubernetes a negative one counts from the end.
    private static func position(_ token: String, in count: Int, _ pointer: JSONPointer) throws(PatchFailure) -> Int {
        let digits = token.hasPrefix("-") ? token.dropFirst() : token[...]
        guard digits.utf8.allSatisfy(Shape.isDigit), digits == "0" || !digits.hasPrefix("0"), let number = Int(token)
        else {
            throw PatchFailure("invalid array index \"\(token)\" in \"\(pointer)\"")
        }
        let position = number < 0 ? number + count : number
        guard 0..<count ~= position else {
            throw PatchFailure("array index \(token) is out of bounds in \"\(pointer)\"")
        }
        return position
    }

    private func missing(_ pointer: JSONPointer) -> PatchFailure { PatchFailure("path \"\(pointer)\" does not exist") }
}
