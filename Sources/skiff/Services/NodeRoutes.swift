import APIMachinery
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Keeps the machine's routes to the pods of nodes that are elsewhere: a node's pods are behind its address, as the route
/// controllers of clouds have it.
struct NodeRoutes: Sendable {
    let world: World
    let machine: HostNetwork
    /// The networks of the nodes that are here.
    let own: Set<CIDR>
    /// Where nodes are that have their address from their own pods' network, which are of the API server's process; nil where
    /// those are here.
    var server: IPAddress?
    let logger: Logger

    /// The routes that there should be.
    static func plan(_ nodes: [Node], own: Set<CIDR>, server: IPAddress?) -> [CIDR: IPAddress] {
        var routes: [CIDR: IPAddress] = [:]
        for node in nodes {
            guard let range = CIDR(node.spec.podCIDR ?? ""), !range.address.isIPv6, !own.contains(range),
                let address = node.status.addresses.first(where: { $0.type == "InternalIP" })?.address,
                let place = IPAddress(address), !place.isIPv6, !place.isLoopback
            else { continue }
            routes[range] = range.contains(place) ? server : place
        }
        return routes
    }

    func run() async {
        let (news, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let cache = world.cache(Node.resource)
        cache.observe { _ in continuation.yield() }
        // Else all routes would go until the nodes are known.
        guard (try? await cache.waitUntilSynced()) != nil else { return }
        continuation.yield()
        var present: [CIDR: IPAddress]?
        for await _ in news {
            let wanted = Self.plan(world.all(Node.self), own: own, server: server)
            if wanted == present { continue }
            do {
                try await machine.lead(wanted)
                present = wanted
            } catch {
                // The next news of a node, of which there is some every few minutes, tries again.
                present = nil
                logger.warning("Pods of other nodes cannot be reached", metadata: ["error": "\(error)"])
            }
        }
    }
}
