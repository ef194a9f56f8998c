import APIMachinery
import KubeAPI

/// meta.k8s.io Table: what `kubectl get` prints.
enum Tables {
    static func table(
        _ objects: [JSON], _ resource: Resource, _ query: Query, _ version: String, now: Timestamp, revision: String,
        continueToken: String, remaining: Int?
    ) -> JSON {
        var metadata: JSON = .object
        if !revision.isEmpty { metadata["resourceVersion"] = JSON(revision) }
        if !continueToken.isEmpty { metadata["continue"] = JSON(continueToken) }
        if let remaining { metadata["remainingItemCount"] = JSON(remaining) }
        let columns = self.columns(resource)
        let include = query["includeObject"] ?? "Metadata"
        return [
            "kind": "Table", "apiVersion": JSON("meta.k8s.io/\(version)"), "metadata": metadata,
            "columnDefinitions": JSON(columns.map(definition)),
            "rows": JSON(objects.map { row($0, columns, include, version, now) }),
        ]
    }

    private static func columns(_ resource: Resource) -> [Resource.Column] {
        resource.columns.isEmpty ? fallback : resource.columns
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

    private static func row(
        _ object: JSON, _ columns: [Resource.Column], _ include: String, _ version: String, _ now: Timestamp
    )
        -> JSON
    {
        var row: JSON = ["cells": JSON(columns.map { $0.cellAt(object, now) })]
        switch include {
        case "None": break
        case "Object": row["object"] = object
        default: row["object"] = PartialMetadata.of(object, version)
        }
        return row
    }
}
