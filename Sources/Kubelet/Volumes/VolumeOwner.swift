import ContainerRuntime
import FoundationEssentials
import Glibc

/// Gives a volume's files to a pod's group (pkg/volume/volume_linux.go).
struct VolumeOwner: Sendable {
    let group: Int
    /// Nothing is done where the volume's own directory is as it should be already.
    let onlyIfRootDiffers: Bool

    init(group: Int, onlyIfRootDiffers policy: String?) {
        self.group = group
        onlyIfRootDiffers = policy == "OnRootMismatch"
    }

    private static let writing: mode_t = 0o660
    private static let reading: mode_t = 0o440
    private static let entering: mode_t = 0o110

    func own(_ path: String, isReadOnly: Bool) throws {
        var information = stat()
        guard lstat(path, &information) == 0 else { throw Self.failure("lstat", path) }
        if onlyIfRootDiffers, isOwned(information, isReadOnly) { return }
        try change(path, information, isReadOnly, device: information.st_dev)
    }

    private func isOwned(_ information: stat, _ isReadOnly: Bool) -> Bool {
        let wanted = (isReadOnly ? Self.reading : Self.writing) | Self.entering
        return information.st_gid == gid_t(clamping: group) && information.st_mode & wanted == wanted
            && information.st_mode & mode_t(S_ISGID) != 0
    }

    private func change(_ path: String, _ information: stat, _ isReadOnly: Bool, device: dev_t) throws {
        if lchown(path, uid_t.max, gid_t(clamping: group)) != 0 { throw Self.failure("lchown", path) }
        let kind = information.st_mode & S_IFMT
        guard kind != S_IFLNK else { return }
        var mode = information.st_mode & 0o7777 | (isReadOnly ? Self.reading : Self.writing)
        if kind == S_IFDIR { mode |= mode_t(S_ISGID) | Self.entering }
        if chmod(path, mode) != 0 { throw Self.failure("chmod", path) }
        guard kind == S_IFDIR else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            var inner = stat()
            let innerPath = path + "/" + name
            // One that went meanwhile needs no owner.
            guard lstat(innerPath, &inner) == 0 else { continue }
            if inner.st_dev == device { try change(innerPath, inner, isReadOnly, device: device) }
        }
    }
    private static func failure(_ call: String, _ path: String) -> MountFailure {
        MountFailure(description: "\(call) \(path): \(String(cString: strerror(errno)))")
    }
}
