import Testing

@testable import APIMachinery

@Suite struct ValidationTests {
    let long = String(repeating: "a", count: 64)

    @Test func dnsNames() {
        for good in ["a", "a-b", "0", "web-1", String(repeating: "a", count: 63)] {
            #expect(Validation.isDNS1123Label(good) == [])
        }
        #expect(Validation.isDNS1123Label("a.b") == ["must not contain dots"])
        #expect(Validation.isDNS1123Label(long) == ["must be no more than 63 characters"])
        let sentence =
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
            + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        for bad in ["", "-a", "a-", "A", "a_b", "é", "a\n"] { #expect(Validation.isDNS1123Label(bad) == [sentence]) }
        for good in ["a.b", "a", "0.1-2.c"] { #expect(Validation.isDNS1123Subdomain(good) == []) }
        for bad in ["", ".", "a.", "a..b", "A.b", "-a.b"] { #expect(Validation.isDNS1123Subdomain(bad).count == 1) }
        #expect(
            Validation.isDNS1123Subdomain(String(repeating: "a", count: 254)) == ["must be no more than 253 characters"]
        )
        for bad in ["1a", "", "a.b"] { #expect(Validation.isDNS1035Label(bad).count == 1) }
        #expect(Validation.isDNS1035Label("a1") == [])
        #expect(Validation.isWildcardDNS1123Subdomain("*.example.com") == [])
        for bad in ["*", "*.", "a.*.b", "*.*.b", "example.com"] {
            #expect(Validation.isWildcardDNS1123Subdomain(bad).count == 1)
        }
    }

    @Test func labels() {
        for good in ["a", "A_b.c-d", "example.com/Name"] { #expect(Validation.isQualifiedName(good) == []) }
        #expect(Validation.isQualifiedName("/a") == ["prefix part must be non-empty"])
        #expect(Validation.isQualifiedName("x.y/\(long)") == ["name part must be no more than 63 bytes"])
        #expect(Validation.isQualifiedName("a/").first == "name part must be non-empty")
        #expect(Validation.isQualifiedName("a/").count == 2)
        #expect(Validation.isQualifiedName("a/b/c").first?.hasPrefix("a valid label key must consist of") == true)
        #expect(
            Validation.isQualifiedName("A/b").first?.hasPrefix("prefix part a lowercase RFC 1123 subdomain") == true)
        for good in ["", "a", "A.b_c"] { #expect(Validation.isLabelValue(good) == []) }
        #expect(Validation.isLabelValue(long) == ["must be no more than 63 bytes"])
        for bad in ["-", "a b", "a/b", "_a"] { #expect(Validation.isLabelValue(bad).count == 1) }
    }

    @Test func values() {
        #expect(Validation.isPortName("http-1") == [] && Validation.isPortNumber(65535) == [])
        #expect(Validation.isPortNumber(0) == ["must be between 1 and 65535, inclusive"])
        #expect(Validation.isPortName("80") == ["must contain at least one letter (a-z)"])
        #expect(Validation.isPortName("a--b") == ["must not contain consecutive hyphens"])
        #expect(Validation.isPortName("-a") == ["must not begin or end with a hyphen"])
        #expect(Validation.isPortName("abcdefghijklmnop") == ["must be no more than 15 characters"])
        #expect(
            Validation.isPercent("25%") == [] && Validation.isPercent("%").count == 1
                && Validation.isPercent("2").count == 1)
        #expect(Validation.isConfigMapKey("a.b_C-1") == [] && Validation.isConfigMapKey("..") == ["must not be '..'"])
        #expect(
            Validation.isConfigMapKey("..a") == ["must not start with '..'"]
                && Validation.isConfigMapKey("a/b").count == 1)
        #expect(
            Validation.isEnvironmentVariableName("my.env") == []
                && Validation.isEnvironmentVariableName("a=b").count == 1)
        #expect(Validation.isCIdentifier("_a1") == [] && Validation.isCIdentifier("1a").count == 1)
        #expect(Validation.isHTTPHeaderName("X-A") == [] && Validation.isHTTPHeaderName("X A").count == 1)
        #expect(
            Validation.isIP("10.0.0.1") == [] && Validation.isCIDR("10.0.0.0/8") == []
                && Validation.isIP("x").count == 1)
    }

    @Test(arguments: [
        ("10.96.0.1", "10.96.0.1"), ("::", "::"), ("::1", "::1"), ("2001:db8::ffff", "2001:db8::ffff"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("1::", "1::"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
    ])
    func addresses(_ text: String, _ canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "1.2.3.", ":", ":::", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "fe80::1%eth0", "1:2:3:4:5:6:7::8", "+1::", "1.2.3.4::",
    ])
    func refusesAddresses(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test func networks() throws {
        let cidr = try #require(CIDR("10.96.0.10/28"))
        #expect(cidr.first.description == "10.96.0.0" && cidr.last.description == "10.96.0.15" && cidr.count == 16)
        #expect(!cidr.isNetwork && CIDR("10.96.0.0/12")?.isNetwork == true)
        #expect(cidr.contains(IPAddress(ipv4: 0x0A60_000F)) && !cidr.contains(IPAddress(ipv4: 0x0A60_0010)))
        #expect(CIDR("::/0")?.count == Int.max && CIDR("0.0.0.0/0")?.count == 1 << 32)
        for bad in [
            "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/",
        ] {
            #expect(CIDR(bad) == nil)
        }
        #expect(cidr.last.advanced(by: 1)?.description == "10.96.0.16")
        #expect(IPAddress(ipv4: .max).advanced(by: 1) == nil && IPAddress(ipv4: 0).advanced(by: -1) == nil)
    }
}
