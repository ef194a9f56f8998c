import APIMachinery

/// What `kubectl get` shows of volumes and of what holds data: ConfigMaps, Secrets, ServiceAccounts.
enum StorageColumns {
    static let volumes: [Resource.Column] = [
        .name,
        .text("Capacity") { Cells.storage($0["spec", "capacity"]) },
        .text("Access Modes") { Cells.accessModes($0["spec", "accessModes"]) },
        .text("Reclaim Policy") { $0["spec", "persistentVolumeReclaimPolicy"]?.string ?? "" },
        .text("Status", phase),
        .text("Claim") { volume in
            guard let claim = volume["spec", "claimRef"] else { return "" }
            return "\(claim["namespace"]?.string ?? "")/\(claim["name"]?.string ?? "")"
        },
        .text("StorageClass", storageClass),
        .text("VolumeAttributesClass") { $0["spec", "volumeAttributesClassName"]?.string ?? Cells.unset },
        .text("Reason") { $0["status", "reason"]?.string ?? "" },
        .age,
        .text("VolumeMode", priority: 1) { $0["spec", "volumeMode"]?.string ?? Cells.unset },
    ]
    static let claims: [Resource.Column] = [
        .name,
        .text("Status", phase),
        .text("Volume") { $0["spec", "volumeName"]?.string ?? "" },
        .text("Capacity") { isBound($0) ? Cells.storage($0["status", "capacity"]) : "" },
        .text("Access Modes") { isBound($0) ? Cells.accessModes($0["status", "accessModes"]) : "" },
        .text("StorageClass", storageClass),
        .text("VolumeAttributesClass") { $0["spec", "volumeAttributesClassName"]?.string ?? Cells.unset },
        .age,
        .text("VolumeMode", priority: 1) { $0["spec", "volumeMode"]?.string ?? Cells.unset },
    ]
    static let storageClasses: [Resource.Column] = [
        Resource.Column("Name", "string", format: "name") {
            Cells.nameWithDefault(
                $0,
                ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"])
        },
        .text("Provisioner") { $0["provisioner"]?.string ?? "" },
        .text("ReclaimPolicy") { $0["reclaimPolicy"]?.string ?? "Delete" },
        .text("VolumeBindingMode") { $0["volumeBindingMode"]?.string ?? "Immediate" },
        Resource.Column("AllowVolumeExpansion", "string") { JSON($0["allowVolumeExpansion"]?.bool ?? false) },
        .age,
    ]
    static let configMaps: [Resource.Column] = [
        .name, .number("Data") { ($0["data"]?.count ?? 0) + ($0["binaryData"]?.count ?? 0) }, .age,
    ]
    static let secrets: [Resource.Column] = [
        .name, .text("Type") { $0["type"]?.string ?? "" }, .number("Data") { $0["data"]?.count ?? 0 }, .age,
    ]
    static let serviceAccounts: [Resource.Column] = [.name, .age]

    private static func isBound(_ claim: JSON) -> Bool { !(claim["spec"] ?? .object).lacks("volumeName") }
    private static func phase(_ object: JSON) -> String {
        object["metadata", "deletionTimestamp"] != nil ? "Terminating" : object["status", "phase"]?.string ?? ""
    }
    private static func storageClass(_ object: JSON) -> String {
        object["metadata", "annotations"]?["volume.beta.kubernetes.io/storage-class"]?.string
            ?? object["spec", "storageClassName"]?.string ?? ""
    }
}
