extension Parser {
    /// Looks for members of the same name in the object that is being closed and notes their paths.
    mutating func findDuplicates() {
        var names: [(name: String, index: Int)] = []
        var index = frame.tapeIndex + 2
        while index < top {
            let key = Token(bits: tape[index])
            let content = UnsafeBufferPointer(start: text + key.start + 1, count: key.length - 2)
            names.append(
                (
                    key.kind == .string ? String(decoding: content, as: UTF8.self) : Escapes.decode(content),
                    index
                ))
            index = Self.next(tape, after: index + 1)
        }
        // In order of their bytes, so that many names chosen to collide cost no more than others.
        names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (left, right) in zip(names, names.dropFirst()) where sameBytes(left.name, right.name) {
            needsRewriting = true
            if duplicates.count < JSON.maximumDuplicatesNamed { duplicates.append(path(to: right.name)) }
        }
    }

    private static func next(_ tape: UnsafeMutablePointer<UInt64>, after index: Int) -> Int {
        Token(bits: tape[index]).isContainer ? index + Extent(bits: tape[index + 1]).words : index + 1
    }

    /// Such as `spec.containers[0].name`, for a member of the innermost open object.
    private func path(to name: String) -> String {
        var path = ""
        for level in 1..<max(depth, 1) {
            let frame = frames[level]
            if frame.isObject {
                let key = Token(bits: tape[frame.lastName])
                let content = UnsafeBufferPointer(start: text + key.start + 1, count: key.length - 2)
                path += (path.isEmpty ? "" : ".") + Escapes.decode(content)
            } else {
                path += "[\(frame.count)]"
            }
        }
        return path + (path.isEmpty ? "" : ".") + name
    }
}
