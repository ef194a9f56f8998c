import APIMachinery
import Testing

@testable import CustomResources

@Suite struct ObjectTests {
    private static let cron = """
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec: {type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'}
              image: {type: string, minLength: 2, maxLength: 5, default: "nginx"}
              replicas: {type: integer, minimum: 1, maximum: 10, default: 1}
              ratio: {type: number, multipleOf: 0.5, exclusiveMaximum: true, maximum: 2}
              mode: {type: string, enum: [slow, fast]}
              port: {x-kubernetes-int-or-string: true}
              when: {type: string, format: date-time}
              note: {type: string, nullable: true, default: "none"}
              labels: {type: object, additionalProperties: {type: string}, maxProperties: 2}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: object, properties: {a: {type: integer}}}}}
              set: {type: array, x-kubernetes-list-type: set, items: {type: string}, maxItems: 3}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, size: {type: integer, default: 3}}
              choice:
                type: object
                properties: {a: {type: integer}, b: {type: integer}}
                oneOf: [{required: [a]}, {required: [b]}]
              whole:
                type: object
                x-kubernetes-embedded-resource: true
                x-kubernetes-preserve-unknown-fields: true
        """

    @Test(arguments: [
        (
            "{spec: {cronSpec: '* * * * *', zz: 1, parts: [{name: a, zz: 2}]}, zz: 3}",
            ["spec.parts[0].zz", "spec.zz", "zz"]
        ),
        (
            "{apiVersion: a/v1, kind: A, metadata: {x: 1}, spec: {free: {x: {y: 1}, known: {a: 1, b: 2}}}}",
            ["spec.free.known.b"]
        ),
        ("{spec: {labels: {a: b}, whole: {kind: X, metadata: {y: 1}, spec: {z: 1}}}}", []),
    ])
    func unknownFieldsAreDropped(_ text: String, _ paths: [String]) throws {
        var object = try Objects.json(text)
        let schema = try Objects.schema(Self.cron)
        #expect(Pruning.prune(&object, schema) == paths)
        #expect(Pruning.prune(&object, schema).isEmpty)
    }

    @Test func defaultsAreFilledInAndNullsGoWhereNoneMayBe() throws {
        var object = try Objects.json(
            "{spec: {cronSpec: x, image: null, note: null, mode: null, parts: [{name: a}, {name: b, size: 4}]}}")
        try Objects.schema(Self.cron).fillIn(&object)
        let expected = try Objects.json(
            "{spec: {cronSpec: x, image: nginx, note: null, replicas: 1, parts: [{name: a, size: 3}, {name: b, size: 4}]}}"
        )
        #expect(object == expected)
    }

