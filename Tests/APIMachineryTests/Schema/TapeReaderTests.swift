import Testing

@testable import APIMachinery

/// The quick look must never call a value sound that the close look would change or refuse.
@Suite struct TapeReaderTests {
    private static let schema = Schema(notation: [
        """
        package p
        type T
          text 1 string
          kept 2 *string
          flag 3 bool
          small 4 int32
          big 5 int64
          bytes 6 bytes
          time 7 time
          micro 8 micro-time
          size 9 quantity
          port 10 int-or-string
          any 11 any
          inner 12 Inner always
          list 13 [Inner]
          map 14 {string}
          sizes 15 {quantity}
          span 16 duration
          texts 17 [string]
          blobs 18 {bytes}
        type Inner
          name 1 string required always
          inner 2 *Inner
        """
    ])
    /// Pieces of objects, sound and unsound, from which cases are put together.
    private static let pieces = [
        #""text":"a""#, #""text":"""#, #""text":1"#, #""kept":"""#, #""kept":null"#, #""flag":true"#, #""flag":false"#,
        #""small":0"#, #""small":-5"#, #""small":2147483648"#, #""small":1.5"#, #""big":123456789012"#,
        #""big":99999999999999999999"#, #""bytes":"YQ==""#, #""bytes":"Y""#, #""bytes":"""#, #""bytes":"====""#,
        #""time":"2026-01-02T03:04:05Z""#, #""time":"2026-02-30T03:04:05Z""#, #""time":"2026-01-02T03:04:05+01:00""#,
        #""micro":"2026-01-02T03:04:05.000001Z""#, #""micro":"2026-01-02T03:04:05Z""#, #""size":"1""#,
        #""size":"1000m""#,
        #""small":-0"#, #""big":-0"#, #""port":-0"#, #""bytes":"YR==""#, #""bytes":"YWI=""#, #""bytes":"YWJ=""#,
        #""bytes":"Y\nQ==""#, #""size":" 1""#, #""span":"90s""#, #""span":"1m30s""#, #""span":"x""#, #""texts":["a"]"#,
        #""texts":["a",null]"#, #""blobs":{"a":"YR=="}"#, #""blobs":{"a":"YQ=="}"#,
        #""size":"100m""#, #""size":"1024Mi""#, #""size":1"#, #""size":"0.5""#, #""size":"x""#, #""size":"007""#,
        #""port":80"#, #""port":"http""#, #""port":true"#, #""any":{"x":[1,null]}"#, #""inner":{"name":"a"}"#,
        #""inner":{"name":""}"#, #""inner":{}"#, #""inner":{"name":"a","inner":{"name":"b"}}"#,
        #""inner":{"name":"a","x":1}"#, #""inner":[]"#, #""list":[]"#, #""list":[{"name":"a"}]"#, #""list":[null]"#,
        #""list":[{"name":"a"},{}]"#, #""list":{}"#, #""map":{}"#, #""map":{"a":"b"}"#, #""map":{"a":null}"#,
        #""map":{"a":1}"#, #""sizes":{"cpu":"1"}"#, #""sizes":{"cpu":"2000m"}"#, #""unknown":1"#, #""te\u0078t":"a""#,
    ]

    private func agree(_ text: String, _ form: SchemaType.ReadingForm) throws -> Bool? {
        let type = try #require(Self.schema.type(named: "p.T"))
        let parsed = try JSON(parsing: text)
        guard case .slice(let document, let index) = parsed.node else { return nil }
        let isInForm = TapeReader.isInForm(
            document, Int(index), CompactSchema.Value(code: .object, inner: Int32(type.index)), Self.schema.compact,
            isCanonical: form == .canonical)
        guard isInForm else { return nil }
        // The same value as a tree goes the slow way.
        guard let slow = try? type.read(tree(parsed), form: form) else { return false }
        return slow.value == parsed && slow.unknownFields == []
    }

    /// A name may come only once.
    private func isDistinct(_ first: String, _ second: String, _ text: String) -> Bool {
        func name(_ piece: String) -> Substring { piece.prefix { $0 != ":" } }
        let isTwice = name(first) == name(second)
        let hasInner = text.contains("\"z\"") && (name(first) == "\"inner\"" || name(second) == "\"inner\"")
        return !isTwice && !hasInner
    }

    private func tree(_ value: JSON) -> JSON {
        switch value.kind {
        case .object: JSON(members: value.members.map { (name: $0.name, value: tree($0.value)) })
        case .array: JSON(value.elements.map(tree))
        default: value
        }
    }

    @Test(arguments: [SchemaType.ReadingForm.canonical, .asWritten])
    func agreesWithTheCloseLook(form: SchemaType.ReadingForm) throws {
        #expect(Self.schema.problems == [])
        var sound = 0
        for first in Self.pieces {
            for second in Self.pieces where second != first {
                for text in ["{\(first),\(second)}", "{\(first),\(second),\"inner\":{\"name\":\"z\"}}"]
                where isDistinct(first, second, text) {
                    guard let verdict = try agree(text, form) else { continue }
                    #expect(verdict, "\(text)")
                    sound += 1
                }
            }
        }
        #expect(sound > 200)
    }
}
