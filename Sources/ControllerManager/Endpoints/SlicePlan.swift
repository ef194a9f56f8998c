import APIMachinery
import ControlLoops
import KubeAPI

/// How the slices of one Service and address family become what is wanted, with few writes: endpoints stay in the slice
/// they are in, new ones go where there is room, and only then a slice is added.
struct SlicePlan {
    /// Kubernetes' default.
    static let endpointLimit = 100

    private struct Slice {
        var object: EndpointSlice
        var endpoints: [JSON]
        var isChanged: Bool
    }
    private let service: Service
    private let family: String
    private var creations: [EndpointSlice] = []
    private var updates: [EndpointSlice] = []
    private var deletions: [EndpointSlice] = []

    /// A slice that would go is given the content of one that would come.
    var changes: [Change] {
        let pairs = zip(deletions, creations).map { (old, new) -> Change in
            var slice = old
            for field in ["endpoints", "ports"] { slice.json[field] = new.json[field] }
            slice.json["metadata", "labels"] = new.json["metadata", "labels"]
            return .update(slice)
        }
        return updates.map { .update($0) } + pairs + creations.dropFirst(pairs.count).map { .create($0) }
            + deletions.dropFirst(pairs.count).map { .delete($0) }
    }

    init(
        _ service: Service, family: String, wanted: [(ports: JSON, endpoints: [JSON])], present: [EndpointSlice]
    ) {
        self.service = service
        self.family = family
        // Without any endpoint one empty slice says that somebody has looked.
        let groups = wanted.isEmpty ? [(ports: JSON.array, endpoints: [])] : wanted
        for group in groups {
            plan(group.ports, group.endpoints, present.filter { Self.ports(of: $0) == group.ports })
        }
        for slice in present where !groups.contains(where: { $0.ports == Self.ports(of: slice) }) {
            deletions.append(slice)
        }
    }

    private static func ports(of slice: EndpointSlice) -> JSON { slice.json["ports"] ?? .array }
    private static func identity(_ endpoint: JSON) -> String {
        "\(endpoint["targetRef", "uid"]?.string ?? "") \(endpoint["addresses"]?.strings.joined(separator: " ") ?? "")"
    }

    private mutating func plan(_ ports: JSON, _ endpoints: [JSON], _ present: [EndpointSlice]) {
        var missing: [String: JSON] = [:]
        for endpoint in endpoints { missing[Self.identity(endpoint)] = endpoint }
        var slices: [Slice] = present.map { object in
            let before = object.json["endpoints"]?.elements ?? []
            let after = before.compactMap { missing.removeValue(forKey: Self.identity($0)) }
            return Slice(object: object, endpoints: after, isChanged: before != after)
        }
        var new: [JSON] = endpoints.filter { missing[Self.identity($0)] != nil }
        // First where a write is due anyway, then where it is not.
        for isChanged in [true, false] {
            for index in slices.indices where slices[index].isChanged == isChanged && !new.isEmpty {
                let room = Self.endpointLimit - slices[index].endpoints.count
                if room <= 0 || (!isChanged && slices.count > 1 && room < min(new.count, Self.endpointLimit)) {
                    continue
                }
                slices[index].endpoints += new.prefix(room)
                slices[index].isChanged = true
                new.removeFirst(min(room, new.count))
            }
        }
        while !new.isEmpty {
            let part = Array(new.prefix(Self.endpointLimit))
            new.removeFirst(part.count)
            creations.append(make(ports, part))
        }
        write(slices, ports, isOnlyGroupEmpty: endpoints.isEmpty)
    }

    private mutating func write(_ slices: [Slice], _ ports: JSON, isOnlyGroupEmpty: Bool) {
        var kept = 0
        for slice in slices {
            if slice.endpoints.isEmpty, !(isOnlyGroupEmpty && kept == 0) {
                deletions.append(slice.object)
                continue
            }
            kept += 1
            var object = slice.object
            object.json["endpoints"] = JSON(slice.endpoints)
            object.json["metadata", "labels"] = labels
            object.metadata.ownerReferences = [OwnerReference(controlling: service)]
            if slice.isChanged || object.json["metadata"] != slice.object.json["metadata"] {
                updates.append(object)
            }
        }
        if slices.isEmpty, isOnlyGroupEmpty { creations.append(make(ports, [])) }
    }

    private func make(_ ports: JSON, _ endpoints: [JSON]) -> EndpointSlice {
        EndpointSlice { slice in
            slice.metadata = ObjectMeta {
                $0.generateName = "\(service.name)-"
                $0.namespace = service.namespace
                $0.json["labels"] = labels
                $0.ownerReferences = [OwnerReference(controlling: service)]
            }
            slice.addressType = family
            slice.json["endpoints"] = JSON(endpoints)
            slice.json["ports"] = ports
        }
    }

    /// The Service's own labels, and those by which slices are found.
    private var labels: JSON {
        var labels = service.labels
        labels["kubernetes.io/service-name"] = service.name
        labels["endpointslice.kubernetes.io/managed-by"] = EndpointSliceReconciler.managedBy
        labels["service.kubernetes.io/headless"] = service.spec.clusterIP == "None" ? "" : nil
        return JSON(labels)
    }
}
