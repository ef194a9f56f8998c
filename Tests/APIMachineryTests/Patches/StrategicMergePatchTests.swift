import Basics
import Testing

@testable import APIMachinery

@Suite struct StrategicMergePatchTests {
    static let schema = Schema(notation: [
        """
        package test
        kind Thing
          metadata 1 Meta
          spec 2 Spec
        type Meta
          name 1 string
          labels 2 {string}
          finalizers 3 [string] set merge
        type Spec
          containers 1 [Container] map(name) merge(name)
          strategy 2 Strategy retainKeys
          args 3 [string] atomic
          named 4 {Container}
          whole 5 Container replace
        type Container
          name 1 string
          image 2 string
          ports 3 [Port] map(containerPort) merge(containerPort)
          env 4 [Env] map(name) merge(name)
        type Port
          containerPort 1 int32
          protocol 2 string
        type Env
          name 1 string
          value 2 string
        type Strategy
          type 1 string
          rollingUpdate 2 any
        """
    ])

    func apply(_ patch: String, to text: String) throws -> String {
        #expect(Self.schema.problems == [])
        let type = try #require(Self.schema.type(named: "test.Thing"))
        return try StrategicMergePatch.apply(JSON(parsing: patch), to: JSON(parsing: text), type: type).text
    }

    @Test(arguments: [
        // Objects by member; null removes; unknown members merge as well.
        (
            #"{"metadata":{"labels":{"a":"1","b":"2"}}}"#, #"{"metadata":{"labels":{"b":null,"c":"3"}}}"#,
            #"{"metadata":{"labels":{"a":"1","c":"3"}}}"#
        ),
        (#"{"x":{"y":[1,2],"z":1}}"#, #"{"x":{"y":[3],"w":{"v":null}}}"#, #"{"x":{"y":[3],"z":1,"w":{}}}"#),
        // A list by merge key: in the patch's order, with what only the server has kept before what followed it there. So what
        // is all new comes first, as in Kubernetes.
        (
            #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}}"#,
            #"{"spec":{"containers":[{"name":"b","image":"2"},{"name":"c","image":"3"}]}}"#,
            #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"},{"name":"c","image":"3"}]}}"#
        ),
        // Nested lists by their own keys, of numbers too.
        (
            #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":81}]}]}}"#,
            #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":81,"protocol":"UDP"}]}]}}"#,
            #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":81,"protocol":"UDP"}]}]}}"#
        ),
        // $patch: delete and replace, of elements, lists and objects.
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
            #"{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}"#,
            #"{"spec":{"containers":[{"name":"b"}]}}"#
        ),
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
            #"{"spec":{"containers":[{"name":"c"},{"$patch":"replace"}]}}"#,
            #"{"spec":{"containers":[{"name":"c"}]}}"#
        ),
        (
            #"{"metadata":{"labels":{"a":"1"}}}"#, #"{"metadata":{"labels":{"$patch":"replace","b":"2"}}}"#,
            #"{"metadata":{"labels":{"b":"2"}}}"#
        ),
        (
            #"{"metadata":{"labels":{"a":"1"},"name":"x"}}"#, #"{"metadata":{"labels":{"$patch":"delete"}}}"#,
            #"{"metadata":{"labels":{},"name":"x"}}"#
        ),
        (
            #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"}]}]}}"#,
            #"{"spec":{"containers":[{"name":"a","$patch":"replace"}]}}"#, #"{"spec":{"containers":[]}}"#
        ),
        // Directives in what is new are not kept.
        (
            #"{}"#,
            #"{"spec":{"containers":[{"name":"a","env":[{"name":"E","$patch":"delete"}]}],"$retainKeys":["containers"]}}"#,
            #"{"spec":{"containers":[{"name":"a","env":[]}]}}"#
        ),
        // Scalars as sets; and taken from them.
        (
            #"{"metadata":{"finalizers":["a","b"]}}"#, #"{"metadata":{"finalizers":["b","c"]}}"#,
            #"{"metadata":{"finalizers":["a","b","c"]}}"#
        ),
        (
            #"{"metadata":{"finalizers":["a","b","c"]}}"#,
            #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["b","x"]}}"#,
            #"{"metadata":{"finalizers":["a","c"]}}"#
        ),
        // Lists without merging, maps of objects, and replaced objects.
        (#"{"spec":{"args":["a","b"]}}"#, #"{"spec":{"args":["c"]}}"#, #"{"spec":{"args":["c"]}}"#),
        (
            #"{"spec":{"named":{"x":{"name":"x","env":[{"name":"A","value":"1"}]}}}}"#,
            #"{"spec":{"named":{"x":{"env":[{"name":"B","value":"2"}]}}}}"#,
            #"{"spec":{"named":{"x":{"name":"x","env":[{"name":"B","value":"2"},{"name":"A","value":"1"}]}}}}"#
        ),
        (
            #"{"spec":{"whole":{"name":"a","image":"b"}}}"#, #"{"spec":{"whole":{"name":"c"}}}"#,
            #"{"spec":{"whole":{"name":"c"}}}"#
        ),
        // $retainKeys.
        (
            #"{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}"#,
            #"{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}"#,
            #"{"spec":{"strategy":{"type":"Recreate"}}}"#
        ),
        // $setElementOrder: the patch's order, with what only the server has kept in its place.
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}}"#,
            #"{"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],"containers":[{"name":"a","image":"2"}]}}"#,
            #"{"spec":{"containers":[{"name":"b"},{"name":"c"},{"name":"a","image":"2"}]}}"#
        ),
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
            #"{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"new"},{"name":"a"}],"containers":[{"name":"new"}]}}"#,
            #"{"spec":{"containers":[{"name":"b"},{"name":"new"},{"name":"a"}]}}"#
        ),
        (
            #"{"metadata":{"finalizers":["a","b","c"]}}"#,
            #"{"metadata":{"$setElementOrder/finalizers":["c","d","a"],"finalizers":["d"],"$deleteFromPrimitiveList/finalizers":["b"]}}"#,
            #"{"metadata":{"finalizers":["c","d","a"]}}"#
        ),
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
            #"{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}}"#,
            #"{"spec":{"containers":[{"name":"b"},{"name":"a"}]}}"#
        ),
        (
            #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
            #"{"spec":{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"name":"a","$patch":"delete"}]}}"#,
            #"{"spec":{"containers":[{"name":"b"}]}}"#
        ),
    ])
    func merges(_ text: String, _ patch: String, _ expected: String) throws {
        let result = try apply(patch, to: text)
        #expect(result == expected)
    }

    @Test(arguments: [
        ("[]", "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (#"{"spec":{"containers":[{"image":"x"}]}}"#, #"map: {"image":"x"} does not contain declared merge key: name"#),
        (#"{"spec":{"$patch":"merge"}}"#, "unknown patch type: \"merge\" in map: {}"),
        (
            #"{"spec":{"containers":[{"name":"a","$patch":"fly"}]}}"#,
            #"unknown patch type: "fly" in map: {"name":"a","$patch":"fly"}"#
        ),
        (#"{"spec":{"strategy":{"$retainKeys":["type"],"rollingUpdate":{}}}}"#, "invalid patch format of retainKeys"),
        (#"{"spec":{"$setElementOrder/containers":{}}}"#, "invalid patch format of setElementOrder list"),
        (
            #"{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a"},{"name":"b"}]}}"#,
            "The order in patch list:\n[{\"name\":\"a\"},{\"name\":\"b\"}]\n doesn't match $setElementOrder list:\n[{\"name\":\"b\"},{\"name\":\"a\"}]\n"
        ),
        (#"{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}"#, "invalid patch format of primitive list"),
        (#"{"metadata":{"finalizers":[{}]}}"#, "list element types are not identical"),
    ])
    func refuses(_ patch: String, _ sentence: String) {
        let text = #"{"metadata":{"finalizers":["a"]},"spec":{"containers":[{"name":"a"}],"strategy":{"type":"x"}}}"#
        #expect(throws: StatusError.badRequest(sentence)) { try apply(patch, to: text) }
    }

    @Test func withoutATypeMergesObjectsAndReplacesLists() throws {
        let patched = try StrategicMergePatch.apply(
            ["spec": ["list": [3], "b": 2]], to: ["spec": ["list": [1, 2], "a": 1]], type: nil)
        #expect(patched == ["spec": ["list": [3], "a": 1, "b": 2]])
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func survivesAnyPatch(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        let type = try #require(Self.schema.type(named: "test.Thing"))
        let names = [
            "metadata", "spec", "containers", "name", "finalizers", "ports", "containerPort", "$patch", "$retainKeys",
            "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "strategy",
        ]
        func random(_ depth: Int) -> JSON {
            switch Int.random(in: 0..<(depth > 4 ? 3 : 6), using: &dice) {
            case 0: return [.null, 1, true, "delete", "replace", "a", "b"].randomElement(using: &dice) ?? .null
            case 1, 2: return JSON((0..<Int.random(in: 0..<3, using: &dice)).map { _ in random(depth + 1) })
            default:
                return JSON(
                    members: names.shuffled(using: &dice).prefix(4).map { (name: $0, value: random(depth + 1)) })
            }
        }
        for _ in 0..<200 {
            let object: JSON = ["metadata": random(1), "spec": random(1)]
            let patch: JSON = ["metadata": random(1), "spec": random(1)]
            if let merged = try? StrategicMergePatch.apply(patch, to: object, type: type) {
                #expect(try JSON(parsing: merged.text) == merged)
            }
        }
    }
}
