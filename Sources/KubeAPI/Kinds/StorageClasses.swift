import APIMachinery

/// Everything known of StorageClasses.
enum StorageClasses {
    static let resource = Resource(
        "storage.k8s.io/v1", "StorageClass", plural: "storageclasses", shortNames: ["sc"], isNamespaced: false,
        setDefaults: setDefaults)

    private static func setDefaults(_ storageClass: inout JSON) {
        storageClass.setDefault("reclaimPolicy", "Delete")
        storageClass.setDefault("volumeBindingMode", "Immediate")
    }
}
