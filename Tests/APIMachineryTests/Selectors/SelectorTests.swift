import Basics
import Testing

@testable import APIMachinery

@Suite struct SelectorTests {
    let labels = ["app": "web", "tier": "front", "version": "12", "empty": ""]

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web", true), ("app!=web", false), ("app = web , tier=front", true),
        ("app", true), ("!app", false), ("nope", false), ("!nope", true), ("app in (web,db)", true),
        ("app in (db)", false),
        ("app notin (db)", true), ("app notin (web)", false), ("nope notin (x)", true), ("nope!=x", true),
        ("nope=x", false),
        ("version>11", true), ("version<12", false), ("app>1", false), ("empty=", true), ("empty in ()", true),
        ("empty in (,x)", true), ("app in (,x)", false), ("in=in", false), ("notin notin (in)", true),
        ("app=web,nope", false),
        ("example.com/a!=b", true),
    ])
    func matches(_ text: String, _ expected: Bool) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.matches(labels) == expected)
        #expect(selector.matches(labelsOf: ["metadata": ["labels": JSON(labels)]]) == expected)
        #expect(try LabelSelector(parsing: selector.text) == selector)
        if !text.contains("<"), !text.contains(">") {
            #expect(LabelSelector(selector.json).matches(labels) == expected)
        }
    }

    @Test(arguments: [
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("!=a", "found '!=', expected: !, identifier, or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        (
            "-a=b",
            "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' "
                + "or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                + "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ),
        (
            "a=-b",
            "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or consist of "
                + "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', "
                + " or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"
        ),
    ])
    func refuses(_ text: String, _ message: String) {
        #expect(throws: StatusError.badRequest(message)) { try LabelSelector(parsing: text) }
    }

    @Test func selectorObjects() throws {
        let json: JSON = [
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "tier", "operator": "In", "values": ["front", "back"]],
                ["key": "old", "operator": "DoesNotExist"],
            ],
        ]
        var selector = LabelSelector(json)
        #expect(selector.matches(labels) && !selector.matches(["app": "web"]) && selector.json == json)
        #expect(selector.text == "app=web,!old,tier in (back,front)" && selector.requiredValue(of: "app") == "web")
        selector.matchLabels = ["app": "db"]
        #expect(!selector.matches(labels) && selector.json["matchLabels"] == ["app": "db"])
        #expect(LabelSelector(JSON.object).matches(labels) && !LabelSelector(JSON.null).matches(labels))
        #expect(LabelSelector.nothing.matchesNothing && LabelSelector.everything.isEmpty)
        #expect(!LabelSelector(["matchExpressions": [["key": "a", "operator": "Like"]]]).matches(labels))
    }

    @Test func errorsInSelectorObjects() {
        let json: JSON = [
            "matchLabels": ["a": "b c"],
            "matchExpressions": [
                ["key": "k", "operator": "In"], ["key": "k", "operator": "Exists", "values": ["v"]],
                ["key": "k", "operator": "Like"],
            ],
        ]
        let errors = LabelSelector.errors(json, path: "spec.selector")
        #expect(
            errors.map(\.field) == [
                "spec.selector.matchLabels", "spec.selector.matchExpressions[0].values",
                "spec.selector.matchExpressions[1].values", "spec.selector.matchExpressions[2].operator",
            ])
        #expect(errors[1].message == "Required value: must be specified when `operator` is 'In' or 'NotIn'")
        #expect(errors[3].message == "Invalid value: \"Like\": not a valid selector operator")
    }

    @Test func fieldSelectors() throws {
        let fields = ["metadata.name": "a,b=c\\d", "status.phase": "Running"]
        let selector = try FieldSelector(parsing: #"metadata.name=a\,b\=c\\d,status.phase!=Failed"#)
        #expect(selector.matches(fields) && selector.terms.count == 2)
        #expect(try FieldSelector(parsing: selector.text) == selector)
        #expect(
            selector.requiredValue(of: "metadata.name") == "a,b=c\\d"
                && selector.requiredValue(of: "status.phase") == nil)
        #expect(try !FieldSelector(parsing: "status.phase==Failed").matches(fields))
        #expect(try FieldSelector(parsing: "spec.nodeName=,").matches(fields))
        #expect(throws: StatusError.badRequest("invalid selector: 'a'; can't understand 'a'")) {
            try FieldSelector(parsing: "a")
        }
        #expect(throws: StatusError.badRequest("invalid field selector: invalid escape sequence: \\x")) {
            try FieldSelector(parsing: #"a=\x"#)
        }
        #expect(throws: StatusError.badRequest("invalid field selector: unescaped character in value: =")) {
            try FieldSelector(parsing: "a=b=c")
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func survivesAnyText(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        let pieces = ["a", "in", "notin", "(", ")", ",", "!", "=", "==", "!=", ">", "<", " ", "1", "é", "\\", "x/y"]
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0..<9, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? "" }
                .joined()
            if let selector = try? LabelSelector(parsing: text) {
                #expect(try LabelSelector(parsing: selector.text) == selector, "\(text)")
            }
            if let selector = try? FieldSelector(parsing: text) {
                #expect(try FieldSelector(parsing: selector.text) == selector, "\(text)")
            }
        }
    }
}
