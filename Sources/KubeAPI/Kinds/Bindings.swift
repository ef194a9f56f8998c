import APIMachinery

/// Bindings: posted to say where a pod runs, and not kept.
enum Bindings {
    static let resource = Resource("v1", "Binding", plural: "bindings", verbs: [.create])
}

/// What is told of the control plane's parts, made when asked for.
public enum ComponentStatuses {
    static let resource = Resource(
        "v1", "ComponentStatus", plural: "componentstatuses", shortNames: ["cs"], isNamespaced: false,
        verbs: [.get, .list],
        columns: [
            .name,
            .text("Status") {
                healthy($0).map(isTrue) == true ? "Healthy" : healthy($0) == nil ? "Unknown" : "Unhealthy"
            },
            .text("Message") { healthy($0)?["message"]?.string ?? "" },
            .text("Error") { healthy($0)?["error"]?.string ?? "" },
        ], warnings: { _, _ in [deprecation] })

    public static let deprecation = "v1 ComponentStatus is deprecated in v1.19+"

    private static func healthy(_ status: JSON) -> JSON? {
        status["conditions"]?.elements.first { $0["type"]?.string == "Healthy" }
    }
    private static func isTrue(_ condition: JSON) -> Bool { condition["status"]?.string == "True" }
}
