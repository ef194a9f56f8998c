import CEL
import Testing

/// Expressions by what they give, with the variables that `ExpressionTests.variables` names.
@Suite struct ExpressionTests {
    static let variables: [String: Value] = [
        "x": .int(5), "s": .string("hello"), "list": .list([.int(1), .int(2), .int(3)]),
        "map": .map(ValueMap(["a": .int(1), "b": .string("two")])), "any": .list([.null, .string("é")]),
        "obj": .map(ValueMap(["name": .string("n"), "size": .int(3)])),
    ]
    static let environment = Environment(
        variables: [
            "x": .int, "s": .string, "list": .list(.int), "map": .map(.string, .dyn), "any": .dyn,
            "obj": .named("Thing"),
        ],
        objects: { $0 == "Thing" ? ["name": .string, "size": .int, "absent": .string] : nil })

    /// What it gives as text, "error: …" if it fails when it runs, or the first fault if it is none.
    static func outcome(_ text: String, costLimit: Int = 1_000_000) -> String {
        do {
            let program = try Program(text, in: environment)
            return try program.evaluate(costLimit: costLimit) { variables[$0] }.text
        } catch let error as ExpressionError {
            return error.faults[0].sentence
        } catch { return "error: \(error)" }
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("-x", "-5"), ("- -x", "5"), ("7 / 2", "3"), ("-7 % 3", "-1"),
        ("0x10 + 1", "17"), ("1u + 2u", "3"), ("1.5 * 2.0", "3"), ("2.5e1", "25"), ("x == 5 ? 'y' : 'n'", "y"),
        ("'a' + \"b\"", "ab"), ("r'\\n'", "\\n"), ("'\\u00e9'", "é"), ("b'\\xff' == b'\\377'", "true"),
        ("'''a\n'b' '''", "a\n'b' "), ("[1, 2] + [3]", "[1, 2, 3]"), ("{'a': 1}['a']", "1"), ("list[2]", "3"),
        ("map.b", "two"), ("'a' in map", "true"), ("4 in list", "false"), ("1 < 2u", "true"), ("1.5 > 1", "true"),
        ("dyn(1) == dyn(1.0)", "true"), ("9007199254740993 > 9007199254740992.0", "true"), ("type(1) == int", "true"),
        ("!(x > 3 && s.startsWith('h'))", "false"), ("// a comment\n 1", "1"), ("size(s) + s.size()", "10"),
        ("size('é')", "1"), ("obj.name + string(obj.size)", "n3"), ("-9223372036854775808", "-9223372036854775808"),
        ("any[1] == 'é'", "true"), ("any[0] == null", "true"), ("[1, 'a', null].size()", "3"), ("`s` + ''", "hello"),
    ]) func operators(_ text: String, _ expected: String) { #expect(Self.outcome(text) == expected) }

    @Test(arguments: [
        ("list.all(i, i > 0)", "true"), ("list.exists(i, i == 2)", "true"), ("list.exists_one(i, i > 1)", "false"),
        ("list.map(i, i * 2)", "[2, 4, 6]"), ("list.map(i, i > 1, i * 2)", "[4, 6]"),
        ("list.filter(i, i % 2 == 1)", "[1, 3]"), ("map.all(k, k in map)", "true"),
        ("list.all(i, v, i + 1 == v)", "true"), ("map.transformMap(k, v, k + '!')", "{a: a!, b: b!}"),
        ("list.transformList(i, v, i * v)", "[0, 2, 6]"), ("has(obj.name) && !has(map.zzz)", "true"),
        ("has(obj.absent)", "false"), ("list.exists(i, 6 / (i - 1) == 6)", "true"),
        ("cel.bind(y, x + 1, y * y)", "36"), ("map[?'zzz'].orValue(7)", "7"), ("map.?a.hasValue()", "true"),
        ("optional.of(3).optMap(v, v + 1).value()", "4"), ("optional.none().or(optional.of(1)).value()", "1"),
        ("[?map.?zzz, ?map.?a]", "[1]"), ("{?'q': map.?zzz}.size()", "0"),
        ("false && (1 / 0 == 1)", "false"), ("(1 / 0 == 1) || true", "true"),
    ]) func macros(_ text: String, _ expected: String) { #expect(Self.outcome(text) == expected) }

    @Test(arguments: [
        ("s.contains('ell')", "true"), ("s.indexOf('l')", "2"), ("s.lastIndexOf('l')", "3"), ("s.indexOf('l', 3)", "3"),
        ("s.substring(1, 3)", "el"), ("s.upperAscii()", "HELLO"), ("' a '.trim()", "a"),
        ("'a,b,c'.split(',', 2)", "[a, b,c]"), ("['a', 'b'].join('-')", "a-b"), ("s.replace('l', 'L', 1)", "heLlo"),
        ("s.charAt(4)", "o"), ("s.matches('^h.*o$')", "true"), ("'a1b22'.findAll('[0-9]+')", "[1, 22]"),
        ("'abc'.find('[bc]+')", "bc"), ("[3, 1, 2].min()", "1"), ("[1, 2].sum()", "3"),
        ("[1, 3, 2].isSorted()", "false"),
        ("list.indexOf(3)", "2"), ("sets.contains([1, 2], [2])", "true"),
        ("sets.equivalent([1, 2], [2, 1, 1])", "true"),
        ("sets.intersects([1], [2])", "false"), ("int('42') + int(2.9)", "44"), ("double('1.5')", "1.5"),
        ("string(duration('1h30m'))", "5400s"), ("duration('-1.5s')", "-1.5s"),
        ("timestamp('2024-02-29T12:30:00Z').getDayOfYear()", "59"),
        ("timestamp('2024-01-07T00:00:00Z').getDayOfWeek()", "0"),
        ("timestamp('2024-01-01T00:30:00Z').getHours('+02:30')", "3"),
        ("timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z')", "86400s"), ("bool('true')", "true"),
        ("uint(3) == 3u", "true"),
    ]) func functions(_ text: String, _ expected: String) { #expect(Self.outcome(text) == expected) }

    @Test(arguments: [
        ("1 / 0", "error: division by zero"), ("1 % 0", "error: modulus by zero"),
        ("9223372036854775807 + 1", "error: integer overflow"), ("list[7]", "error: index out of bounds: 7"),
        ("map.zzz", "error: no such key: zzz"), ("any[0].b", "error: no such overload"),
        ("obj.nothing", "undefined field 'nothing'"), ("y", "undeclared reference to 'y' (in container '')"),
        ("1 + 'a'", "found no matching overload for '_+_' applied to '(int, string)'"),
        ("s.startsWith(1)", "found no matching overload for 'startsWith' applied to 'string.(int)'"),
        (
            "x.all(i, true)",
            "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"
        ),
        ("list.map(i + 1, i)", "argument must be a simple name"), ("has(x)", "invalid argument to has() macro"),
        (
            "1 &&",
            "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', "
                + "NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
        ),
        ("'open", "Syntax error: token recognition error at: '''"),
        ("s.matches('(')", "error: error parsing regexp: missing closing ): `(`"),
        ("optional.none().value()", "error: optional.none() dereference"),
        ("{'a': 1, 'a': 2}", "error: Failed with repeated key"),
    ]) func faults(_ text: String, _ expected: String) { #expect(Self.outcome(text) == expected) }

    @Test func aFaultIsShownInItsLine() {
        #expect(throws: ExpressionError.self) { _ = try Program("x ==\n  nope", in: Self.environment) }
        do { _ = try Program("x ==\n  nope", in: Self.environment) } catch {
            #expect(
                error.description
                    == "ERROR: <input>:2:3: undeclared reference to 'nope' (in container '')\n |   nope\n | ..^")
        }
    }

    /// What would take long costs too much, and ends; what nests too deeply is refused.
    @Test func nothingRunsForLong() {
        let many = "[\(Array(repeating: "1", count: 1_000).joined(separator: ","))]"
        let nested = "\(many).all(a, \(many).all(b, \(many).all(c, true)))"
        #expect(Self.outcome(nested) == "error: operation cancelled: actual cost limit exceeded")
        let text = "'\(String(repeating: "a", count: 40))'.matches('(a*)*b')"
        #expect(Self.outcome(text) == "false")
        let deep = String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)
        #expect(Self.outcome(deep).hasPrefix("expression recursion limit exceeded"))
        #expect(
            Self.outcome(Array(repeating: "1", count: 5_000).joined(separator: " + ")).hasPrefix("expression recursion")
        )
        #expect(Self.outcome(Array(repeating: "1", count: 900).joined(separator: " + ")) == "900")
        #expect(Self.outcome("s.matches('(a{1000}){1000}')").contains("expression too large"))
    }

    @Test(arguments: [
        ("^a+$", "aaa", true), ("^(?i)AbC$", "abc", true), ("a|bc", "xbc", true), ("^[^0-9]+$", "ab1", false),
        ("^\\d{2,3}$", "1234", false), ("^\\d{2,3}$", "123", true), ("\\bfoo\\b", "a foo b", true),
        ("^.$", "\n", false),
        ("(?s)^.$", "\n", true), ("^[[:alpha:]]+$", "abC", true), ("^[a-c-]+$", "a-c", true), ("x*", "", true),
        ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "my-name", true), ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "my-", false),
        ("(?P<n>a)(?:b)", "ab", true), ("^\\x41$", "A", true), ("(?m)^b$", "a\nb\nc", true), ("a??b", "b", true),
    ]) func patterns(_ pattern: String, _ text: String, _ isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == isMatch)
    }
}
