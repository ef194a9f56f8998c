import APIMachinery

/// What Kubernetes warns of in a pod's containers, of all kinds.
enum ContainerWarnings {
    private static let lists = ["initContainers", "containers", "ephemeralContainers"]

    static func check(_ warnings: inout WarningCollector, _ metadata: JSON, _ spec: JSON, _ place: String) {
        let annotations = metadata["annotations"] ?? .object
        let podProfile = spec["securityContext", "appArmorProfile"]
        warnings.inside("\(place)spec") { warnings in
            for list in lists {
                warnings.each(list, of: spec) { warnings, container in
                    checkBytes(&warnings, container)
                    checkEnvironment(&warnings, container)
                }
            }
        }
        if annotations.count > 0 {
            for list in lists {
                for container in spec[list]?.elements ?? [] {
                    checkAnnotations(&warnings, annotations, container, podProfile, place)
                }
            }
        }
        checkPorts(&warnings, spec, place)
    }

    private static func checkBytes(_ warnings: inout WarningCollector, _ container: JSON) {
        guard let resources = container["resources"], resources.count > 0 else { return }
        for name in ["memory", "ephemeral-storage"] {
            for part in ["limits", "requests"] {
                warnings.wholeBytes("resources.\(part)", of: resources[part], name)
            }
        }
    }

    /// A name that comes again is sound only if its value is made of the one before.
    private static func checkEnvironment(_ warnings: inout WarningCollector, _ container: JSON) {
        let variables = container["env"]?.elements ?? []
        guard variables.count > 1 else { return }
        var seen: Set<String> = []
        for (index, variable) in variables.enumerated() {
            let name = variable["name"]?.string ?? ""
            guard !seen.insert(name).inserted else { continue }
            let (value, reference) = (variable["value"]?.string ?? "", "$(\(name))")
            if variable["valueFrom"] != nil || value == reference || !value.contains(reference) {
                warnings.warn(
                    "env[\(index)]",
                    "hides previous definition of \(JSON(name).text), which may be dropped when using apply")
            }
        }
    }

    // MARK: Annotations that became fields

    private static func checkAnnotations(
        _ warnings: inout WarningCollector, _ annotations: JSON, _ container: JSON, _ podProfile: JSON?,
        _ place: String
    ) {
        let name = container["name"]?.string ?? ""
        let seccomp = "container.seccomp.security.alpha.kubernetes.io/\(name)"
        if container["securityContext", "seccompProfile"] == nil, annotations[seccomp] != nil {
            warnings.warn(
                "\(place)metadata.annotations[\(seccomp)]",
                "non-functional in v1.27+; use the \"seccompProfile\" field instead")
        }
        let appArmor = "container.apparmor.security.beta.kubernetes.io/\(name)"
        guard container["securityContext", "appArmorProfile"] == nil, let annotation = annotations[appArmor]?.string,
            podProfile == nil || podProfile != profile(annotation)
        else { return }
        warnings.warn(
            "\(place)metadata.annotations[\(appArmor)]",
            "deprecated since v1.30; use the \"appArmorProfile\" field instead")
    }

    private static func profile(_ annotation: String) -> JSON? {
        let local = "localhost/"
        switch annotation {
        case "unconfined": return ["type": "Unconfined"]
        case "runtime/default": return ["type": "RuntimeDefault"]
        default:
            guard annotation.hasPrefix(local), annotation != local else { return nil }
            return ["type": "Localhost", "localhostProfile": JSON(String(annotation.dropFirst(local.count)))]
        }
    }

    // MARK: Ports

    private struct Port {
        var path: String
        var hostAddress: String
        var hostPort: Int
    }

    private static func checkPorts(_ warnings: inout WarningCollector, _ spec: JSON, _ place: String) {
        // Most pods have no ports that could be in one another's way.
        var count = 0
        for list in lists {
            for container in spec[list]?.elements ?? [] {
                let ports = container["ports"]?.elements ?? []
                count += ports.contains { $0["hostIP"] != nil } ? 2 : ports.count
            }
        }
        guard count > 1 else { return }
        var byNumber: [String: [Port]] = [:]
        var named: [(warning: String, text: String)] = []
        var names: [String: String] = [:]
        for list in lists {
            for (position, container) in (spec[list]?.elements ?? []).enumerated() {
                for (index, port) in (container["ports"]?.elements ?? []).enumerated() {
                    let path = "\(place)spec.\(list)[\(position)].ports[\(index)]"
                    let this = Port(
                        path: path, hostAddress: port["hostIP"]?.string ?? "", hostPort: port["hostPort"]?.int ?? 0)
                    if !this.hostAddress.isEmpty, this.hostPort == 0 {
                        warnings.warn(path, "hostIP set without hostPort: \(shown(port))")
                    }
                    let key = "\(port["containerPort"]?.int ?? 0)/\(port["protocol"]?.string ?? "")"
                    for other in byNumber[key] ?? [] {
                        if let word = clash(this, other) {
                            warnings.warn(path, "\(word) port definition with \(other.path)")
                        }
                    }
                    byNumber[key, default: []].append(this)
                    guard let name = port["name"]?.string, !name.isEmpty else { continue }
                    if let other = names[name] {
                        named.append(
                            (
                                path,
                                "duplicate port name \(JSON(name).text) with \(other), services and probes that select "
                                    + "ports by name will use \(other)"
                            ))
                    } else {
                        names[name] = path
                    }
                }
            }
        }
        for (path, text) in named { warnings.warn(path, text) }
    }

    /// How two ports of one number and protocol are at odds; nil if they are not.
    private static func clash(_ this: Port, _ other: Port) -> String? {
        if this.hostAddress == other.hostAddress, this.hostPort == other.hostPort { return "duplicate" }
        if this.hostPort == 0 || other.hostPort == 0 { return "overlapping" }
        guard this.hostPort == other.hostPort, this.hostAddress.isEmpty != other.hostAddress.isEmpty else { return nil }
        return "dangerously ambiguous"
    }

    /// As Go shows the struct.
    private static func shown(_ port: JSON) -> String {
        "{Name:\(port["name"]?.string ?? "") HostPort:\(port["hostPort"]?.int ?? 0) "
            + "ContainerPort:\(port["containerPort"]?.int ?? 0) Protocol:\(port["protocol"]?.string ?? "") "
            + "HostIP:\(port["hostIP"]?.string ?? "")}"
    }
}
