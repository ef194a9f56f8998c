import APIMachinery
import Basics

/// A KubeletConfiguration (kubelet.config.k8s.io/v1beta1) as a file holds it, read as strictly as the kubelet does.
public struct KubeletConfigurationFile: Sendable {
    /// What is wrong with it; a sentence.
    public struct Fault: Error, Equatable, CustomStringConvertible { public var description: String }

    public let json: JSON

    /// JSON or YAML.
    public init(_ text: [UInt8]) throws(Fault) {
        let json: JSON
        do { json = try YAML.document(text).value } catch {
            throw Fault(description: "failed to decode: \(error)")
        }
        let (version, kind) = (json["apiVersion"]?.string ?? "", json["kind"]?.string ?? "")
        guard kind == "KubeletConfiguration", version == "kubelet.config.k8s.io/v1beta1" else {
            throw Fault(
                description: kind.isEmpty || version.isEmpty
                    ? "failed to decode: Object '\(kind.isEmpty ? "Kind" : "apiVersion")' is missing"
                    : "failed to decode: no kind \"\(kind)\" is registered for version \"\(version)\"")
        }
        var unknown: [String] = []
        try Self.check(json, at: "", &unknown)
        guard unknown.isEmpty else {
            let words = unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
            throw Fault(description: "failed to decode: strict decoding error: \(words)")
        }
        self.json = json
        let faults = self.faults
        guard faults.isEmpty else {
            throw Fault(
                description: "failed to validate kubelet configuration, error: \(faults.joined(separator: ", "))")
        }
    }

    private static func check(_ json: JSON, at path: String, _ unknown: inout [String]) throws(Fault) {
        for member in json.members {
            let place = path.isEmpty ? member.name : "\(path).\(member.name)"
            if member.value.isNull || ["apiVersion", "kind"].contains(place) { continue }
            if let field = KubeletFields.all[place] {
                if let found = field.type.mismatch(member.value) {
                    throw Fault(
                        description: found.hasPrefix("time:")
                            ? "failed to decode: \(found)"
                            : "failed to decode: json: cannot unmarshal \(found) into Go struct field "
                                + "KubeletConfiguration.\(place) of type \(field.type.rawValue)")
                }
            } else if KubeletFields.groups.contains(place) {
                guard member.value.isObject else {
                    throw Fault(
                        description:
                            "failed to decode: json: cannot unmarshal \(KubeletFields.word(member.value)) into "
                            + "Go struct field KubeletConfiguration.\(place)")
                }
                try check(member.value, at: place, &unknown)
            } else {
                unknown.append(place)
            }
        }
    }

    private var faults: [String] {
        var faults: [String] = []
        func number(_ name: String) -> Int? { json[name]?.int }
        if let seconds = number("nodeLeaseDurationSeconds"), seconds <= 0 {
            faults.append("invalid configuration: nodeLeaseDurationSeconds must be greater than 0")
        }
        if let pods = number("maxPods"), pods < 0 {
            faults.append("invalid configuration: maxPods (--max-pods) \(pods) must not be a negative number")
        }
        if let files = number("containerLogMaxFiles"), files <= 1 {
            faults.append("invalid configuration: containerLogMaxFiles must be greater than 1")
        }
        if let size = json["containerLogMaxSize"]?.string, Self.bytes(size) == nil {
            faults.append("invalid configuration: containerLogMaxSize \"\(size)\" is no positive quantity")
        }
        return faults
    }

    private static func bytes(_ text: String) -> Int? {
        guard let quantity = try? Quantity(text), !quantity.isNegative, !quantity.isZero else { return nil }
        return quantity.value
    }

    // MARK: What it says

    /// Fields that ask for what is not so here, with what they ask for.
    public var withoutEffect: [(path: String, value: JSON)] {
        KubeletFields.all.compactMap { path, field in
            guard let value = value(path) else { return nil }
            switch field.effect {
            case .honoured: return nil
            case .always(let text): return value.string == text || value.text == text ? nil : (path, value)
            case .none: return (path, value)
            }
        }.sorted { $0.path < $1.path }
    }

    private func value(_ path: String) -> JSON? {
        var value = json
        for name in path.split(separator: ".") {
            guard let next = value[String(name)], !next.isNull else { return nil }
            value = next
        }
        return value
    }

    public var rotatesCertificates: Bool? { value("rotateCertificates")?.bool }
    public var rotatesServerCertificates: Bool? { value("serverTLSBootstrap")?.bool }
    public var clientAuthorityFile: String? { text("authentication.x509.clientCAFile") }
    public var containerRuntimeEndpoint: String? { text("containerRuntimeEndpoint") }
    public var clusterDomain: String? { text("clusterDomain") }
    private func text(_ path: String) -> String? { value(path)?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// What the kubelet has flags for, by their names.
    public var flags: JSON {
        var flags = JSON.object
        for (field, flag) in [
            ("cgroupRoot", "cgroup-root"), ("podPidsLimit", "pod-max-pids"),
            ("evictionPressureTransitionPeriod", "eviction-pressure-transition-period"),
            ("evictionMaxPodGracePeriod", "eviction-max-pod-grace-period"),
        ] {
            if let value = value(field) { flags[flag] = value }
        }
        for (field, flag, sign) in [
            ("kubeReserved", "kube-reserved", "="), ("systemReserved", "system-reserved", "="),
            ("evictionHard", "eviction-hard", "<"), ("evictionSoft", "eviction-soft", "<"),
            ("evictionSoftGracePeriod", "eviction-soft-grace-period", "="),
        ] {
            guard let map = value(field) else { continue }
            flags[flag] = JSON(
                map.members.map { "\($0.name)\(sign)\($0.value.string ?? $0.value.text)" }.joined(separator: ","))
        }
        return flags
    }

    /// What it says for which there are no flags here.
    public func apply(to configuration: inout KubeletConfiguration) {
        configuration.told = json
        if let pods = value("maxPods")?.int { configuration.maximumPods = pods }
        if let server = value("clusterDNS")?.strings.first { configuration.clusterDNS = server }
        if let idle = value("streamingConnectionIdleTimeout")?.string.flatMap({ Duration(goText: $0) }) {
            configuration.streamingConnectionIdleTimeout = idle
        }
        if let seconds = value("nodeLeaseDurationSeconds")?.int { configuration.leaseDurationSeconds = seconds }
        if let sysctls = value("allowedUnsafeSysctls")?.strings { configuration.allowedUnsafeSysctls = sysctls }
    }

    /// How large a container's log may become, in bytes, before another is begun, and how many there are.
    public var logLimits: (bytes: Int?, files: Int?) {
        (value("containerLogMaxSize")?.string.flatMap(Self.bytes), value("containerLogMaxFiles")?.int)
    }
}