    @Test(arguments: [
        ("{spec: {cronSpec: '* * * * */5'}}", []),
        ("{}", ["spec: Required value"]),
        ("{spec: {}}", ["spec.cronSpec: Required value"]),
        (
            "{spec: {cronSpec: '* *'}}",
            [
                "spec.cronSpec: Invalid value: \"* *\": spec.cronSpec in body should match "
                    + "'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'"
            ]
        ),
        (
            "{spec: {cronSpec: 7}}",
            ["spec.cronSpec: Invalid value: \"integer\": spec.cronSpec in body must be of type string: \"integer\""]
        ),
        (
            "{spec: {cronSpec: '* * * * *', image: abcdef, replicas: 11}}",
            [
                "spec.image: Too long: may not be more than 5 bytes",
                "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10",
            ]
        ),
        (
            "{spec: {cronSpec: '* * * * *', image: a, replicas: 0, ratio: 2}}",
            [
                "spec.image: Invalid value: \"a\": spec.image in body should be at least 2 chars long",
                "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
                "spec.ratio: Invalid value: 2: spec.ratio in body should be less than 2",
            ]
        ),
        (
            "{spec: {cronSpec: '* * * * *', mode: none, ratio: 0.3, port: [1], when: soon}}",
            [
                "spec.mode: Unsupported value: \"none\": supported values: \"slow\", \"fast\"",
                "spec.ratio: Invalid value: 0.3: spec.ratio in body should be a multiple of 0.5",
                "spec.port: Invalid value: \"array\": spec.port in body must be of type integer,string: \"array\"",
                "spec.when: Invalid value: \"soon\": spec.when in body must be of type date-time: \"soon\"",
            ]
        ),
        (
            "{spec: {cronSpec: '* * * * *', port: 80, note: null, set: [a, b, a, c], labels: {a: b, c: d, e: f}}}",
            [
                "spec.set: Too many: 4: must have at most 3 items",
                "spec.labels: Too many: 3: must have at most 2 items",
                "spec.set[2]: Duplicate value: \"a\"",
            ]
        ),
        (
            "{spec: {cronSpec: '* * * * *', parts: [{name: a}, {name: b}, {name: a}], choice: {}}}",
            [
                "spec.choice: Invalid value: \"\": \"spec.choice\" must validate one and only one schema (oneOf). Found none valid",
                "spec.choice.a: Required value", "spec.parts[2]: Duplicate value: {\"name\":\"a\"}",
            ]
        ),
        ("{spec: {cronSpec: '* * * * *', choice: {a: 1}, whole: {kind: X}}}", []),
    ])
    func whatIsWrongIsTold(_ text: String, _ faults: [String]) throws {
        #expect(try Objects.faults(Objects.json(text), Objects.schema(Self.cron)) == faults)
    }

    private static let ruled = """
        type: object
        x-kubernetes-validations: [{rule: "self.metadata.name.startsWith('a')", message: "names begin with a"}]
        properties:
          spec:
            type: object
            x-kubernetes-validations:
            - {rule: "self.minReplicas <= self.replicas", messageExpression: "'at least ' + string(self.minReplicas)"}
            - {rule: "has(self.x__dash__y) || self.replicas > 0", fieldPath: .replicas, reason: FieldValueForbidden}
            properties:
              minReplicas: {type: integer, default: 0}
              replicas: {type: integer}
              x-y: {type: string}
              fixed: {type: string, x-kubernetes-validations: [{rule: self == oldSelf, message: is immutable}]}
              once: {type: string, x-kubernetes-validations: [{rule: "!oldSelf.hasValue()", optionalOldSelf: true, message: set once}]}
              size: {x-kubernetes-int-or-string: true, x-kubernetes-validations: [{rule: "type(self) == int ? self < 10 : self.endsWith('%')"}]}
              until: {type: string, format: duration, x-kubernetes-validations: [{rule: "self < duration('1h')"}]}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-validations: [{rule: "self.all(p, p.size < 5)"}]
                items:
                  type: object
                  required: [name]
                  x-kubernetes-validations: [{rule: "self.size >= oldSelf.size", message: parts only grow}]
                  properties: {name: {type: string}, size: {type: integer}}
        """

    @Test(arguments: [
        ("{replicas: 1, minReplicas: 0}", "", []),
        (
            "{replicas: 1, minReplicas: 2}", "",
            ["spec: Invalid value: \"object\": at least 2"]
        ),
        (
            "{replicas: 0, minReplicas: 0}", "",
            ["spec.replicas: Forbidden: failed rule: has(self.x__dash__y) || self.replicas > 0"]
        ),
        ("{replicas: 0, minReplicas: 0, x-y: a}", "", []),
        ("{replicas: 1, minReplicas: 0, fixed: a}", "{}", []),
        (
            "{replicas: 1, minReplicas: 0, fixed: b}", "{fixed: a}",
            ["spec.fixed: Invalid value: \"string\": is immutable"]
        ),
        ("{replicas: 1, minReplicas: 0, once: a}", "{}", []),
        ("{replicas: 1, minReplicas: 0, once: a}", "{once: a}", ["spec.once: Invalid value: \"string\": set once"]),
        (
            "{replicas: 1, minReplicas: 0, size: 10%, until: 90m}", "",
            ["spec.until: Invalid value: \"string\": failed rule: self < duration('1h')"]
        ),
        (
            "{replicas: 1, minReplicas: 0, parts: [{name: a, size: 1}, {name: b, size: 9}]}",
            "{parts: [{name: b, size: 1}, {name: a, size: 2}]}",
            [
                "spec.parts: Invalid value: \"array\": failed rule: self.all(p, p.size < 5)",
                "spec.parts[0]: Invalid value: \"object\": parts only grow",
            ]
        ),
        (
            "{replicas: 1}", "",
            [
                "spec: Invalid value: \"object\": no such key: minReplicas evaluating rule: self.minReplicas <= self.replicas"
            ]
        ),
    ])
    func expressionsAreAsked(_ spec: String, _ old: String, _ faults: [String]) throws {
        let object: JSON = ["metadata": ["name": "abc"], "spec": try Objects.json(spec)]
        let before: JSON? = old.isEmpty ? nil : ["metadata": ["name": "abc"], "spec": try Objects.json(old)]
        #expect(try Objects.faults(object, old: before, Objects.schema(Self.ruled)) == faults)
    }

