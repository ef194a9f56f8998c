import APIMachinery

/// An image in one tar file, as other tools read it, too (OCI image layout 1.0.0).
struct ImageArchive {
    private static let manifestType = "application/vnd.oci.image.manifest.v1+json"

    /// How the image's programs are started: the `config` of an OCI image.
    var configuration: JSON
    /// From the lowest on.
    var layers: [ImageBlob]

    /// `names` are full ones.
    func write(_ path: String, names: [String]) throws {
        let image: JSON = [
            "architecture": JSON(Self.architecture), "os": "linux", "config": configuration,
            "rootfs": ["type": "layers", "diff_ids": JSON(layers.map { JSON("sha256:\($0.digest)") })],
        ]
        let imageBlob = ImageBlob(image.bytes)
        let manifest: JSON = [
            "schemaVersion": 2, "mediaType": JSON(Self.manifestType),
            "config": Self.descriptor(imageBlob, "application/vnd.oci.image.config.v1+json"),
            "layers": JSON(layers.map { Self.descriptor($0, "application/vnd.oci.image.layer.v1.tar") }),
        ]
        let manifestBlob = ImageBlob(manifest.bytes)
        let index: JSON = [
            "schemaVersion": 2,
            "manifests": JSON(
                names.map { name in
                    var entry = Self.descriptor(manifestBlob, Self.manifestType)
                    entry["annotations"] = ["io.containerd.image.name": JSON(name)]
                    return entry
                }),
        ]
        var writer = try TarWriter(path)
        try writer.add("blobs", .directory(mode: 0o755))
        try writer.add("blobs/sha256", .directory(mode: 0o755))
        var written: Set<String> = []
        for blob in layers + [imageBlob, manifestBlob] where written.insert(blob.digest).inserted {
            switch blob.place {
            case .file(let source):
                try writer.add("blobs/sha256/\(blob.digest)", .file(source: source, mode: 0o644, size: blob.size))
            case .bytes(let bytes): try writer.add("blobs/sha256/\(blob.digest)", .content(bytes, mode: 0o644))
            }
        }
        try writer.add("index.json", .content(index.bytes, mode: 0o644))
        let layout: JSON = ["imageLayoutVersion": "1.0.0"]
        try writer.add("oci-layout", .content(layout.bytes, mode: 0o644))
        _ = try writer.finish()
    }

    private static func descriptor(_ blob: ImageBlob, _ type: String) -> JSON {
        ["mediaType": JSON(type), "digest": JSON("sha256:\(blob.digest)"), "size": JSON(blob.size)]
    }

    /// As Go names processors.
    static var architecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }
}
