import APIMachinery
import KubeAPI

/// Adds to what is stored of a standard role or binding what it lacks; nothing is taken away.
enum RoleReconciliation {
    /// nil when there is nothing to add, or the object is not to be touched.
    static func completed(_ stored: JSON, by standard: JSON) -> JSON? {
        if stored["metadata", "annotations", StandardRoles.autoupdate]?.string == "false" { return nil }
        var completed = stored
        for field in ["labels", "annotations"] {
            for (name, value) in standard["metadata", field]?.members ?? []
            where stored["metadata", field, name] == nil { completed["metadata", field, name] = value }
        }
        if standard["kind"]?.string == "ClusterRole" {
            if let rule = standard["aggregationRule"] {
                addMissing(&completed, "aggregationRule", "clusterRoleSelectors", rule["clusterRoleSelectors"])
            } else {
                let missing = RoleCover.missing(in: RoleRule.all(of: stored), of: RoleRule.all(of: standard))
                let rules = (stored["rules"]?.elements ?? []) + RoleCover.compact(missing).map(\.json)
                if !missing.isEmpty { completed["rules"] = JSON(rules) }
            }
        } else {
            addMissing(&completed, "subjects", nil, standard["subjects"])
        }
        return completed == stored ? nil : completed
    }

    private static func addMissing(_ object: inout JSON, _ field: String, _ inner: String?, _ wanted: JSON?) {
        let stored = (inner.map { object[field, $0] } ?? object[field])?.elements ?? []
        let missing = (wanted?.elements ?? []).filter { !stored.contains($0) }
        guard !missing.isEmpty else { return }
        if let inner { object[field, inner] = JSON(stored + missing) } else { object[field] = JSON(stored + missing) }
    }
}

extension ClusterServer {
    /// The standard roles are there and bound, before anyone but administrators and the cluster's own users can be let in.
    func ensureStandardRoles(_ api: any ClusterAPI) async throws {
        guard registry.resource(.clusterRoles) != nil, registry.resource(.clusterRoleBindings) != nil else { return }
        let loops = StandardRoles.objects(of: configuration.loops)
        let all =
            (StandardRoles.objects.roles + loops.roles).map { (GroupResource.clusterRoles, $0) }
            + (StandardRoles.objects.bindings + loops.bindings).map { (GroupResource.clusterRoleBindings, $0) }
        // Together, so that the store makes them durable together.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (resource, object) in all {
                group.addTask { try await self.ensureStandard(resource, object, api) }
            }
            try await group.waitForAll()
        }
    }

    private func ensureStandard(_ resource: GroupResource, _ object: JSON, _ api: any ClusterAPI) async throws {
        if let stored = try await cache.newest(resource, object.key.name)?.json {
            guard let completed = RoleReconciliation.completed(stored, by: object) else { return }
            do {
                _ = try await api.update(resource, completed, subresource: nil)
            } catch let error as StatusError where error.reason == .conflict {
                // Another server of the cluster does the same.
            }
            return
        }
        do {
            _ = try await api.create(resource, object)
        } catch let error as StatusError where error.reason == .alreadyExists {}
    }
}
