import APIMachinery
import CEL

/// What a selector asks of a device: an expression over `device` (KEP-4381).
public struct DeviceExpression: Sendable {
    /// CELSelectorExpressionMaxCost
    static let costLimit = 1_000_000
    private let program: Program

    private static let attributes = ValueType.map(.string, .map(.string, .dyn))
    private static let capacity = ValueType.map(.string, .map(.string, QuantityValue.type))
    private static let fields: [String: ValueType] = [
        "driver": .string, "allowMultipleAllocations": .bool, "attributes": attributes, "capacity": capacity,
    ]
    private static let environment = Environment(
        variables: ["device": .named("kubernetes.DRADevice")],
        functions: Libraries.all + QuantityLibrary.functions + VersionLibrary.functions,
        objects: { $0 == "kubernetes.DRADevice" ? fields : nil })

    /// Throws why it is no such expression, in Kubernetes' words.
    public init(_ text: String) throws(DeviceExpressionError) {
        do throws(ExpressionError) { program = try Program(text, in: Self.environment) } catch {
            throw DeviceExpressionError(description: "compilation failed: \(error)")
        }
        guard program.type == .bool || program.type == .dyn else {
            throw DeviceExpressionError(
                description: "must evaluate to bool or the unknown type, not \(program.type)")
        }
    }

    /// Throws what is wrong with the device, or with the expression now that it sees one.
    public func matches(_ device: DeviceValue) throws(EvaluationError) -> Bool {
        let value = try program.evaluate(costLimit: Self.costLimit) { $0 == "device" ? device.value : nil }
        guard case .bool(let isMatch) = value else {
            throw EvaluationError(
                "CEL result of type \(value.type) could not be converted to bool: type conversion error")
        }
        return isMatch
    }
}

public struct DeviceExpressionError: Error, CustomStringConvertible {
    public let description: String
}

/// A device as expressions see it.
public struct DeviceValue: Sendable {
    let value: Value

    /// `device` is one of a ResourceSlice of this driver.
    public init(_ device: JSON, driver: String) {
        value = .map(
            ValueMap([
                "driver": .string(driver),
                "allowMultipleAllocations": .bool(device["allowMultipleAllocations"]?.bool ?? false),
                "attributes": .map(Self.domains(device["attributes"], driver) { Self.attribute($0) }),
                "capacity": .map(
                    Self.domains(device["capacity"], driver) { capacity in
                        (try? Quantity(capacity["value"] ?? .null)).map { .foreign(QuantityValue($0)) }
                    }),
            ]))
    }

    /// A name without a domain is in the driver's.
    private static func domains(_ list: JSON?, _ driver: String, _ value: (JSON) -> Value?) -> Domains {
        var domains: [String: [String: Value]] = [:]
        for member in list?.members ?? [] {
            let parts = member.name.split(separator: "/", maxSplits: 1).map(String.init)
            guard let value = value(member.value), let name = parts.last else { continue }
            domains[parts.count == 2 ? parts[0] : driver, default: [:]][name] = value
        }
        return Domains(named: domains.mapValues { .map(ValueMap($0)) })
    }
    private static func attribute(_ attribute: JSON) -> Value? {
        if let version = attribute["version"]?.string {
            return SemanticVersion(version).map { .foreign(VersionValue($0)) }
        }
        return (attribute["int"] ?? attribute["bool"] ?? attribute["string"]).map { Value($0) }
    }

    /// A domain that nobody mentions is an empty one.
    private struct Domains: MapSource {
        let named: [String: Value]
        var keys: [Value] { named.keys.sorted().map { .string($0) } }
        var count: Int { named.count }
        func value(_ key: Value) -> Value? { key.string.map { named[$0] ?? .map(ValueMap()) } }
        func contains(_ key: Value) -> Bool { key.string.map { named[$0] != nil } ?? false }
    }
}
