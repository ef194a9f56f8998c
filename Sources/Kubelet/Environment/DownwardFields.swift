import APIMachinery
import KubeAPI

/// What a container may read of its own pod: `fieldRef` and `resourceFieldRef`.
struct DownwardFields {
    let pod: Pod
    let podIP: String
    let hostIP: String
    let nodeCapacity: [String: String]

    struct Unsupported: Error, CustomStringConvertible {
        var description: String
    }

    /// `isVolume` also allows whole label and annotation maps.
    func field(_ path: String) throws -> String {
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.uid
        case "metadata.labels": return Self.lines(pod.labels)
        case "metadata.annotations": return Self.lines(pod.annotations)
        case "spec.nodeName": return pod.spec.nodeName ?? ""
        case "spec.serviceAccountName": return pod.spec.serviceAccountName ?? ""
        case "status.hostIP", "status.hostIPs": return hostIP
        case "status.podIP", "status.podIPs": return podIP
        default: break
        }
        for (prefix, map) in [("metadata.labels['", pod.labels), ("metadata.annotations['", pod.annotations)]
        where path.hasPrefix(prefix) && path.hasSuffix("']") {
            return map[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
        }
        throw Unsupported(description: "unsupported fieldPath: \(path)")
    }

    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { key, value in
            var escaped = ""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\"": escaped += "\\\""
                case "\\": escaped += "\\\\"
                case "\n": escaped += "\\n"
                case "\r": escaped += "\\r"
                case "\t": escaped += "\\t"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return "\(key)=\"\(escaped)\""
        }.joined(separator: "\n")
    }

    /// In units of the divisor, rounded up; a limit that is not set is the node's.
    func resource(_ selector: ResourceFieldSelector, in container: Container) throws -> String {
        let parts = (selector.resource ?? "").split(separator: ".", maxSplits: 1)
        guard parts.count == 2 else {
            throw Unsupported(description: "unsupported container resource: \(selector.resource ?? "")")
        }
        let name = String(parts[1])
        let limits = container.resources?.limits ?? [:]
        let requests = container.resources?.requests ?? [:]
        let text: String
        switch parts[0] {
        case "limits": text = limits[name] ?? nodeCapacity[name] ?? "0"
        case "requests": text = requests[name] ?? limits[name] ?? "0"
        default: throw Unsupported(description: "unsupported container resource: \(selector.resource ?? "")")
        }
        let amount = try Quantity(text)
        let divisor = try Quantity(selector.divisor.flatMap { $0.isEmpty || $0 == "0" ? nil : $0 } ?? "1")
        guard name == "cpu" else {
            let unit = max(1, divisor.value)
            return String((amount.value + unit - 1) / unit)
        }
        let unit = max(1, divisor.milliValue)
        return String((amount.milliValue + unit - 1) / unit)
    }
}
