import APIMachinery

/// Everything known of PriorityClasses.
public enum PriorityClasses {
    static let resource = Resource(
        "scheduling.k8s.io/v1", "PriorityClass", plural: "priorityclasses", shortNames: ["pc"], isNamespaced: false,
        columns: [
            .name,
            .number("Value", "integer") { $0["value"]?.int ?? 0 },
            Resource.Column("Global-Default", "boolean") { JSON($0["globalDefault"]?.bool ?? false) },
            .age,
            .text("PreemptionPolicy") { $0["preemptionPolicy"]?.string ?? "" },
        ],
        prepareForCreate: Strategy.create(generation: true, status: nil),
        setDefaults: { $0.setDefault("preemptionPolicy", "PreemptLowerPriority") }, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            if new["value"]?.int ?? 0 != old["value"]?.int ?? 0 {
                checker.forbidden("value", "may not be changed in an update.")
            }
            checker.immutable("preemptionPolicy", new["preemptionPolicy"], old["preemptionPolicy"])
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    /// The greatest value that a class of a user may have.
    static let greatestOfUsers = 1_000_000_000
    private static let systemPrefix = "system-"

    /// The two classes of the system itself, which every cluster has.
    public static let ofTheSystem: [JSON] = [
        builtIn(
            "system-node-critical", 2_000_001_000,
            "Used for system critical pods that must not be moved from their current node."),
        builtIn(
            "system-cluster-critical", 2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."
        ),
    ]
    public static func isOfTheSystem(_ name: String) -> Bool { ofTheSystem.contains { $0.key.name == name } }
    private static func builtIn(_ name: String, _ value: Int, _ description: String) -> JSON {
        [
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": JSON(name)],
            "value": JSON(value), "description": JSON(description), "preemptionPolicy": "PreemptLowerPriority",
        ]
    }

    private static func validate(_ priorityClass: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let name = priorityClass["metadata", "name"]?.string ?? ""
        let value = priorityClass["value"]?.int ?? 0
        if name.hasPrefix(systemPrefix) {
            if let sentence = faultOfSystemClass(name, value, priorityClass["globalDefault"]?.bool ?? false) {
                checker.forbidden(
                    "metadata.name",
                    "priority class names with 'system-' prefix are reserved for system use only. error: \(sentence)")
            }
        } else if value > greatestOfUsers {
            checker.forbidden(
                "value", "maximum allowed value of a user defined priority is \(greatestOfUsers)")
        }
        checker.oneOf("preemptionPolicy", of: priorityClass, ["PreemptLowerPriority", "Never"], mayBeAbsent: true)
        return checker.errors
    }

    private static func faultOfSystemClass(_ name: String, _ value: Int, _ isDefault: Bool) -> String? {
        guard let known = ofTheSystem.first(where: { $0.key.name == name }) else {
            return "\(name) is not a known system priority class"
        }
        if known["value"]?.int != value {
            return "value of \(name) PriorityClass must be \(known["value"]?.int ?? 0)"
        }
        return isDefault ? "globalDefault of \(name) PriorityClass must be false" : nil
    }
}
