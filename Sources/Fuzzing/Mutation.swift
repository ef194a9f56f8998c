import Basics

/// Breaks bytes in the ways that parsers mind.
struct Mutation {
    var chance: SplitMix64

    /// The most bytes of an input.
    static let limitBytes = 64 << 10
    private static let words: [String] = [
        "{}", "[]", "null", "0", "-1", "1e999", "-0", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "true",
        "9223372036854775808",
        "{\"a\":1}", "[null]", ":", ",", "&a", "*a", "!!binary ", "---\n", "- ", "? ", "<<: ", "%YAML", "\t", "\r\n",
        "f:", "k:{\"a\":1}", "v:1", "i:-1", ".", "..", "/", "=", "!=", " in (", " notin (", ")", "$patch", "k8s\0",
        "%2F",
    ]
    private static let noText: [[UInt8]] = [
        [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ]
    private static let pieces: [[UInt8]] = words.map { Array($0.utf8) } + noText

    mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(chance.next() % UInt64(limit)) : 0 }
    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

    /// One to eight changes; `others` give parts for it.
    mutating func mutated(_ bytes: [UInt8], with others: [[UInt8]]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(8) { change(&bytes, others) }
        return Array(bytes.prefix(Self.limitBytes))
    }
    mutating func mutated(_ text: String) -> String {
        String(decoding: mutated(Array(text.utf8), with: []), as: UTF8.self)
    }

    private mutating func change(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + below(32))
        switch below(12) {
        case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8(below(8)) }
        case 1: if at < bytes.count { bytes[at] = UInt8(below(256)) }
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.insert(contentsOf: pick(Self.pieces), at: at)
        case 5: bytes.replaceSubrange(at..<end, with: pick(Self.pieces))
        case 6: bytes.removeSubrange(at...)
        case 7:
            guard let other = others.isEmpty ? nil : pick(others), !other.isEmpty else { return }
            let from = below(other.count)
            bytes.insert(contentsOf: other[from..<min(other.count, from + below(200))], at: at)
        case 8:
            // Depth, which recursion would pay for with its stack.
            let (open, count) = (pick(["[", "{\"a\":", "- ", "{", "(", "\n\t"]), 1 << below(14))
            bytes.insert(contentsOf: Array(String(repeating: open, count: count).utf8), at: at)
        case 9:
            // A length, or a number, that promises more than there is.
            let number: [UInt8] = pick([[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x7F]])
            bytes.replaceSubrange(at..<min(bytes.count, at + 1), with: number)
        case 10: bytes.insert(contentsOf: Array(repeating: UInt8(below(128)), count: 1 << below(13)), at: at)
        default: if at < bytes.count { bytes.swapAt(at, below(bytes.count)) }
        }
    }
}
