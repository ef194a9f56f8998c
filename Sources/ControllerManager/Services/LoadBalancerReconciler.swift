import APIMachinery
import ControlLoops
import KubeAPI

/// Gives Services of type LoadBalancer their addresses, which the configuration names; the nodes answer there.
struct LoadBalancerReconciler: Reconciler {
    static let name = "service-lb-controller"
    static let component = "service-controller"
    static let account = "service-controller"
    static let reads: [Interest] = [.every(Service.self)]
    static let writes: [Permission] = [.status(Service.self)]

    let world: World
    let addresses: [String]

    init(_ context: LoopContext, addresses: [String]) {
        world = context.world
        self.addresses = addresses
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard var service = world.get(Service.self, key), !service.isBeingDeleted else { return [] }
        // A class names another implementation, which looks after it.
        if service.spec.loadBalancerClass != nil { return [] }
        let wanted: [JSON] =
            service.spec.type == "LoadBalancer" ? addresses.map { ["ip": JSON($0), "ipMode": "VIP"] } : []
        let present = service.json["status", "loadBalancer", "ingress"]?.elements ?? []
        if wanted == present { return [] }
        service.json["status", "loadBalancer"] = wanted.isEmpty ? .object : ["ingress": JSON(wanted)]
        let (doing, done) = wanted.isEmpty ? ("Deleting", "Deleted") : ("Ensuring", "Ensured")
        func note(_ verb: String) -> Change {
            .note(EventNote(service, .normal, "\(verb)LoadBalancer", "\(verb) load balancer"))
        }
        return [note(doing), .updateStatus(service), note(done)]
    }
}
