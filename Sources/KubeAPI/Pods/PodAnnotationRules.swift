import APIMachinery

/// Annotations that say something to Kubernetes, of pods and of the templates of theirs.
enum PodAnnotationRules {
    private static let mirror = "kubernetes.io/config.mirror"
    private static let deletionCost = "controller.kubernetes.io/pod-deletion-cost"
    private static let profile = "container.apparmor.security.beta.kubernetes.io/"

    /// Fields are relative to the metadata.
    static func check(_ checker: inout FieldChecker, _ annotations: JSON?, _ spec: JSON) {
        guard let annotations, annotations.count > 0 else { return }
        if let value = annotations[mirror], spec.lacks("nodeName") {
            checker.invalid(
                "annotations[\(mirror)]", value, "must set spec.nodeName if mirror pod annotation is set")
        }
        if let cost = annotations[deletionCost]?.string, !isCost(cost) {
            checker.invalid("annotations[\(deletionCost)]", JSON(cost), "must be a 32bit integer")
        }
        for annotation in annotations.members where annotation.name.hasPrefix(profile) {
            checkProfile(&checker, annotation, spec)
        }
    }

    /// A whole number as Go would write it.
    private static func isCost(_ text: String) -> Bool { Int32(text).map { "\($0)" == text } ?? false }

    private static func checkProfile(_ checker: inout FieldChecker, _ annotation: JSON.Member, _ spec: JSON) {
        let container = String(annotation.name.dropFirst(profile.count))
        let isThere = ["initContainers", "containers", "ephemeralContainers"].contains { list in
            spec[list]?.elements.contains { $0["name"]?.string == container } ?? false
        }
        let field = "annotations[\(annotation.name)]"
        if !isThere { checker.invalid(field, JSON(container), "container not found") }
        let name = annotation.value.string ?? ""
        if !["", "runtime/default", "unconfined"].contains(name), !name.hasPrefix("localhost/") {
            checker.invalid(field, annotation.value, "invalid AppArmor profile name: \(JSON(name).text)")
        }
    }
}
