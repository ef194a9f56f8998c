/// A hash that is the same in every process: of traces, entries and states.
public struct Fingerprint: Sendable, Equatable {
    public private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init() {}

    public mutating func add(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        value = product.high ^ product.low ^ word
    }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        var count: UInt64 = 0
        var word: UInt64 = 0
        for byte in bytes {
            word = word << 8 | UInt64(byte)
            count += 1
            if count % 8 == 0 { add(word) }
        }
        add(word)
        add(count)
    }
}
