import APIMachinery
import KubeAPI

/// One version of what is served, with what is made of the registry for clients who ask what there is.
final class ServedVersion: Sendable {
    let registry: ResourceRegistry
    let discovery: Discovery
    let openAPI: OpenAPIPages

    init(_ registry: ResourceRegistry, _ provided: ProvidedGroups) {
        self.registry = registry
        discovery = Discovery(registry, provided)
        openAPI = OpenAPIPages(registry)
    }
}

extension ClusterServer {
    /// Changes what is served, after every change asked for before, and returns when it is done: what is new can be
    /// asked for, with all that the store has of it; every watch of what is gone ends; discovery and the API's description
    /// tell so. Then it is published in `resources`. Throws what the store throws, and then nothing has changed.
    public func serve(_ change: @escaping @Sendable (inout ResourceRegistry) -> Void) async throws {
        try await inTurn {
            var registry = self.registry
            change(&registry)
            let names = registry.resources.map(\.groupResource)
            try await self.cache.prepare(names)
            self.setServed(ServedVersion(registry, self.provided))
            self.cache.serve(names)
            self.resources.publish(registry)
        }
    }
}
