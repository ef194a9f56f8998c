import APIMachinery
import ContainerRuntime
import FoundationEssentials
import Glibc
import KubeAPI

/// Where volumes of CSI drivers are on a node, and what is written beside them for whoever takes them down: the kubelet
/// that does may be another than the one that brought them. The names are the kubelet's own of Kubernetes.
struct CSIPlaces: Sendable {
    /// The node's.
    let directory: String

    private var plugin: String { directory + "/plugins/kubernetes.io/csi" }
    private func podRoot(_ uid: String) -> String { "\(directory)/pods/\(uid)" }

    /// Where a volume is mounted once for all its pods.
    func staging(_ volume: CSIVolume) -> String {
        volume.isBlock
            ? "\(plugin)/volumeDevices/staging/\(volume.name)" : staging(driver: volume.driver, handle: volume.handle)
    }
    private func staging(driver: String, handle: String) -> String {
        "\(plugin)/\(driver)/\(HashedName.sha256(handle))/globalmount"
    }
    /// Where one pod has it.
    func target(_ volume: CSIVolume, _ uid: String) -> String {
        volume.isBlock
            ? "\(plugin)/volumeDevices/publish/\(volume.name)/\(uid)"
            : "\(podRoot(uid))/volumes/kubernetes.io~csi/\(volume.name)/mount"
    }

    /// What is known of a volume that a pod has, or may have.
    struct Record: Sendable, Equatable {
        var driver: String
        var handle: String
        var name: String
        var lifecycle: CSIVolume.Lifecycle
        var isBlock: Bool
        /// Where the pod has it, and where it is for all pods.
        var target: String
        var staging: String
        /// The file that says this.
        var file: String
    }

    private static let fileName = "vol_data.json"

    private func file(_ volume: CSIVolume, _ uid: String) -> String {
        let kind = volume.isBlock ? "volumeDevices" : "volumes"
        return "\(podRoot(uid))/\(kind)/kubernetes.io~csi/\(volume.name)/\(Self.fileName)"
    }

    /// Before the driver is told to bring it.
    func note(_ volume: CSIVolume, _ uid: String, node: String) throws {
        let file = file(volume, uid)
        try Self.makeDirectories(Self.folder(of: file), mode: 0o750)
        try Self.makeDirectories(Self.folder(of: target(volume, uid)), mode: 0o750)
        let data: JSON = [
            "attachmentID": JSON(volume.attachment(node: node)), "driverName": JSON(volume.driver),
            "nodeName": JSON(node), "specVolID": JSON(volume.name), "volumeHandle": JSON(volume.handle),
            "volumeLifecycleMode": JSON(volume.lifecycle.rawValue),
        ]
        try Data(data.bytes).write(to: URL(filePath: file), options: .atomic)
    }

    func records(_ uid: String) -> [Record] {
        [false, true].flatMap { isBlock -> [Record] in
            let folder = "\(podRoot(uid))/\(isBlock ? "volumeDevices" : "volumes")/kubernetes.io~csi"
            return Self.names(folder).compactMap { name in
                let file = "\(folder)/\(name)/\(Self.fileName)"
                guard let data = try? Data(contentsOf: URL(filePath: file)), let json = try? JSON(parsing: Array(data)),
                    let driver = json["driverName"]?.string, let handle = json["volumeHandle"]?.string
                else { return nil }
                let publish = "\(plugin)/volumeDevices/publish/\(name)/\(uid)"
                return Record(
                    driver: driver, handle: handle, name: name,
                    lifecycle: json["volumeLifecycleMode"]?.string.flatMap { CSIVolume.Lifecycle(rawValue: $0) }
                        ?? .persistent,
                    isBlock: isBlock, target: isBlock ? publish : "\(folder)/\(name)/mount",
                    staging: isBlock
                        ? "\(plugin)/volumeDevices/staging/\(name)" : staging(driver: driver, handle: handle),
                    file: file)
            }
        }
    }
    /// Of all pods.
    func records() -> [Record] { Self.names(directory + "/pods").flatMap { records($0) } }

    /// Says of a staged volume whose it is.
    func noteStaging(_ volume: CSIVolume) throws {
        let staging = staging(volume)
        try Self.makeDirectories(staging, mode: 0o750)
        let data: JSON = ["driverName": JSON(volume.driver), "volumeHandle": JSON(volume.handle)]
        try Data(data.bytes).write(to: URL(filePath: dataFile(staging)), options: .atomic)
    }
    /// Beside, and for devices named like it, as many are in one folder.
    private func dataFile(_ staging: String) -> String {
        staging.hasSuffix("/globalmount")
            ? Self.folder(of: staging) + "/" + Self.fileName : staging + ".json"
    }

    /// What is staged, or may be.
    struct Staged: Sendable, Hashable {
        var driver: String
        var handle: String
        var place: String
    }
    func staged() -> [Staged] {
        let devices = "\(plugin)/volumeDevices/staging"
        var places = Self.names(devices).filter { !$0.hasSuffix(".json") }.map { "\(devices)/\($0)" }
        for driver in Self.names(plugin) where driver != "volumeDevices" {
            places += Self.names("\(plugin)/\(driver)").map { "\(plugin)/\(driver)/\($0)/globalmount" }
        }
        return places.compactMap { place in
            guard let data = try? Data(contentsOf: URL(filePath: dataFile(place))),
                let json = try? JSON(parsing: Array(data)), let driver = json["driverName"]?.string,
                let handle = json["volumeHandle"]?.string
            else { return nil }
            return Staged(driver: driver, handle: handle, place: place)
        }
    }

    /// After a driver has taken a volume from a pod, or before it has brought it. Throws where something is still mounted.
    func forget(_ record: Record) throws {
        try Self.removePlace(record.target)
        unlink(record.file)
        rmdir(Self.folder(of: record.file))
        if record.isBlock { rmdir(Self.folder(of: record.target)) }
    }
    func forget(_ staged: Staged) throws {
        try Self.removePlace(staged.place)
        unlink(dataFile(staged.place))
        if staged.place.hasSuffix("/globalmount") { rmdir(Self.folder(of: staged.place)) }
    }

    /// Of what a driver left behind: an empty directory, or a file that a device was bound to.
    private static func removePlace(_ path: String) throws {
        if MountTable.read().isMounted(path) {
            throw MountFailure(description: "\(path) is still mounted")
        }
        if rmdir(path) != 0, errno == ENOTDIR { unlink(path) }
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
    }
    private static func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
    private static func makeDirectories(_ path: String, mode: Int) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    }
}
