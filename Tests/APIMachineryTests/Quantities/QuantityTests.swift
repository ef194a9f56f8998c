import Basics
import Testing

@testable import APIMachinery

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", "0"), ("0.0", "0"), ("-0", "0"), ("0Mi", "0"), ("100m", "100m"), ("0.1", "100m"), (".5", "500m"),
        ("1.5", "1500m"),
        ("1000m", "1"), ("1500m", "1500m"), ("0.5Gi", "512Mi"), ("1.5Gi", "1536Mi"), ("1024Mi", "1Gi"),
        ("128Mi", "128Mi"),
        ("1024", "1024"), ("1024Ki", "1Mi"), ("1000k", "1M"), ("1000000", "1M"), ("12e6", "12e6"), ("12E6", "12E6"),
        ("1000e3", "1e6"), ("1e1", "10"), ("1e0", "1e0"), ("0.5Mi", "512Ki"), ("0.5Ki", "512"), ("0.0001Ki", "102400u"),
        ("1Ki", "1Ki"), ("1000Ki", "1000Ki"), ("1n", "1n"), ("1u", "1u"), ("0.1n", "1n"),
        ("1.0000000001", "1000000001n"),
        ("-100m", "-100m"), ("-0.1", "-100m"), ("-1.5Gi", "-1536Mi"), ("9Ei", "9223372036854775807"),
        ("1E", "1E"), ("1000E", "1000E"), ("+5", "+5"), ("1.G", "1.G"), ("e3", "0"), (".", "0"),
        ("123456789012345678", "123456789012345678"),
        ("0.30000000000000000000001", "300000001n"), ("1e-3", "1e-3"), ("0.001e6", "1e3"),
    ])
    func readsAndWrites(_ text: String, _ expected: String) throws {
        let quantity = try Quantity(text)
        #expect(quantity.text == expected)
        #expect(try Quantity(quantity.text) == quantity)
        #expect(try Quantity(quantity.canonicalText) == quantity)
    }

    @Test(arguments: [
        ("", QuantityError.format), ("1x", .format), ("abc", .format), ("1 ", .format), (" 1", .format),
        ("1Kii", .suffix),
        ("1mm", .suffix), ("1.2.3", .format), ("--1", .suffix), ("1e", .suffix), ("1ee3", .suffix), ("1KI", .format),
        ("1e99999999999", .suffix), ("1e60", .range), ("0x10", .format), ("1+", .suffix), ("١", .format),
    ])
    func refuses(_ text: String, _ error: QuantityError) {
        #expect(throws: error) { try Quantity(text) }
    }

    @Test func values() throws {
        #expect(try Quantity("1500m").value == 2 && Quantity("1500m").milliValue == 1500)
        #expect(try Quantity("100u").milliValue == 1 && Quantity("-1500m").value == -2)
        #expect(try Quantity("2Gi").value == 2_147_483_648)
        #expect(try Quantity("1E").milliValue == Int.max)
        #expect(try Quantity("0").isZero && Quantity("-1").isNegative && !Quantity("1500m").isWhole)
        #expect(Quantity(milli: 250).text == "250m" && Quantity(1_073_741_824, format: .binarySI).text == "1Gi")
        #expect(try Quantity(JSON(2)).text == "2" && Quantity(JSON(0.5)).text == "500m")
        #expect(throws: QuantityError.format) { try Quantity(JSON.null) }
    }

    @Test func arithmetic() throws {
        func q(_ text: String) throws -> Quantity { try Quantity(text) }
        #expect(try (q("100m") + q("0.9")).text == "1" && (q("1Gi") - q("512Mi")).text == "512Mi")
        #expect(try (Quantity.zero + q("1Gi")).text == "1Gi" && (q("1Gi") + q("1")).text == "1073741825")
        #expect(try q("1Gi") > q("1G") && q("1000m") == q("1") && q("-1") < q("0"))
        #expect(try q("1Ki").hashValue == q("1024").hashValue)
        #expect(try (q("250m") * 4).text == "1" && (q("1") - q("3")).text == "-2")
        let largest = Quantity(nanos: .max, format: .decimalSI)
        #expect(largest + largest == largest && largest * -2 == Quantity(nanos: .min, format: .decimalSI))
        #expect(-Quantity(nanos: .min, format: .decimalSI) == largest)
    }

    /// Exact sums: splitting a random amount and adding the parts gives it again.
    @Test(arguments: 0..<20 as Range<UInt64>) func addsExactly(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        let suffixes = ["n", "u", "m", "", "k", "M", "Ki", "Mi", "e3"]
        for _ in 0..<200 {
            let texts = (0..<3).map { _ in
                "\(Int.random(in: -999_999...999_999, using: &dice))\(suffixes.randomElement(using: &dice) ?? "")"
            }
            let parts = try texts.map { try Quantity($0) }
            let sum = parts.reduce(.zero, +)
            #expect(sum - parts[0] - parts[1] == parts[2], "\(texts)")
            #expect(try Quantity(sum.text) == sum, "\(texts)")
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func survivesAnyText(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 0..<8, using: &dice)).compactMap { _ in
                    "0123456789999.+-eEinumkKMGTP x".randomElement(using: &dice)
                })
            if let quantity = try? Quantity(text) { #expect(try Quantity(quantity.text) == quantity, "\(text)") }
        }
    }
}
