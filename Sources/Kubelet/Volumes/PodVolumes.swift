import ContainerRuntime
import FoundationEssentials
import Glibc
import KubeAPI

/// A pod's volumes on the disk: `<directory>/<uid>/volumes/<name>`.
struct PodVolumes {
    /// `<data>/pods`.
    let directory: String
    let uid: String

    struct Failure: Error, CustomStringConvertible {
        var operation = PodWork.VolumeFailure.setUp
        var description: String
    }

    private var root: String { directory + "/" + uid }
    /// Where a directory of another machine is mounted.
    func sharePath(_ volume: String) -> String { root + "/volumes/kubernetes.io~nfs/" + volume }
    func path(_ volume: String) -> String { root + "/volumes/" + volume }

    /// Where a container's part of a volume is shown on the host.
    func subPathPlace(_ volume: String, _ container: String, _ index: Int) -> String {
        "\(root)/volume-subpaths/\(volume)/\(container)/\(index)"
    }

    /// What a volume is prepared for.
    struct Use {
        /// The pod's fsGroup, which owns what it may write and may read what it may not.
        var group: Int?
        var changePolicy: String?
        /// Whether what containers mount in it shows in others.
        var isShared = false
    }

    /// Makes or refreshes one volume that the node itself makes; returns the host's path.
    func prepare(_ name: String, _ plan: VolumePlan, stamp: String, _ use: Use) async throws -> String {
        switch plan {
        case .empty, .memory, .hugePages:
            let path = path(name)
            let isNew = access(path, F_OK) != 0
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            if case .memory(let sizeBytes) = plan, MemoryFileSystem.isAllowed {
                try MemoryFileSystem.mount(path, sizeBytes: sizeBytes)
            }
            if case .hugePages(let size) = plan { try MountTable.mountHugePages(path, pageSize: size) }
            if use.isShared, MemoryFileSystem.isAllowed { try MountTable.share(path) }
            guard isNew else { return path }
            chmod(path, 0o777)
            if let group = use.group, chown(path, uid_t.max, gid_t(clamping: group)) == 0 { chmod(path, 0o2777) }
            return path
        case .payload(let files):
            let path = path(name)
            try AtomicDirectory(path: path, group: use.group).write(files, stamp: stamp)
            return path
        case .hostPath(let path, let type):
            try HostPathType(path).check(type)
            return path
        case .local(let path):
            guard access(path, F_OK) == 0 else {
                throw Self.missing(path, "MountVolume.NewMounter initialization failed")
            }
            var information = stat()
            guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
                throw Failure(description: "only directory and block device are supported")
            }
            if let group = use.group {
                try VolumeOwner(group: group, onlyIfRootDiffers: use.changePolicy).own(path, isReadOnly: false)
            }
            return path
        case .device(let path):
            guard access(path, F_OK) == 0 else { throw Self.missing(path, "MapVolume.MapPodDevice failed") }
            var information = stat()
            guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFBLK else {
                throw Failure(
                    operation: "MapVolume.MapPodDevice failed", description: "path \(path) is not a block device")
            }
            return path
        case .nfs(let source, let options):
            let path = sharePath(name)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try await MountTool.mount(source, at: path, type: "nfs", options: options)
            return path
        case .csi: throw Failure(description: "volume \"\(name)\" is brought by a driver")
        }
    }
    private static func missing(_ path: String, _ operation: String) -> Failure {
        Failure(operation: operation, description: "path \"\(path)\" does not exist")
    }

    /// The file that a container writes its termination message to, fresh for each run.
    func terminationLog(_ container: String, attempt: Int) throws -> String {
        let directory = root + "/containers/" + container
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/termination-log-\(attempt)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Failure(description: "cannot create \(path)") }
        fchmod(file, 0o666)
        close(file)
        return path
    }
    func terminationMessage(_ container: String, attempt: Int) -> String {
        let path = root + "/containers/" + container + "/termination-log-\(attempt)"
        let bytes = (try? Data(contentsOf: URL(filePath: path))) ?? Data()
        return String(decoding: bytes.suffix(4096), as: UTF8.self)
    }

    /// What a volume has beyond `limit` bytes of the disk is not counted further.
    func usesMore(_ volume: String, than limit: Int) -> Bool {
        var used = 0
        var information = stat()
        guard let entries = FileManager.default.enumerator(atPath: path(volume)) else { return false }
        while let entry = entries.nextObject() as? String {
            if lstat(path(volume) + "/" + entry, &information) == 0 { used += Int(information.st_blocks) * 512 }
            if used > limit { return true }
        }
        return false
    }

    /// Without following links, and only when nothing is mounted in it any more: what others hold stays. Returns whether
    /// nothing is left.
    @discardableResult
    func remove() -> Bool {
        releaseMounts()
        guard MountTable.read().below(root).isEmpty else { return false }
        try? FileManager.default.removeItem(atPath: root)
        return true
    }
    /// Takes down what the node itself has mounted for the pod; what drivers brought is theirs.
    func releaseMounts() {
        let brought = root + "/volumes/kubernetes.io~csi"
        let all = MountTable.read().below(root)
        let theirs = Set(MountTable.read().below(brought))
        for path in all where !theirs.contains(path) { MountTable.letGo(path) }
    }
    static func uids(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
}
