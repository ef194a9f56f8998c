import APIMachinery

extension Schema {
    /// The types of every object's metadata, and what all groups share, as notation.
    public static let metaNotation = KubernetesSchema.meta

    /// The built-in type of this kind, such as apps/v1 Deployment; the kinds that every group shares (DeleteOptions,
    /// Status, Table …) are found under `v1` and `meta.k8s.io/v1`.
    public static func kubernetes(_ kind: GroupVersionKind) -> SchemaType? {
        let meta = "io.k8s.apimachinery.pkg.apis.meta"
        if kind.group == "apiextensions.k8s.io" {
            let package = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions"
            return kubernetes.type(named: "\(package).\(kind.version).\(kind.kind)")
        }
        let group = kind.group.isEmpty ? "core" : String(kind.group.prefix { $0 != "." })
        return kubernetes.type(named: "io.k8s.api.\(group).\(kind.version).\(kind.kind)")
            ?? kubernetes.type(named: "\(meta).\(kind.version).\(kind.kind)")
    }
}