    @Test func metadataCanBeAskedForItsName() throws {
        let faults = try Objects.faults(["metadata": ["name": "b"]], Objects.schema(Self.ruled))
        #expect(faults == ["<nil>: Invalid value: \"object\": names begin with a"])
    }

    @Test func anObjectsExpressionsEndWhateverTheyCost() throws {
        let schema = try Objects.schema(
            """
            type: object
            properties:
              list: {type: array, items: {type: integer}, x-kubernetes-validations: [{rule: "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))"}]}
            """)
        let object: JSON = ["list": JSON((0..<400).map { JSON($0) })]
        let faults = Objects.faults(object, schema)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("call cost exceeds limit") == true, "\(faults)")
    }

    @Test(arguments: [
        (".spec.a", "x"), (".spec['a.b']", "dotted"), (".spec.list[1].num", "2"), (".spec.list[-1].num", "3"),
        (".spec.list[?(@.t==\"Ready\")].num", "2"), (".spec.list[?(@.num>2)].t", "Last"), (".spec.list[*].num", "1"),
        ("$.spec.a", "x"), (".spec.none", "-"), (".spec.list[7]", "-"), (".spec.esc\\.aped", "e"), ("..t", "First"),
    ])
    func jsonPathLeadsToTheFirstValue(_ path: String, _ expected: String) throws {
        let object = try Objects.json(
            "{spec: {a: x, a.b: dotted, esc.aped: e, list: [{num: 1, t: First}, {num: 2, t: Ready}, {num: 3, t: Last}]}}"
        )
        let value = try #require(JSONPath(path)).first(in: object)
        #expect((value.map { $0.string ?? $0.text } ?? "-") == expected)
    }

    @Test(arguments: ["", "spec", ".spec[", ".spec[?(@.a==)]", ".a..", "[a]"])
    func whatIsNoPathIsNone(_ text: String) { #expect(JSONPath(text) == nil) }

    @Test(arguments: [
        ("date-time", "2024-01-01T00:00:00Z", true), ("date", "2024-02-30", false), ("byte", "YQ==", true),
        ("byte", "?", false),
        ("ipv4", "1.2.3.4", true), ("ipv4", "::1", false), ("ipv6", "::1", true), ("cidr", "10.0.0.0/33", false),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", true),
        ("uuid4", "123e4567-e89b-12d3-a456-426614174000", false),
        ("hostname", "a.b", true), ("hostname", "-a", false), ("email", "a@b", true), ("uri", "http://x", true),
        ("uri", "x", false), ("mac", "00:11:22:33:44:55", true), ("duration", "1h3m", true), ("duration", "1", false),
        ("k8s-short-name", "a-b", true), ("k8s-short-name", "A", false), ("no-such", "x", true),
    ])
    func formatsAreChecked(_ format: String, _ text: String, _ isTaken: Bool) {
        #expect((ValueFormat(format)?.accepts(text) ?? true) == isTaken)
    }
}
