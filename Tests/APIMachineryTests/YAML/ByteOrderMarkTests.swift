import Testing

@testable import APIMachinery

@Suite struct ByteOrderMarkTests {
    private let mark = "\u{FEFF}"

    @Test func startsATextAndEachDocument() throws {
        let texts = [
            "\(mark)a: 1\nb: 2\n", "\(mark)---\na: 1\nb: 2\n", "\(mark)# a comment\n---\n\(mark)a: 1\nb: 2",
            "\(mark){\"a\": 1,\n\"b\": 2}\n", "\(mark)\r\na: 1\r\nb: 2\r\n",
        ]
        for text in texts {
            #expect(try YAML.documents(text).map(\.value) == [["a": 1, "b": 2]], "\(text.debugDescription)")
            let joined = try YAML.documents(
                "\(text)\n---\n\(text)\n\(text.hasPrefix(mark + "---") ? "" : "---\n")\(text)")
            #expect(joined.map(\.value) == [JSON](repeating: ["a": 1, "b": 2], count: 3), "\(text.debugDescription)")
        }
    }

    @Test func elsewhereItIsText() throws {
        #expect(try YAML.documents("a: \"\(mark)x\"\n").first?.value == ["a": JSON("\(mark)x")])
        #expect(try YAML.documents("a: |\n  ---\n  \(mark)x\n").first?.value == ["a": JSON("---\n\(mark)x\n")])
    }

    @Test func tellsUTF16() throws {
        let text = "a: ü\nb: 2\n"
        for isBigEndian in [true, false] {
            let units = [0xFEFF] + Array(text.utf16)
            let bytes = units.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return isBigEndian ? [high, low] : [low, high]
            }
            #expect(try YAML.documents(bytes).first?.value == ["a": "ü", "b": 2])
        }
        #expect(throws: YAMLError.self) { try YAML.documents([0xFF, 0xFE, 0x61]) }
    }
}
