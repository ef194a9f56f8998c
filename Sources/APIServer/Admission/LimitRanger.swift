import APIMachinery
import KubeAPI

/// Pods, containers and claims ask for what the LimitRanges of their namespace allow; containers that do not say what they
/// need get the defaults (Kubernetes' admission plugin LimitRanger).
struct LimitRanger: MutatingAdmission, ValidatingAdmission {
    static let ofNewObjects = LimitRanger(scope: AdmissionScope(.create, [.pods, .persistentVolumeClaims]))
    static let ofUpdates = LimitRanger(
        scope: AdmissionScope(.update, [.pods, .persistentVolumeClaims], subresources: [nil, .resize]))
    static let annotation = "kubernetes.io/limit-ranger"

    let scope: AdmissionScope

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard request.resource == .pods else { return }
        let ranges = ranges(request, view)
        for range in ranges { Self.setDefaults(of: range, &request.object) }
        // What a new pod asks for is its class of service.
        if !ranges.isEmpty, request.operation == .create {
            request.object["status", "qosClass"] = JSON(QualityOfService.name(request.object["spec"] ?? .object))
        }
    }

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        for range in ranges(request, view) {
            let faults = LimitCheck.faults(in: request.object, range, isPod: request.resource == .pods)
            if faults.isEmpty { continue }
            throw request.forbidden(faults.count == 1 ? faults[0] : "[\(faults.joined(separator: ", "))]")
        }
        return nil
    }

    private func ranges(_ request: AdmissionRequest, _ view: AdmissionView) -> [JSON] {
        // What pods ask for changes by a resize alone.
        if request.operation == .update, request.resource == .pods, request.subresource != .resize { return [] }
        if request.old?.isBeingDeleted == true { return [] }
        return view.known(.limitRanges, in: request.namespace)
    }

    /// Fills in what containers do not say, and notes in an annotation what was set.
    private static func setDefaults(of range: JSON, _ pod: inout JSON) {
        var requests = JSON.object
        var limits = JSON.object
        for item in range["spec", "limits"]?.elements ?? [] where item["type"]?.string == "Container" {
            for member in item["defaultRequest"]?.members ?? [] { requests[member.name] = member.value }
            for member in item["default"]?.members ?? [] { limits[member.name] = member.value }
        }
        if requests.isEmpty, limits.isEmpty { return }
        var notes: [String] = []
        for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
            guard let containers = pod["spec", list]?.elements, !containers.isEmpty else { continue }
            pod["spec", list] = JSON(
                containers.map { container in
                    var container = container
                    let name = "\(word) \(container["name"]?.string ?? "")"
                    let asked = set("requests", requests, &container)
                    let limited = set("limits", limits, &container)
                    if !asked.isEmpty { notes.append("\(asked.joined(separator: ", ")) request for \(name)") }
                    if !limited.isEmpty { notes.append("\(limited.joined(separator: ", ")) limit for \(name)") }
                    return container
                })
        }
        if !notes.isEmpty {
            pod["metadata", "annotations", annotation] = JSON(
                "LimitRanger plugin set: \(notes.joined(separator: "; "))")
        }
    }

    /// Gives the names that were set.
    private static func set(_ list: String, _ defaults: JSON, _ container: inout JSON) -> [String] {
        let missing = defaults.members.filter { container["resources", list, $0.name] == nil }
        for member in missing { container["resources", list, member.name] = member.value }
        return missing.map(\.name).sorted()
    }
}

/// What an object asks for against one LimitRange, in Kubernetes' words.
enum LimitCheck {
    static func faults(in object: JSON, _ range: JSON, isPod: Bool) -> [String] {
        var faults: [String] = []
        let spec = object["spec"] ?? .object
        for item in range["spec", "limits"]?.elements ?? [] {
            let bounds = Bounds(item)
            switch (bounds.type, isPod) {
            case ("PersistentVolumeClaim", false):
                faults += bounds.faults(ofClaim: ResourceAmounts(spec["resources", "requests"]))
            case ("Container", true):
                for container in (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? []) {
                    faults += bounds.faults(
                        ResourceAmounts(container["resources", "requests"]),
                        ResourceAmounts(container["resources", "limits"]))
                }
            case ("Pod", true):
                let resources = PodResources(ofSpec: spec)
                faults += bounds.faults(resources.requests, resources.limits)
            default: break
            }
        }
        return faults
    }

