import APIMachinery
import KubeAPI
import Testing

@Suite struct DeviceExpressionTests {
    private static let device: JSON = [
        "name": "gpu-0",
        "attributes": [
            "model": ["string": "A"], "slots": ["int": 4], "ecc": ["bool": true], "version": ["version": "1.10.2"],
            "other.example.com/rack": ["string": "r1"],
        ],
        "capacity": ["memory": ["value": "40Gi"]],
    ]

    static func outcome(_ text: String) -> String {
        do {
            return String(try DeviceExpression(text).matches(DeviceValue(device, driver: "gpu.example.com")))
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        ("device.driver == 'gpu.example.com'", "true"),
        ("device.attributes['gpu.example.com'].model == 'A'", "true"),
        ("device.attributes['gpu.example.com'].slots >= 4 && device.attributes['gpu.example.com'].ecc", "true"),
        ("device.attributes['other.example.com'].rack.startsWith('r')", "true"),
        ("'nobody.example.com' in device.attributes", "false"),
        ("has(device.attributes['nobody.example.com'].x)", "false"),
        ("device.attributes['nobody.example.com'].x", "no such key: x"),
        ("device.capacity['gpu.example.com'].memory.isGreaterThan(quantity('39Gi'))", "true"),
        ("device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) == 0", "true"),
        ("device.attributes['gpu.example.com'].version.isGreaterThan(semver('1.9.0'))", "true"),
        ("device.attributes['gpu.example.com'].version.minor() == 10", "true"),
        ("isSemver('v1.2', true) && !isSemver('v1.2')", "true"),
        ("quantity('1Gi').add(quantity('1Gi')) == quantity('2Gi')", "true"),
        ("quantity('1.5').asApproximateFloat() == 1.5 && isQuantity('3x') == false", "true"),
        ("device.allowMultipleAllocations == false", "true"),
        (
            "device.attributes['gpu.example.com'].slots",
            "CEL result of type int could not be converted to bool: type conversion error"
        ),
        ("1", "must evaluate to bool or the unknown type, not int"),
        (
            "device.nothing",
            "compilation failed: ERROR: <input>:1:7: undefined field 'nothing'\n | device.nothing\n | ......^"
        ),
    ]) func selectors(_ text: String, _ expected: String) { #expect(Self.outcome(text) == expected) }

    @Test func versionsLieInOrder() throws {
        let texts = [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
            "1.0.1",
        ]
        let versions = try texts.map { try #require(SemanticVersion($0)) }
        #expect(versions.shuffled().sorted().map(\.description) == texts)
        for text in ["1", "1.2", "01.2.3", "1.2.3-", "1.2.3-01", "a.b.c", ""] { #expect(SemanticVersion(text) == nil) }
    }
}
