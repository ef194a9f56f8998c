#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Parser {
    /// Looks for members of the same name in the object that is being closed and notes their paths.
    mutating func findDuplicates() {
        guard !areNamesPlainlyDifferent else { return }
        var names: [(name: String, index: Int)] = []
        var index = frame.pointee.tapeIndex + 2
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

    /// Whether no two names are the same, told from their bytes; only for few names of which none is escaped.
    private var areNamesPlainlyDifferent: Bool {
        guard frame.pointee.count <= 32 else { return false }
        return withUnsafeTemporaryAllocation(of: Token.self, capacity: 32) { names in
            var count = 0
            var index = frame.pointee.tapeIndex + 2
            while index < top {
                let name = Token(bits: tape[index])
                if name.kind == .escapedString { return false }
                for other in names[..<count]
                where other.length == name.length && memcmp(text + other.start, text + name.start, name.length) == 0 {
                    return false
                }
                names[count] = name
                count += 1
                index = Self.next(tape, after: index + 1)
            }
            return true
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
