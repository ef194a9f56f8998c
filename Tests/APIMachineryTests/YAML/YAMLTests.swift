import Basics
import Foundation
import TestKit
import Testing

@testable import APIMachinery

@Suite struct YAMLTests {
    func value(_ text: String) throws -> JSON {
        let documents = try YAML.documents(text)
        return documents.first?.value ?? .null
    }

    @Test func readsAManifestStream() throws {
        let documents = try YAML.documents(
            """
            # two objects
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {app: "web"}}
            spec:
              ports:
              - port: 80
                targetPort: http
            ---
            ---
            kind: ConfigMap
            data:
              script: |
                #!/bin/sh
                echo hi
              folded: >-
                a
                b
            """)
        #expect(documents.map(\.line) == [2, 11])
        #expect(
            documents[0].value.canonicalText
                == #"{"apiVersion":"v1","kind":"Service","metadata":{"labels":{"app":"web"},"name":"web"},"#
                + #""spec":{"ports":[{"port":80,"targetPort":"http"}]}}"#)
        #expect(documents[1].value["data"] == ["script": "#!/bin/sh\necho hi\n", "folded": "a b"])
        #expect(try YAML.documents(" {\"a\": [1]}\n").first?.value == ["a": [1]])
        #expect(try YAML.documents("").isEmpty && YAML.documents("# nothing\n---\n").isEmpty)
    }

    @Test(arguments: [
        ("yes", "true"), ("On", "true"), ("y", "true"), ("off", "false"), ("NO", "false"), ("~", "null"),
        ("Null", "null"),
        ("\"yes\"", "\"yes\""), ("'1'", "\"1\""), ("1", "1"), ("+1", "1"), ("-0", "0"), ("0x1F", "31"), ("017", "15"),
        ("0o17", "15"), ("0b11", "3"), ("-0b11", "-3"), ("1_000", "1000"), ("08", "8"), ("1.50", "1.5"),
        ("1e3", "1000"), (".5", "0.5"),
        ("1.", "1"), ("18446744073709551615", "18446744073709551615"), ("-9223372036854775808", "-9223372036854775808"),
        ("2026-01-02", "\"2026-01-02\""), ("1.2.3", "\"1.2.3\""), ("1:30", "\"1:30\""), ("!!str 1", "\"1\""),
        ("!!int \"7\"", "7"),
        ("!!binary aGk=", "\"hi\""), ("!mine x", "\"x\""), ("0xZZ", "\"0xZZ\""), ("Yess", "\"Yess\""),
        ("100m", "\"100m\""),
        ("- a\n- [b, {c: d}]", "[\"a\",[\"b\",{\"c\":\"d\"}]]"),
        ("{1: a, true: b, 1.5: c}", "{\"1\":\"a\",\"true\":\"b\",\"1.5\":\"c\"}"),
    ])
    func resolvesScalars(_ text: String, _ expected: String) throws { #expect(try value(text).text == expected) }

    @Test func readsStreamsOfJSONObjects() throws {
        let documents = try YAML.documents(" {\"a\":\"}{\\\"\"}{}\n{\"b\":{\"c\":1,\"c\":2}}\n\n")
        #expect(documents.map(\.value) == [["a": "}{\""], .object, ["b": ["c": 2]]])
        #expect(documents.map(\.line) == [1, 1, 2] && documents[2].duplicates.map(\.path) == ["b.c"])
        // What begins like JSON may be YAML.
        #expect(try value("{a: 1, b: [x]}") == ["a": 1, "b": ["x"]])
        #expect(try YAML.documents("{\"a\": 1}\n---\nb: 2").map(\.value) == [["a": 1], ["b": 2]])
        #expect(throws: YAMLError.self) { try YAML.documents("{\"a\": 1} }") }
    }

    @Test func anchorsAndMergeKeys() throws {
        let merged = try value(
            """
            base: &base {a: 1, b: 2}
            other: &other {b: 3, c: 4}
            one: {<<: *base, b: 9}
            two:
              b: 8
              <<: [*base, *other]
            list: [*base, &s text, *s]
            "<<": kept
            """)
        #expect(merged["one"] == ["a": 1, "b": 9] && merged["two"] == ["a": 1, "b": 8, "c": 4])
        #expect(merged["list"] == [["a": 1, "b": 2], "text", "text"] && merged["<<"] == "kept")
    }

    @Test func refusesBombs() {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<12 {
            let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            bomb += "a\(level): &a\(level) [\(references)]\n"
        }
        let failure = #expect(throws: YAMLError.self) { try YAML.documents(bomb) }
        #expect(failure?.reason == "document contains excessive aliasing" && failure?.line == 6)
        let large =
            "a: &a \"\(String(repeating: "x", count: 1 << 20))\"\nb: [" + String(repeating: "*a, ", count: 100) + "]"
        #expect(throws: YAMLError.self) { try YAML.documents(large) }
        #expect(throws: YAMLError.self) { try YAML.documents(String(repeating: "[", count: 100_000)) }
        #expect(throws: YAMLError.self) { try YAML.documents(String(repeating: "- ", count: 2000) + "a") }
        #expect(throws: YAMLError.self) { try YAML.documents("? [a]\n: b") }
        #expect(throws: YAMLError.self) { try YAML.documents("a: &a [*a]") }
    }

    @Test func reportsDuplicateKeys() throws {
        let document = try YAML.document(
            Array("spec:\n  containers:\n  - name: a\n    image: b\n    name: c\nspec2: 1\nspec2: 2\n".utf8))
        #expect(
            document.duplicates == [
                YAML.Duplicate(path: "spec.containers[0].name", key: "name", line: 5),
                YAML.Duplicate(path: "spec2", key: "spec2", line: 7),
            ])
        #expect(document.duplicates[0].description == "line 5: key \"name\" already set in map")
        #expect(document.value == ["spec": ["containers": [["name": "c", "image": "b"]]], "spec2": 2])
    }

