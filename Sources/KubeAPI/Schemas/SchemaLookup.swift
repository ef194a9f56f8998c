import APIMachinery

extension Schema {
    /// The built-in type of this kind, such as apps/v1 Deployment; the kinds that every group shares (DeleteOptions,
    /// Status, Table …) are found under `v1` and `meta.k8s.io/v1`.
    public static func kubernetes(_ kind: GroupVersionKind) -> SchemaType? {
        let meta = "io.k8s.apimachinery.pkg.apis.meta"
        let group = kind.group.isEmpty ? "core" : String(kind.group.prefix { $0 != "." })
        return kubernetes.type(named: "io.k8s.api.\(group).\(kind.version).\(kind.kind)")
            ?? kubernetes.type(named: "\(meta).\(kind.version).\(kind.kind)")
    }
}
