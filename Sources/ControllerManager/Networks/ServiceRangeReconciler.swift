import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Says of each ServiceCIDR whether it is ready, and holds it while addresses of it are in use that no other range has.
struct ServiceRangeReconciler: Reconciler {
    static let name = "service-cidrs-controller"
    static let reads: [Interest] = [
        .every(ServiceCIDR.self),
        // An address that goes may have been the last that held a range.
        .mapped(IPAddressObject.self) { _, world in
            world.all(ServiceCIDR.self).filter(\.isBeingDeleted).map(\.key)
        },
    ]
    static let writes: [Permission] = [.update(ServiceCIDR.self), .status(ServiceCIDR.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard var range = world.get(ServiceCIDR.self, key) else { return [] }
        var finalizers = range.json["metadata", "finalizers"]?.strings ?? []
        guard range.isBeingDeleted else {
            if !finalizers.contains(ServiceCIDRs.finalizer) {
                range.json["metadata", "finalizers"] = JSON(finalizers + [ServiceCIDRs.finalizer])
                return [.update(range)]
            }
            return told(range, "True", "", "Kubernetes Service CIDR is ready")
        }
        guard finalizers.contains(ServiceCIDRs.finalizer) else { return [] }
        if isInUse(range) {
            return told(
                range, "False", "Terminating",
                "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"
            )
        }
        finalizers.removeAll { $0 == ServiceCIDRs.finalizer }
        range.json["metadata", "finalizers"] = finalizers.isEmpty ? nil : JSON(finalizers)
        return [.update(range)]
    }

    /// Whether an address lies in it and in no other range.
    private func isInUse(_ range: ServiceCIDR) -> Bool {
        func networks(_ range: ServiceCIDR) -> [CIDR] {
            (range.json["spec", "cidrs"]?.strings ?? []).compactMap { CIDR($0) }
        }
        let own = networks(range)
        let others = world.all(ServiceCIDR.self).filter { $0.name != range.name && !$0.isBeingDeleted }.flatMap(
            networks)
        return world.all(IPAddressObject.self).contains { object in
            guard object.labels[IPAddresses.managerLabel] == IPAddresses.manager, let address = IPAddress(object.name)
            else { return false }
            return own.contains { $0.contains(address) } && !others.contains { $0.contains(address) }
        }
    }

    private func told(_ range: ServiceCIDR, _ status: String, _ reason: String, _ message: String) -> [Change] {
        let before = range.json["status", "conditions"]?.elements.first { $0["type"]?.string == "Ready" }
        if before?["status"]?.string == status, before?["reason"]?.string == reason { return [] }
        var told = range
        var others = (range.json["status", "conditions"]?.elements ?? []).filter { $0["type"]?.string != "Ready" }
        others.append([
            "type": "Ready", "status": JSON(status), "reason": JSON(reason), "message": JSON(message),
            "lastTransitionTime": JSON(clock.now.rfc3339),
        ])
        told.json["status", "conditions"] = JSON(others)
        return [.updateStatus(told)]
    }
}
