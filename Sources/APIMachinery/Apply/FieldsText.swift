/// The text of fieldsV1 and its tape, written side by side: objects within objects, and nothing else.
struct FieldsText {
    private var text: [UInt8] = []
    private var tape: [UInt64] = []
    /// The objects that are not closed: where each begins on the tape and in the text, and how many members it has so far.
    private var opened: [(index: Int, start: Int, count: Int)] = []

    init() {
        text.reserveCapacity(2048)
        tape.reserveCapacity(256)
        opened.reserveCapacity(16)
    }

    /// The value, once its outermost object is closed.
    var json: JSON { JSON(Document(text: text, tape: tape), 0) }

    // MARK: Objects

    /// Opens an object; what is new has itself beside its parts.
    mutating func open(isNew: Bool) {
        opened.append((index: tape.count, start: text.count, count: 0))
        tape.append(0)
        tape.append(0)
        append("{")
        guard isNew else { return }
        let start = begin()
        append("\".")
        endName(start)
        leaf()
    }

    /// Closes the object that was opened last; false if there is nothing in it.
    mutating func close() -> Bool {
        append("}")
        let object = opened.removeLast()
        tape[object.index] = Token(.object, start: object.start, length: text.count - object.start).bits
        tape[object.index + 1] = Extent(words: tape.count - object.index, count: object.count).bits
        return object.count > 0
    }

    /// An object with nothing in it, as is written of what is owned as a whole.
    mutating func leaf() {
        tape.append(Token(.object, start: text.count, length: 2).bits)
        tape.append(Extent(words: 2, count: 0).bits)
        append("{}")
    }

    // MARK: Members

    /// Begins a member, with a comma if it is not the first; where its name starts.
    mutating func begin() -> Int {
        let last = opened.count - 1
        if opened[last].count > 0 { append(",") }
        opened[last].count += 1
        return text.count
    }

    /// Ends a member's name that has begun at `start`.
    mutating func endName(_ start: Int) {
        append("\"")
        let isEscaped = text[start...].contains(UInt8(ascii: "\\"))
        tape.append(Token(isEscaped ? .escapedString : .string, start: start, length: text.count - start).bits)
        append(":")
    }

    struct Mark {
        fileprivate var text: Int
        fileprivate var tape: Int
    }
    /// Where the text and the tape end.
    var mark: Mark { Mark(text: text.count, tape: tape.count) }
    /// Takes the member away that was begun at the mark, with all that was written of it.
    mutating func dropMember(from mark: Mark) {
        text.removeLast(text.count - mark.text)
        tape.removeLast(tape.count - mark.tape)
        opened[opened.count - 1].count -= 1
    }

    // MARK: Text

    mutating func append(_ string: StaticString) {
        // A few bytes at most.
        string.withUTF8Buffer { for byte in $0 { text.append(byte) } }
    }
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) { text.append(contentsOf: bytes) }
    mutating func append(_ bytes: [UInt8]) { text.append(contentsOf: bytes) }
    /// A text of JSON as it stands within a string of JSON.
    mutating func escape(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
            text.append(byte)
        }
    }
}
