import Basics
import Testing

@Suite struct CRC32CTests {
    /// Check values of RFC 3720, appendix B.4, and of "123456789".
    @Test func checksumsAreCastagnoli() {
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
        let all = (0..<100).map { UInt8($0) }
        let parts = all.withUnsafeBytes { bytes in
            CRC32C.of(
                UnsafeRawBufferPointer(rebasing: bytes[37...]),
                seed: CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<37])))
        }
        #expect(parts == CRC32C.of(all))
    }
}
