import APIMachinery
import Basics
import KubeAPI

/// meta.k8s.io Table: what `kubectl get` prints, for one resource, as one request wants it.
struct Tables: Sendable {
    let resource: Resource
    /// "v1" or "v1beta1".
    let version: String
    /// Which part of each object goes with its row: "None", "Metadata" or "Object".
    let include: String
    /// Ages are told from now.
    let now: @Sendable () -> Instant

    init(_ resource: Resource, _ query: Query, _ version: String, now: @escaping @Sendable () -> Instant) {
        self.resource = resource
        self.version = version
        include = query["includeObject"] ?? "Metadata"
        self.now = now
    }

    func table(_ objects: [JSON], metadata: JSON) -> JSON {
        let columns = resource.columns.isEmpty ? Self.fallback : resource.columns
        let time = now()
        return [
            "kind": "Table", "apiVersion": JSON("meta.k8s.io/\(version)"), "metadata": metadata,
            "columnDefinitions": JSON(columns.map(Self.definition)),
            "rows": JSON(objects.map { row($0, columns, time) }),
        ]
    }

    /// A table of one object, with its resourceVersion.
    func table(_ object: JSON) -> JSON {
        var metadata: JSON = .object
        metadata["resourceVersion"] = object["metadata", "resourceVersion"]
        return table([object], metadata: metadata)
    }

    private static let fallback: [Resource.Column] = [
        .init("Name", "string", format: "name") { $0["metadata", "name"] ?? "" },
        .init("Created At", "date") { $0["metadata", "creationTimestamp"] ?? "" },
    ]

    private static func definition(_ column: Resource.Column) -> JSON {
        [
            "name": JSON(column.name), "type": JSON(column.type), "format": JSON(column.format),
            "description": JSON(column.help), "priority": JSON(column.priority),
        ]
    }

    private func row(_ object: JSON, _ columns: [Resource.Column], _ time: Instant) -> JSON {
        var row: JSON = ["cells": JSON(columns.map { $0.cellAt(object, time) })]
        switch include {
        case "None": break
        case "Object": row["object"] = object
        default: row["object"] = PartialMetadata.of(object, version)
        }
        return row
    }
}
