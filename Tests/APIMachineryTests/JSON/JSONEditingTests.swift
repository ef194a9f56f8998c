import Basics
import TestKit
import Testing

@testable import APIMachinery

@Suite struct JSONEditingTests {
    let pod = #"{"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#

    @Test func changesOnlyWhatIsNamed() throws {
        var value = try JSON(parsing: pod)
        let before = value
        value["metadata", "labels", "tier"] = "front"
        value["spec"]?["containers"]?[1]["image"] = "nginx"
        value["status", "phase"] = "Running"
        value["metadata"]?["name"] = nil
        #expect(
            value.text
                == #"{"metadata":{"labels":{"app":"web","tier":"front"}},"#
                + #""spec":{"containers":[{"name":"a"},{"name":"b","image":"nginx"}]},"status":{"phase":"Running"}}"#)
        #expect(before.text == pod)
    }

    @Test func settingNilMakesNothing() throws {
        var value = try JSON(parsing: pod)
        value["status", "phase"] = nil
        value["metadata", "name", "x"] = nil
        value["nope"] = nil
        value["nope"]?["inner"] = 1
        #expect(value.text == pod)
        var scalar: JSON = "text"
        scalar["a"] = nil
        #expect(scalar == "text")
        scalar["a"] = 1
        #expect(scalar.text == #"{"a":1}"#)
        var null = JSON.null
        null["a", "b", "c"] = true
        #expect(null.text == #"{"a":{"b":{"c":true}}}"#)
    }

    @Test func arrays() throws {
        var value = try JSON(parsing: "[1,[2]]")
        value[0] = "one"
        value[1].append(3)
        value[9] = "nowhere"
        value[-1] = "nowhere"
        value.append(.null)
        #expect(value.text == #"["one",[2,3],null]"#)
        #expect(value[9].isNull && value[-1].isNull)
        var scalar: JSON = 1
        scalar[0] = 2
        #expect(scalar == 1)
    }

    @Test func updatesManyMembersAtOnce() throws {
        var value = try JSON(parsing: #"{"a":1,"b":2,"c":3}"#)
        value.updateMembers { name, value in name == "b" ? .none : JSON([value]) }
        #expect(value.text == #"{"a":[1],"c":[3]}"#)
    }

    /// Many random edits to a parsed value and to the plainest model; what can be read of them must stay the same.
    @Test(arguments: 0..<40 as Range<UInt64>) func agreesWithTheNaiveModel(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        var model = NaiveJSON.random(&dice)
        var value = try JSON(parsing: model.text)
        var earlier: [(JSON, String)] = []
        for _ in 0..<40 {
            earlier.append((value, model.text))
            let path = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
                NaiveJSON.words.randomElement(using: &dice) ?? ""
            }
            let new = dice.chance(30) ? nil : NaiveJSON.random(&dice, depth: 3)
            value.set(path, to: dice.chance(50) ? new?.json : try new.map { try JSON(parsing: $0.text) })
            model.set(path[...], to: new)
            #expect(value.text == model.text, "seed \(seed)")
            if dice.chance(20) { value = value.frozen }
            let read = NaiveJSON.words.randomElement(using: &dice) ?? ""
            #expect(value[read]?.text == model.member(read)?.text, "seed \(seed)")
        }
        for (value, text) in earlier { #expect(value.text == text, "a later change shows in an earlier value") }
    }

    /// Freezing and splicing build the very tape that parsing would.
    @Test(arguments: 300..<340 as Range<UInt64>) func buildsTapesAsTheParserWould(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<20 {
            var value = try JSON(parsing: NaiveJSON.random(&dice).text)
            if dice.chance(70) { value["metadata", "name"] = NaiveJSON.random(&dice, depth: 3).json }
            try expectParsedForm(value.frozen, value.text)
            let stamped = value.frozen.settingResourceVersion(1234)
            #expect(stamped["metadata", "resourceVersion"]?.string == "1234")
            try expectParsedForm(stamped, stamped.text)
            let again = stamped.settingResourceVersion(12_345_678)
            var expected = stamped
            expected["metadata", "resourceVersion"] = "12345678"
            try expectParsedForm(again, expected.text)
            value["metadata"]?["resourceVersion"] = .none
            guard value["metadata"]?.isObject == true else {
                #expect(value.frozen.inserting("resourceVersion", first: "metadata", "77") == nil)
                continue
            }
            let inserted = try #require(value.frozen.inserting("resourceVersion", first: "metadata", "77"))
            value["metadata"] = JSON(
                members: [("resourceVersion", "77")] + (value["metadata"]?.members ?? []))
            try expectParsedForm(inserted, value.text)
        }
    }

    func expectParsedForm(_ value: JSON, _ text: String) throws {
        guard case .slice(let document, 0) = value.node else {
            Issue.record("not frozen")
            return
        }
        guard case .slice(let parsed, _) = try JSON(parsing: text).node else { return }
        #expect(document.text == parsed.text)
        #expect(document.tape == parsed.tape, "\(text)")
    }

    @Test func comparesByMeaning() throws {
        let a = try JSON(parsing: #"{"a":1,"b":[1.0,"\u0041"],"c":{"x":null,"y":true}}"#)
        let b: JSON = ["c": ["y": true, "x": .null], "b": [JSON(number: "1"), "A"], "a": JSON(number: "1e0")]
        #expect(a == b && a.hashValue == b.hashValue)
        #expect(try JSON(parsing: "9007199254740993") != JSON(parsing: "9007199254740992"))
        #expect(JSON("é") != JSON("e\u{301}"))
        #expect(a["c"] != a["b"] && a != ["a": 1])
        #expect(try JSON(parsing: "[1,2]") != JSON(parsing: "[2,1]"))
        #expect(try JSON(parsing: #"{"a":1,"b":2}"#) != JSON(parsing: #"{"a":1,"c":2}"#))
    }

    @Test func prettyAndCanonicalTexts() throws {
        let value = try JSON(parsing: #"{"b":[1,{"z":null}],"a":{},"c":[]}"#)
        #expect(
            value.prettyText() == """
                {
                  "b": [
                    1,
                    {
                      "z": null
                    }
                  ],
                  "a": {},
                  "c": []
                }
                """)
        #expect(value.prettyText(indent: 4).contains("\n        1,\n"))
        #expect(value.canonicalText == #"{"a":{},"b":[1,{"z":null}],"c":[]}"#)
        #expect(try JSON(parsing: value.prettyText(indent: 4)) == value)
    }
}

extension NaiveJSON {
    func member(_ name: String) -> NaiveJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { Array($0.0.utf8) == Array(name.utf8) }?.1
    }
    mutating func set(_ path: ArraySlice<String>, to new: NaiveJSON?) {
        guard let first = path.first else {
            self = new ?? .null
            return
        }
        let rest = path.dropFirst()
        var inner = member(first)
        if rest.isEmpty {
            inner = new
        } else {
            if new == nil && inner == nil { return }
            if new == nil, case .object = inner {} else if new == nil { return }
            var deeper = inner ?? .object([])
            deeper.set(rest, to: new)
            inner = deeper
        }
        var members: [(String, NaiveJSON)] = []
        if case .object(let present) = self { members = present } else if inner == nil { return }
        if let at = members.firstIndex(where: { Array($0.0.utf8) == Array(first.utf8) }) {
            if let inner { members[at].1 = inner } else { members.remove(at: at) }
        } else if let inner {
            members.append((first, inner))
        }
        self = .object(members)
    }
}
