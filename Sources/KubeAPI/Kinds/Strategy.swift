import APIMachinery

/// What most kinds do when their objects are written (Kubernetes' registry strategies), as values to hand to `Resource`.
enum Strategy {
    typealias Create = @Sendable (inout JSON) -> Void
    typealias Update = @Sendable (inout JSON, JSON) -> Void

    /// A new object has generation 1 and the given status, whatever the client sent.
    static func create(generation: Bool, status: JSON?) -> Create {
        { object in
            if generation { object.set(["metadata", "generation"], to: 1) }
            if let status { object["status"] = status }
        }
    }
    /// An update of the object keeps its status and, where generations are kept, counts a change of the spec.
    static func update(generation: Bool, status: Bool, countsAnnotations: Bool = false) -> Update {
        { new, old in
            if status { new.keep("status", of: old) }
            if generation {
                let isChanged =
                    new["spec"] != old["spec"]
                    || countsAnnotations && new["metadata", "annotations"] != old["metadata", "annotations"]
                setGeneration(&new, old, isChanged: isChanged)
            }
        }
    }
    /// An update of the status keeps all else that clients may set, but for labels, annotations and finalizers.
    static let statusUpdate: Update = { new, old in
        new.keep("spec", of: old)
        new.updateOrMake("metadata") { metadata in
            let oldMetadata = old["metadata"] ?? .object
            for name in ["generation", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"] {
                metadata.keep(name, of: oldMetadata)
            }
        }
    }

    /// An update of the status that keeps all else, the metadata that clients may set included.
    static let statusAlone: Update = { new, old in
        new.keep("spec", of: old)
        new.updateOrMake("metadata") { metadata in
            let oldMetadata = old["metadata"] ?? .object
            for name in [
                "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "labels",
                "annotations", "finalizers",
            ] {
                metadata.keep(name, of: oldMetadata)
            }
        }
    }

    static func setGeneration(_ new: inout JSON, _ old: JSON, isChanged: Bool) {
        let generation = old["metadata", "generation"]?.int ?? 0
        new.set(["metadata", "generation"], to: JSON(isChanged ? generation + 1 : max(generation, 1)))
    }
}

extension Resource.Subresource {
    /// The subresource `status`, of the same kind as the object.
    static func status(_ apiVersion: String, _ kind: String) -> Resource.Subresource {
        Resource.Subresource(
            .status, GroupVersionKind(apiVersion: apiVersion, kind: kind), verbs: [.get, .patch, .update])
    }
    static let scale = Resource.Subresource(
        .scale, GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
        verbs: [.get, .patch, .update])
}
