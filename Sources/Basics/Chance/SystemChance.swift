#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import Synchronization

/// The system's generator, asked for 32 numbers at a time: as hard to guess as `SystemRandomNumberGenerator`, which on Linux
/// calls the kernel for each. All may share one.
public final class SystemChance: Sendable {
    /// What `getentropy` gives at once is 256 bytes.
    private static let count = 32
    private let words = Mutex<[UInt64]>([])

    public init() {}

    public func next() -> UInt64 {
        words.withLock { words in
            if words.isEmpty { words = Self.fresh() }
            return words.removeLast()
        }
    }

    /// At least one number.
    private static func fresh() -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        let isFilled = words.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { getentropy($0, bytes.count) == 0 } ?? false
        }
        // Only a kernel without the call refuses it; Swift then has ways of its own.
        return isFilled ? words : [UInt64.random(in: .min ... .max)]
    }
}