    /// One item of a LimitRange.
    private struct Bounds {
        let type: String
        private let least: ResourceAmounts
        private let most: ResourceAmounts
        private let ratio: ResourceAmounts

        init(_ item: JSON) {
            type = item["type"]?.string ?? ""
            least = ResourceAmounts(item["min"])
            most = ResourceAmounts(item["max"])
            ratio = ResourceAmounts(item["maxLimitRequestRatio"])
        }

        func faults(_ requests: ResourceAmounts, _ limits: ResourceAmounts) -> [String] {
            each(least) { tooLittle($0, $1, requests[$0], limits[$0]) }
                + each(most) { tooMuch($0, $1, requests[$0], limits[$0]) }
                + each(ratio) { tooFarApart($0, $1, requests[$0], limits[$0]) }
        }

        /// A claim has no limits: its request counts.
        func faults(ofClaim requests: ResourceAmounts) -> [String] {
            each(least) { tooLittle($0, $1, requests[$0], nil) }
                + each(most) { name, bound in
                    guard let request = requests[name] else {
                        return "\(maximum(name, bound)).  No request is specified"
                    }
                    return compare(request, bound) > 0
                        ? "\(maximum(name, bound)), but request is \(request.text)" : nil
                }
        }

        private func each(_ bounds: ResourceAmounts, _ fault: (String, Quantity) -> String?) -> [String] {
            bounds.names.compactMap { name in bounds[name].flatMap { fault(name, $0) } }
        }

        private func maximum(_ name: String, _ bound: Quantity) -> String {
            "maximum \(name) usage per \(type) is \(bound.text)"
        }

        private func tooLittle(
            _ name: String, _ bound: Quantity, _ request: Quantity?, _ limit: Quantity?
        ) -> String? {
            let sentence = "minimum \(name) usage per \(type) is \(bound.text)"
            guard let request else { return "\(sentence).  No request is specified" }
            if compare(request, bound) < 0 { return "\(sentence), but request is \(request.text)" }
            if let limit, compare(limit, bound) < 0 { return "\(sentence), but limit is \(limit.text)" }
            return nil
        }

        private func tooMuch(
            _ name: String, _ bound: Quantity, _ request: Quantity?, _ limit: Quantity?
        ) -> String? {
            guard let limit else { return "\(maximum(name, bound)).  No limit is specified" }
            if compare(limit, bound) > 0 { return "\(maximum(name, bound)), but limit is \(limit.text)" }
            if let request, compare(request, bound) > 0 {
                return "\(maximum(name, bound)), but request is \(request.text)"
            }
            return nil
        }

        private func tooFarApart(
            _ name: String, _ bound: Quantity, _ request: Quantity?, _ limit: Quantity?
        ) -> String? {
            let sentence = "\(name) max limit to request ratio per \(type) is \(bound.text)"
            guard let request, !request.isZero else {
                return "\(sentence), but no request is specified or request is 0"
            }
            guard let limit, !limit.isZero else { return "\(sentence), but no limit is specified or limit is 0" }
            let found = Double(limit.milliValue) / Double(request.milliValue)
            if found * 1000 <= Double(bound.milliValue) { return nil }
            let millionths = Int((min(found, 1e12) * 1_000_000).rounded())
            let places = String("\(1_000_000 + millionths % 1_000_000)".dropFirst())
            return "\(sentence), but provided ratio is \(millionths / 1_000_000).\(places)"
        }

        /// In thousandths, as Kubernetes compares them.
        private func compare(_ one: Quantity, _ other: Quantity) -> Int {
            one.milliValue == other.milliValue ? 0 : one.milliValue < other.milliValue ? -1 : 1
        }
    }
}
