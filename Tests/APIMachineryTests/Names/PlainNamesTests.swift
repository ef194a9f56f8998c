import Testing

@testable import APIMachinery

/// The quick yes must agree with the rules as they are written: regular expressions and lengths.
@Suite struct PlainNamesTests {
    private static let names = [
        "a", "A1", "a.b", "a_b-c", "-a", "a-", ".a", "a.", "", "a b", "ä", String(repeating: "a", count: 63),
        String(repeating: "a", count: 64),
    ]
    private static let prefixes: [(String, Bool)] = [
        ("a", true), ("a.b-c.d", true), ("a..b", false), ("a-.b", false), ("a.-b", false), (".a", false), ("a.", false),
        ("A", false), ("", false), ("a_b", false), (String(repeating: "a", count: 253), true),
        (String(repeating: "a", count: 254), false),
    ]
    private func isName(_ name: String) -> Bool {
        name.utf8.count <= 63 && name.wholeMatch(of: /([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]/) != nil
    }

    @Test func agreesWithTheRules() {
        for name in Self.names {
            #expect(PlainNames.isName(name.utf8) == isName(name), "\(name)")
            #expect(PlainNames.isKey(name) == isName(name), "\(name)")
            #expect(Validation.isLabelValue(name).isEmpty == (isName(name) || name.isEmpty), "\(name)")
            for (prefix, isSound) in Self.prefixes {
                #expect(PlainNames.isKey("\(prefix)/\(name)") == (isSound && isName(name)), "\(prefix)/\(name)")
            }
        }
        #expect(!PlainNames.isKey("a/b/c"))
    }
}
