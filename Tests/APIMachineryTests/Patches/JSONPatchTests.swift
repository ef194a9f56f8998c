import Basics
import TestKit
import Testing

@testable import APIMachinery

@Suite struct JSONPatchTests {
    func apply(_ patch: String, to text: String) throws -> String {
        try JSONPatch(JSON(parsing: patch)).apply(to: JSON(parsing: text)).text
    }

    @Test(arguments: [
        (#"{"a":1}"#, #"[{"op":"add","path":"/b","value":[1]}]"#, #"{"a":1,"b":[1]}"#),
        (#"{"a":1}"#, #"[{"op":"add","path":"/a","value":null}]"#, #"{"a":null}"#),
        (
            #"{"a":[1,3]}"#, #"[{"op":"add","path":"/a/1","value":2},{"op":"add","path":"/a/-","value":4}]"#,
            #"{"a":[1,2,3,4]}"#
        ),
        (#"{"a":[1,2,3]}"#, #"[{"op":"remove","path":"/a/1"},{"op":"remove","path":"/a/-1"}]"#, #"{"a":[1]}"#),
        (#"{"a":{"b":1},"c":2}"#, #"[{"op":"remove","path":"/a/b"}]"#, #"{"a":{},"c":2}"#),
        (#"{"a":{"b":[1]}}"#, #"[{"op":"replace","path":"/a/b/0","value":{"x":1}}]"#, #"{"a":{"b":[{"x":1}]}}"#),
        (#"{"a":1}"#, #"[{"op":"replace","path":"","value":[]}]"#, "[]"),
        (#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a/b","path":"/c"}]"#, #"{"a":{},"c":1}"#),
        (#"{"a":[1,2]}"#, #"[{"op":"move","from":"/a/0","path":"/a/1"}]"#, #"{"a":[2,1]}"#),
        (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/a/c"}]"#, #"{"a":{"b":1,"c":{"b":1}}}"#),
        (#"{"a/b":{"~c":1}}"#, #"[{"op":"test","path":"/a~1b/~0c","value":1.0}]"#, #"{"a/b":{"~c":1}}"#),
        (#"{"a":1}"#, #"[{"op":"test","path":"/nope","value":null}]"#, #"{"a":1}"#),
        (#"{"":1}"#, #"[{"op":"replace","path":"/","value":2}]"#, #"{"":2}"#),
        (#"{"a":1}"#, "[]", #"{"a":1}"#),
    ])
    func changes(_ text: String, _ patch: String, _ expected: String) throws {
        let result = try apply(patch, to: text)
        #expect(result == expected)
    }

    @Test(arguments: [
        (#"[{"op":"remove","path":"/nope"}]"#, #"path "/nope" does not exist"#),
        (#"[{"op":"replace","path":"/nope","value":1}]"#, #"path "/nope" does not exist"#),
        (#"[{"op":"add","path":"/nope/x","value":1}]"#, #"path "/nope" does not exist"#),
        (#"[{"op":"add","path":"/list/3","value":1}]"#, #"array index 3 is out of bounds in "/list/3""#),
        (#"[{"op":"add","path":"/list/01","value":1}]"#, #"invalid array index "01" in "/list/01""#),
        (#"[{"op":"remove","path":"/list/-"}]"#, #"invalid array index "-" in "/list/-""#),
        (#"[{"op":"add","path":"/n/x","value":1}]"#, #"path "/n/x" does not exist"#),
        (#"[{"op":"test","path":"/n","value":2}]"#, "testing value /n failed: test failed"),
        (#"[{"op":"move","from":"/o","path":"/o/p"}]"#, #"unable to move "/o" into "/o/p", which is inside it"#),
        (#"[{"op":"copy","from":"/nope","path":"/a"}]"#, #"path "/nope" does not exist"#),
        (#"[{"op":"remove","path":""}]"#, "unable to remove the whole document"),
    ])
    func cannotBeDone(_ patch: String, _ sentence: String) throws {
        let failure = #expect(throws: StatusError.self) { try apply(patch, to: #"{"n":1,"list":[1,2],"o":{}}"#) }
        #expect(failure?.code == 422 && failure?.causes.first?.message == sentence)
    }

    @Test(arguments: [
        "{}", "[1]", #"[{"op":"add","path":"a","value":1}]"#, #"[{"op":"add","path":"/a"}]"#,
        #"[{"op":"fly","path":"/a"}]"#, #"[{"path":"/a"}]"#,
        #"[{"op":"move","path":"/a"}]"#, #"[{"op":"add","path":"/~2","value":1}]"#,
        #"[{"op":"add","path":"/a~","value":1}]"#,
    ])
    func isNoPatch(_ text: String) throws {
        let json = try JSON(parsing: text)
        #expect(throws: StatusError.self) { try JSONPatch(json) }
        #expect((try? JSONPatch(json)) == nil)
    }

    @Test func limits() throws {
        let many = JSON(Array(repeating: ["op": "test", "path": "/a", "value": .null] as JSON, count: 10_001))
        let failure = #expect(throws: StatusError.self) { try JSONPatch(many) }
        #expect(failure?.code == 413)
        #expect(failure?.message == "The allowed maximum operations in a JSON patch is 10000, got 10001")
        let doubling = JSON(
            [["op": "add", "path": "/a0", "value": JSON(String(repeating: "x", count: 1000))]]
                + (0..<30).map { (level: Int) -> JSON in
                    ["op": "copy", "from": "", "path": JSON("/a\(level + 1)")]
                })
        #expect(throws: StatusError.self) { try JSONPatch(doubling).apply(to: .object) }
        let deep = try JSON(parsing: String(repeating: "[", count: 511) + String(repeating: "]", count: 511))
        let nest: JSON = [
            ["op": "add", "path": "/a", "value": deep], ["op": "add", "path": "/a/0/0/-", "value": deep],
        ]
        #expect(throws: StatusError.self) { try JSONPatch(nest).apply(to: .object) }
    }

    @Test func isAllOrNothingAndLeavesTheOriginal() throws {
        let original = try JSON(parsing: #"{"a":[1]}"#)
        let patch = try JSONPatch(JSON(parsing: #"[{"op":"add","path":"/a/-","value":2},{"op":"remove","path":"/b"}]"#))
        #expect(throws: StatusError.self) { try patch.apply(to: original) }
        #expect(original.text == #"{"a":[1]}"#)
    }

    /// The cases of RFC 7396, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        (#"{"a":{"x":1}}"#, #"{"a":{}}"#, #"{"a":{"x":1}}"#),
    ])
    func mergePatch(_ text: String, _ patch: String, _ expected: String) throws {
        #expect(try MergePatch.apply(JSON(parsing: patch), to: JSON(parsing: text)).text == expected)
    }

    @Test func refusesAMergePatchThatIsNoObject() {
        let sentence =
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        #expect(throws: StatusError.badRequest(sentence)) { try MergePatch.apply(JSON.array, to: .object) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func aDifferenceLeadsFromOneToTheOther(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let old: JSON = ["x": NaiveJSON.random(&dice).json, "same": 1]
            var new = old
            for _ in 0..<3 {
                let path = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
                    NaiveJSON.words.randomElement(using: &dice) ?? ""
                }
                new.set(path, to: dice.chance(30) ? .none : NaiveJSON.random(&dice, depth: 4).json)
            }
            let patch = MergePatch.difference(from: old, to: new)
            let patched = try MergePatch.apply(patch, to: old)
            // A merge patch cannot say that a member is null.
            if !patch.text.contains("null") { #expect(patched == new, "\(seed)") }
            #expect(patch["same"] == nil)
        }
    }
}