    @Test(arguments: [
        ("a: b: c", 1, 5, "mapping values are not allowed in this context"),
        ("a: [1", 2, 1, "did not find expected ',' or ']'"),
        ("a:\n\t- b", 2, 1, "found character that cannot start any token"),
        ("a: *x", 1, 4, "unknown anchor 'x' referenced"),
        ("a: .inf", 1, 4, "unsupported value: .inf"),
        ("{<<: 1}", 1, 7, "map merge requires map or sequence of maps as the value"),
        ("a: !!int x", 1, 4, "cannot decode `x` as a !!int"), ("a: \"\\q\"", 1, 5, "found unknown escape character"),
    ])
    func refuses(_ text: String, _ line: Int, _ column: Int, _ reason: String) {
        #expect(throws: YAMLError(line: line, column: column, reason: reason)) { try YAML.documents(text) }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: YAMLError.self) { try YAML.documents([0x61, 0x3A, 0x20, 0xFF, 0xFE]) }
        #expect(throws: YAMLError.self) { try YAML.document(Array("a: 1\n---\nb: 2".utf8)) }
    }

    @Test func writesAsKubectlDoes() throws {
        let value: JSON = [
            "kind": "Pod",
            "spec": [
                "containers": [["name": "a", "args": ["-x", "yes", "", "a: b", "1"], "env": .array]],
                "nodeSelector": .object,
            ],
            "metadata": [
                "creationTimestamp": "2026-01-02T03:04:05Z", "generation": 1,
                "annotations": ["multi": "a\nb\n", "q": "it's #1 # no"],
            ],
        ]
        #expect(
            YAML.text(value) == """
                kind: Pod
                metadata:
                  annotations:
                    multi: |
                      a
                      b
                    q: 'it''s #1 # no'
                  creationTimestamp: "2026-01-02T03:04:05Z"
                  generation: 1
                spec:
                  containers:
                  - args:
                    - -x
                    - "yes"
                    - ""
                    - 'a: b'
                    - "1"
                    env: []
                    name: a
                  nodeSelector: {}

                """)
    }

    static let strings =
        NaiveJSON.words + [
            "yes", "null", "~", "1", "0x1", "-", "- a", "a:", ": a", "#", "a #b", "---", "...", " lead", "trail ", "\n",
            "a\n", "a\n\n", "a\n\nb", " a\nb", "\ta\nb",
            "'", "\"", "{}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "?", "? a", "|", ">", "<<", "=", "1:20",
            "2026-01-02", "1e3", ".inf", "a\r\nb", "\u{85}", "\u{FEFF}",
            "-1a", "+a", "0o8", "a\n b\n", "a \nb", "\u{2028}\n", "a\n#b", "-- x", "x: ", ".",
        ]

    static func random(_ dice: inout SplitMix64, depth: Int = 0) -> JSON {
        switch Int.random(in: 0..<(depth > 4 ? 3 : 7), using: &dice) {
        case 0:
            return [.null, true, false, 0, -17, JSON(number: "123456789012"), JSON(1.25)].randomElement(using: &dice)
                ?? .null
        case 1, 2: return JSON(strings.randomElement(using: &dice) ?? "")
        case 3, 4: return JSON((0..<Int.random(in: 0..<4, using: &dice)).map { _ in random(&dice, depth: depth + 1) })
        default:
            let names = strings.shuffled(using: &dice).prefix(Int.random(in: 0..<5, using: &dice))
            return JSON(members: names.map { (name: $0, value: random(&dice, depth: depth + 1)) })
        }
    }

    /// Readers look for a key's colon in 1,024 characters, unless a question mark says that there is a key.
    @Test(arguments: [128, 129, 1_100]) func keysMayBeLong(length: Int) throws {
        let key = String(repeating: "k", count: length)
        for value: JSON in ["text", [1, ["a": "b"]], ["x": ["y": "z"]], [:], "one\ntwo\n"] {
            var object: JSON = ["a": "b"]
            object[key] = value
            let text = YAML.text(["outer": object, "list": [object]])
            #expect(text.contains("? k") == (length > 128))
            let read = try YAML.document(Array(text.utf8)).value
            #expect(read["outer"] == object)
            #expect(read["list"]?[0] == object)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func readsWhatItWrites(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<60 {
            let value = Self.random(&dice)
            if value.isNull { continue }
            let text = YAML.text(value)
            let read = try? YAML.documents(text).first?.value
            #expect(read == value, "\(value.text)\n\(text)")
        }
    }

    @Test(arguments: 50..<60 as Range<UInt64>) func survivesDamagedTexts(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        let pieces = [
            "- ", "? ", ": ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!str ", "|\n", ">-\n", "\"", "'", "#", "\n",
            "  ", "\t", "---\n", "...\n", "%YAML 1.1\n", "é", "a",
        ]
        for _ in 0..<100 {
            var bytes = Array(YAML.text(Self.random(&dice)).utf8)
            for _ in 0..<3 {
                let at = Int.random(in: 0...bytes.count, using: &dice)
                if dice.chance(50) {
                    bytes.insert(contentsOf: (pieces.randomElement(using: &dice) ?? "").utf8, at: at)
                } else if at < bytes.count {
                    bytes[at] = UInt8.random(in: 0...255, using: &dice)
                }
            }
            if let documents = try? YAML.documents(bytes) {
                // What was read is JSON as it should be.
                for document in documents { #expect(try JSON(parsing: document.value.text) == document.value) }
            }
        }
    }
}
