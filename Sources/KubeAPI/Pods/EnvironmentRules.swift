import APIMachinery

/// A container's environment: variables and where they come from.
enum EnvironmentRules {
    static let environmentPaths = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    static let volumePaths = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
    ]
    private static let resources = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
        "requests.memory",
    ]
    private static let byteDivisors = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ]

    static func check(_ checker: inout FieldChecker, _ container: JSON) {
        checker.each("env", of: container) { checker, variable in
            checker.requireText("name", of: variable, Validation.isEnvironmentVariableName)
            checker.inside("valueFrom", variable["valueFrom"]) { checkSource(&$0, $1, variable) }
        }
        checkWholeSources(&checker, container)
    }

    private static func checkSource(_ checker: inout FieldChecker, _ source: JSON, _ variable: JSON) {
        checker.inside("fieldRef", source["fieldRef"]) { checkField(&$0, $1, environmentPaths) }
        checker.inside("resourceFieldRef", source["resourceFieldRef"]) {
            checkResourceField(&$0, $1, needsContainer: false)
        }
        for reference in ["configMapKeyRef", "secretKeyRef"] {
            checker.inside(reference, source[reference]) { checker, selector in
                checker.check("name", selector["name"]?.string ?? "", Validation.isDNS1123Subdomain)
                checker.requireText("key", of: selector, Validation.isConfigMapKey)
            }
        }
        checker.inside("fileKeyRef", source["fileKeyRef"]) { checker, selector in
            checker.requireText("key", of: selector, Validation.isEnvironmentVariableName)
            checker.requireText("volumeName", of: selector, Validation.isDNS1123Label)
            checker.requireText("path", of: selector, PathRules.noBacksteps)
        }
        let count = source.members.count { !$0.value.isNull }
        if count == 0 {
            checker.invalid(
                "", "",
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            )
        } else if !variable.lacks("value") {
            checker.invalid("", "", "may not be specified when `value` is not empty")
        } else if count > 1 {
            checker.invalid("", "", "may not have more than one field specified at a time")
        }
    }

    private static func checkWholeSources(_ checker: inout FieldChecker, _ container: JSON) {
        for (index, source) in (container["envFrom"]?.elements ?? []).enumerated() {
            checker.inside("envFrom[\(index)]") { checker in
                checker.check("prefix", of: source, Validation.isEnvironmentVariableName)
                for reference in ["configMapRef", "secretRef"] {
                    checker.inside(reference, source[reference]) {
                        $0.requireText("name", of: $1, Validation.isDNS1123Subdomain)
                    }
                }
            }
            let count = (source["configMapRef"] == nil ? 0 : 1) + (source["secretRef"] == nil ? 0 : 1)
            if count == 0 {
                checker.invalid("envFrom", "", "must specify one of: `configMapRef` or `secretRef`")
            } else if count > 1 {
                checker.invalid("envFrom", "", "may not have more than one field specified at a time")
            }
        }
    }

    /// A field of the pod, such as `metadata.labels['app']`.
    static func checkField(_ checker: inout FieldChecker, _ selector: JSON, _ paths: [String]) {
        if selector.lacks("apiVersion") { return checker.required("apiVersion") }
        guard let path = selector["fieldPath"]?.string, !path.isEmpty else { return checker.required("fieldPath") }
        if path.hasSuffix("']"), let open = path.range(of: "['") {
            let key = String(path[open.upperBound...].dropLast(2))
            switch path[..<open.lowerBound] {
            case "metadata.annotations": checker.check("", key) { Validation.isQualifiedName($0.lowercased()) }
            case "metadata.labels": checker.check("", key, Validation.isQualifiedName)
            default: checker.invalid("", JSON(String(path[..<open.lowerBound])), "does not support subscript")
            }
        } else if !isConvertible(path) {
            checker.invalid(
                "fieldPath", JSON(path), "error converting fieldPath: field label not supported: \(path)")
        } else if !paths.contains(path) {
            checker.notSupported("fieldPath", JSON(path), paths)
        }
    }

    private static func isConvertible(_ path: String) -> Bool {
        environmentPaths.contains(path) || volumePaths.contains(path)
            || ["spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.hostNetwork"].contains(path)
    }

    static func checkResourceField(_ checker: inout FieldChecker, _ selector: JSON, needsContainer: Bool) {
        let resource = selector["resource"]?.string ?? ""
        let isHugePages = resource.hasPrefix("limits.hugepages-") || resource.hasPrefix("requests.hugepages-")
        if needsContainer, selector.lacks("containerName") {
            checker.required("containerName")
        } else if resource.isEmpty {
            checker.required("resource")
        } else if !resources.contains(resource), !isHugePages {
            checker.notSupported("resource", JSON(resource), resources)
        }
        guard let divisor = selector["divisor"].map(QuantityRules.quantity), !divisor.isZero else { return }
        if resource.hasSuffix(".cpu") {
            if !["1m", "1"].contains(divisor.text) {
                checker.invalid(
                    "divisor", JSON(resource), "only divisor's values 1m and 1 are supported with the cpu resource")
            }
        } else if !byteDivisors.contains(divisor.text) {
            let what =
                isHugePages
                ? "hugepages" : resource.hasSuffix(".memory") ? "memory" : "local ephemeral storage"
            checker.invalid(
                "divisor", JSON(resource),
                "only divisor's values \(byteDivisors.joined(separator: ", ")) are supported with the \(what) resource")
        }
    }
}
