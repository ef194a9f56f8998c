import Basics
import TestKit
import Testing

@testable import APIMachinery

@Suite struct JSONParsingTests {
    @Test(arguments: [
        "null", " true ", "false\n", "0", "-0", "-1.5e+10", "\"\"", "[]", "{}", "[1,\"a\",null,{\"b\":[]}]",
        #"{"a":{"b":{"c":[1,2,{"d":"e"}]}}}"#, #""\u00e9\ud83d\udc33\/""#, "\"\u{2028}\u{7f}\"",
    ])
    func accepts(_ text: String) throws {
        _ = try JSON(parsing: text)
    }

    @Test(arguments: [
        ("", 0, "unexpected end of JSON input"), ("  ", 2, "unexpected end of JSON input"),
        ("{", 1, "unexpected end of JSON input"), ("[1", 2, "unexpected end of JSON input"),
        ("\"abc", 4, "unexpected end of JSON input"), ("tru", 3, "unexpected end of JSON input"),
        ("}", 0, "invalid character '}' looking for beginning of value"),
        ("[1,]", 3, "invalid character ']' looking for beginning of value"),
        ("{\"a\":1,}", 7, "invalid character '}' looking for beginning of object key string"),
        ("{a:1}", 1, "invalid character 'a' looking for beginning of object key string"),
        ("{\"a\" 1}", 5, "invalid character '1' after object key"),
        ("{\"a\":1 \"b\":2}", 7, "invalid character '\"' after object key:value pair"),
        ("[1 2]", 3, "invalid character '2' after array element"),
        ("{} x", 3, "invalid character 'x' after top-level value"),
        ("01", 1, "invalid character '1' after top-level value"),
        ("-", 1, "unexpected end of JSON input"), ("-a", 1, "invalid character 'a' in numeric literal"),
        ("1.", 2, "unexpected end of JSON input"),
        ("[1.x]", 3, "invalid character 'x' after decimal point in numeric literal"),
        ("[1e+]", 4, "invalid character ']' in exponent of numeric literal"),
        (".5", 0, "invalid character '.' looking for beginning of value"),
        ("+1", 0, "invalid character '+' looking for beginning of value"),
        ("\"a\nb\"", 2, "invalid character '\\n' in string literal"),
        ("\"\\x\"", 2, "invalid character 'x' in string escape code"),
        ("\"\\u12g4\"", 5, "invalid character 'g' in \\u hexadecimal character escape"),
        ("nuLl", 2, "invalid character 'L' in literal"),
        ("NaN", 0, "invalid character 'N' looking for beginning of value"),
        ("'a'", 0, "invalid character '\\'' looking for beginning of value"),
    ])
    func refuses(_ text: String, at offset: Int, because reason: String) {
        #expect(throws: JSONError(offset: offset, reason: reason)) { try JSON(parsing: text) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xC3],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONError(offset: 1, reason: "invalid UTF-8")) {
            try JSON(parsing: [0x22] + bytes + [0x22])
        }
    }

    @Test func boundsDepth() throws {
        let deepest = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        #expect(try JSON(parsing: deepest).depth == 512)
        #expect(throws: JSONError(offset: 512, reason: "exceeded max depth")) { try JSON(parsing: "[" + deepest + "]") }
        let open = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(offset: 512, reason: "exceeded max depth")) { try JSON(parsing: open) }
        let objects = String(repeating: "{\"a\":", count: 511) + "{}" + String(repeating: "}", count: 511)
        #expect(try JSON(parsing: objects).text == objects)
    }

    @Test func namesDuplicatesByPathAndKeepsTheLast() throws {
        let text = """
            {"spec": {"replicas": 1, "containers": [{"name": "a"}, {"name": "b", "image": "i", "name": "c"}],
              "replicas": 2}, "kind": "x", "\\u006bind": "y", "labels": {"é": "1", "e\u{301}": "2"}}
            """
        var duplicates: [String] = []
        let value = try JSON(parsing: Array(text.utf8), duplicateFields: &duplicates)
        #expect(duplicates == ["spec.containers[1].name", "spec.replicas", "kind"])
        #expect(
            value.text
                == #"{"spec":{"containers":[{"name":"a"},{"image":"i","name":"c"}],"replicas":2},"kind":"y","#
                + "\"labels\":{\"é\":\"1\",\"e\u{301}\":\"2\"}}")
    }

    @Test func findsDuplicatesAmongManyMembers() throws {
        let names = (0..<5000).map { "\"key-\($0)\":\($0)" }
        var duplicates: [String] = []
        _ = try JSON(parsing: Array("{\(names.joined(separator: ","))}".utf8), duplicateFields: &duplicates)
        #expect(duplicates.isEmpty)
        let twice = names + ["\"key-4321\":null"]
        let value = try JSON(parsing: Array("{\(twice.joined(separator: ","))}".utf8), duplicateFields: &duplicates)
        #expect(duplicates == ["key-4321"])
        #expect(value.count == 5000 && value["key-4321"] == .null)
    }

    @Test func replacesLoneSurrogates() throws {
        for lone in [#""a\ud800""#, #""a\udc00""#, #""a\ud800\u0041""#, #""a\ud800\ud800""#] {
            let value = try JSON(parsing: lone)
            #expect(value.string?.hasPrefix("a\u{FFFD}") == true)
            #expect(!value.text.contains("\\u"))
        }
    }

    @Test func keepsNumbersAsWritten() throws {
        let value = try JSON(parsing: "[1.0,1e3,123456789012345678901234,-0,7]")
        #expect(value.text == "[1.0,1e3,123456789012345678901234,-0,7]")
        #expect(value.elements.map(\.int) == [nil, nil, nil, 0, 7])
        #expect(value.elements.map(\.double) == [1, 1000, 1.2345678901234568e23, -0.0, 7])
        #expect(try JSON(parsing: "1e999").double == nil)
    }

    @Test func dropsWhiteSpaceButNotWithinStrings() throws {
        let value = try JSON(parsing: " { \"a b\" : [ 1 , \" \" ] , \"c\" : { } }\n")
        #expect(value.text == #"{"a b":[1," "],"c":{}}"#)
    }
}

extension JSONParsingTests {
    /// Names chosen to fall together in the parser's quick look, short and long, escaped and not.
    @Test(arguments: 0..<30 as Range<UInt64>) func findsEveryDuplicate(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let names = (0..<Int.random(in: 1..<40, using: &dice)).map { _ in
                String(
                    (0..<Int.random(in: 0..<[2, 3, 12][Int.random(in: 0..<3, using: &dice)], using: &dice)).compactMap {
                        _ in "ab\"é".randomElement(using: &dice)
                    })
            }
            let members = names.map { name in
                (dice.chance(20) ? NaiveJSON.adorned(name, &dice) : NaiveJSON.quoted(name)) + ":1"
            }
            var duplicates: [String] = []
            let text = "[0,{\(members.joined(separator: ","))}]"
            let value = try JSON(parsing: Array(text.utf8), duplicateFields: &duplicates)
            let distinct = Set(names.map { Array($0.utf8) })
            #expect(value[1].count == distinct.count, "\(text)")
            #expect(duplicates.count == names.count - distinct.count, "\(text)")
            #expect(duplicates.allSatisfy { $0.hasPrefix("[1].") })
        }
    }
}
