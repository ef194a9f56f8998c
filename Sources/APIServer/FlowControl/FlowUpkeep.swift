import APIMachinery
import KubeAPI

/// What the server itself does about the objects of flow control.
extension ClusterServer {
    /// Makes the levels and schemas that every cluster has, and keeps their specs as they are meant to be: the mandatory ones
    /// always, the suggested ones as long as their annotation says so.
    func ensureFlowControl(_ api: any ClusterAPI) async throws {
        for (resource, objects) in [
            (FlowControl.levels, FlowControlBootstrap.levels), (FlowControl.schemas, FlowControlBootstrap.schemas),
        ] {
            guard let kind = registry.resource(resource) else { continue }
            for object in objects {
                let name = object["metadata", "name"]?.string ?? ""
                guard let present = try await current(kind, name)?.json else {
                    do {
                        _ = try await api.create(resource, object)
                    } catch let error as StatusError where error.reason == .alreadyExists {
                        continue
                    }
                    continue
                }
                let isOurs = present["metadata", "annotations"]?[FlowControlBootstrap.autoUpdate]?.string == "true"
                guard isOurs, present["spec"] != object["spec"] else { continue }
                var updated = present
                updated["spec"] = object["spec"]
                _ = try await api.update(resource, updated)
            }
        }
    }

    /// Tells of schemas whether their level is there, until the task is cancelled.
    func tellOfDanglingSchemas() async throws {
        while true {
            try await surroundings.sleep(.milliseconds(500))
            for schema in flow.danglingNews(surroundings.timestamp) {
                do {
                    _ = try await ownClient.updateStatus(FlowControl.schemas, schema)
                } catch let error as StatusError {
                    // It has changed or gone, or the store is away: looked at once more.
                    log.debug("A flow schema's status could not be told", metadata: ["error": "\(error)"])
                    flow.tellAgain()
                }
            }
        }
    }
}
