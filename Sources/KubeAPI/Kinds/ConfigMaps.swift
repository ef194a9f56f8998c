import APIMachinery

/// Everything known of ConfigMaps.
enum ConfigMaps {
    static let resource = Resource(
        "v1", "ConfigMap", plural: "configmaps", shortNames: ["cm"], columns: StorageColumns.configMaps,
        validate: DataRules.checkConfigMap,
        validateUpdate: { DataRules.checkImmutability($0, $1) + DataRules.checkConfigMap($0) },
        validateName: Validation.isDNS1123Subdomain)
}
