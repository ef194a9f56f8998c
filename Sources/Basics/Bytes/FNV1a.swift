/// The hash FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv), for tables and short names. It guards against nobody.
public enum FNV1a {
    /// Continue from `hash` to take in more.
    @inlinable
    public static func hash64(_ bytes: some Sequence<UInt8>, from hash: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        var hash = hash
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    @inlinable
    public static func hash32(_ bytes: some Sequence<UInt8>, from hash: UInt32 = 0x811C_9DC5) -> UInt32 {
        var hash = hash
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return hash
    }
}
