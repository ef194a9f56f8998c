import APIMachinery

/// Everything known of ConfigMaps.
enum ConfigMaps {
    static let resource = Resource("v1", "ConfigMap", plural: "configmaps", shortNames: ["cm"])
}
