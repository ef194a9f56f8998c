/// A string that is the same only if its bytes are; Swift's `==` would also take canonically equivalent ones for the same.
struct ExactString: Hashable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: ExactString, right: ExactString) -> Bool { sameBytes(left.text, right.text) }
    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
