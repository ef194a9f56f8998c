import Basics
import Foundation
import Testing

@Suite struct Base64Tests {
    @Test func everyLengthComesBack() {
        var chance = SplitMix64(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &chance) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text && Base64.decode(text) == bytes)
            let url = text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            #expect(Base64URL.encode(bytes) == url && Base64URL.decode(url) == bytes)
            #expect(Base64.encode(bytes.lazy.map { $0 }) == text)
        }
    }

    @Test(arguments: ["a", "ab", "abc", "a===", "ab=c", "!!!!", "abcd=", "YQ=", "YQ", "YQ==YQ==", "YWJj-", "é"])
    func refuses(_ text: String) {
        #expect(Base64.decode(text) == nil)
        #expect(Base64.firstIllegalByte(in: text) != nil)
    }

    @Test func lineBreaksArePassedOver() {
        #expect(Base64.decode("YWJj\r\nZA==") == Array("abcd".utf8))
        #expect(Base64.decode("x:YWJjZA==".dropFirst(2)) == Array("abcd".utf8))
        #expect(Base64URL.decode("YWJj\nZA") == nil)
    }

    @Test(arguments: ["YQ==", "YWJj+", "YWJj/", "a", "YWJjZ"]) func urlsTakeTheirAlphabetAlone(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(
        arguments: [
            ("", nil), ("YQ==", nil), ("YWI=", nil), ("YWJj", nil), ("YQ=", 3), ("Y Q=", 1), ("=", 0), ("YQ==YQ==", 4),
            ("YWJj\nZA==", nil),
        ] as [(String, Int?)])
    func findsTheIllegalByte(text: String, offset: Int?) {
        #expect(Base64.firstIllegalByte(in: text) == offset)
    }
}

@Suite struct PercentEncodingTests {
    @Test(
        arguments: [
            ("", ""), ("plain", "plain"), ("a%20b", "a b"), ("%41%c3%a9", "Aé"), ("a+b", "a+b"), ("é", "é"),
            ("%2", nil), ("%", nil), ("a%zz", nil), ("%ff", nil), ("%00", "\0"), ("%+1", nil),
        ] as [(String, String?)])
    func decodes(_ text: String, _ decoded: String?) {
        #expect(PercentEncoding.decode(text) == decoded)
        #expect(PercentEncoding.decode("/\(text)/".dropFirst().dropLast()) == decoded)
    }

    @Test func plusIsASpaceInQueries() {
        #expect(PercentEncoding.decode("a+b%2B", plusIsSpace: true) == "a b+")
    }

    @Test(arguments: [
        ("", ""), ("/a%7eb", "/a~b"), ("%2f%2F%41", "%2F%2FA"), ("%", "%"), ("%4", "%4"), ("%zz%2", "%zz%2"),
        ("%c3%a9é", "%C3%A9é"),
    ])
    func hasOneSpelling(_ text: String, _ normalized: String) {
        #expect(PercentEncoding.normalized(text) == normalized)
    }

    @Test func everyTextComesBack() {
        var chance = SplitMix64(seed: 1)
        for _ in 0..<500 {
            let scalars = (0..<20).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &chance)) }
            let text = String(String.UnicodeScalarView(scalars))
            let encoded = PercentEncoding.encode(text)
            #expect(PercentEncoding.decode(encoded) == text)
            #expect(encoded.utf8.allSatisfy { PercentEncoding.isUnreserved($0) || $0 == UInt8(ascii: "%") })
        }
        #expect(PercentEncoding.encode("a b/ü~") == "a%20b%2F%C3%BC~")
        #expect(PercentEncoding.encode("a b%", where: { $0 != UInt8(ascii: "%") }) == "a b%25")
    }
}

@Suite struct NumberTests {
    @Test func digitsHaveZerosInFront() {
        #expect(7.digits(3) == "007" && 1234.digits(3) == "1234" && 0.digits(1) == "0")
        #expect(UInt64(0xAB).digits(16, radix: 16) == "00000000000000ab")
        #expect(UInt64.max.digits(16, radix: 16, uppercase: true) == "FFFFFFFFFFFFFFFF")
    }

    /// Test vectors of draft-eastlake-fnv, section 6 (strings without their final zero).
    @Test func fnvIsFNV1a() {
        #expect(FNV1a.hash32([]) == 0x811C_9DC5 && FNV1a.hash32("a".utf8) == 0xE40C_292C)
        #expect(FNV1a.hash64([]) == 0xCBF2_9CE4_8422_2325 && FNV1a.hash64("foobar".utf8) == 0x8594_4171_F739_67E8)
        #expect(FNV1a.hash32("foobar".utf8) == FNV1a.hash32("bar".utf8, from: FNV1a.hash32("foo".utf8)))
    }

    @Test func recordsComeBackAndShortOnesThrow() throws {
        var writer = ByteWriter()
        writer.write(UInt16(0x0102))
        writer.write(true)
        writer.write(Int64(-5))
        writer.write([1, 2, 3])
        #expect(writer.bytes.prefix(2) == [2, 1])
        func read(_ bytes: [UInt8]) throws -> Bool {
            try ByteReader.read(bytes) { reader throws(ByteReaderError) in
                let number = try reader.read(UInt16.self)
                let flag = try reader.readFlag()
                let negative = try reader.read(Int64.self)
                return try reader.readBytes() == [1, 2, 3] && number == 0x0102 && flag && negative == -5
            }
        }
        #expect(try read(writer.bytes))
        for count in 0..<writer.bytes.count {
            #expect(throws: ByteReaderError.self) { try read(Array(writer.bytes.prefix(count))) }
        }
        #expect(throws: ByteReaderError(offset: writer.bytes.count)) { try read(writer.bytes + [0]) }
        writer.bytes[2] = 2
        #expect(throws: ByteReaderError(offset: 3)) { try read(writer.bytes) }
        #expect(throws: ByteReaderError(offset: 4)) {
            try ByteReader.read([255, 255, 255, 255]) { reader throws(ByteReaderError) in
                try reader.readCount(ofAtLeast: 1)
            }
        }
    }

    /// The first numbers of the reference implementation for the seed 1234567.
    @Test func chanceIsSplitMix64() {
        var chance = SplitMix64(seed: 1_234_567)
        #expect(chance.next() == 6_457_827_717_110_365_317)
        #expect(chance.next() == 3_203_168_211_198_807_973)
        var again = SplitMix64(seed: chance.state)
        #expect(again.next() == chance.next())
        #expect(SplitMix64().state != SplitMix64().state)
    }
}
