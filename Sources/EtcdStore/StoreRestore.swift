import KeyValueCore
import Logging

/// Makes a member's directory from a snapshot, for a cluster with a new identity: members and clients of the one that the
/// snapshot was taken of cannot take it for their own.
public enum StoreRestore {
    /// Returns whose directory it is now. Throws `StoreError.invalidMember` if `name` is not in the cluster or the
    /// directory is a member's already, and `.locked` if that runs.
    public static func run(
        _ snapshot: KeyValueSnapshot, cluster: InitialCluster, name: String, directory: String
    ) throws(StoreError) -> StoreIdentity {
        let disk: PosixDisk
        let isLocked: Bool
        do throws(DiskError) {
            disk = try PosixDisk(path: directory)
            isLocked = try disk.lock()
        } catch {
            throw error.storeError
        }
        guard isLocked else { throw .locked(directory: directory) }
        defer { disk.unlock() }
        return try run(snapshot, cluster: cluster, name: name, on: disk)
    }

    /// The same on any disk, which the caller has locked.
    static func run(
        _ snapshot: KeyValueSnapshot, cluster: InitialCluster, name: String, on disk: any Disk
    ) throws(StoreError) -> StoreIdentity {
        let names: [String]
        do throws(DiskError) { names = try disk.names() } catch { throw error.storeError }
        let taken = names.contains {
            FileName.number($0, "log") != nil || FileName.number($0, SnapshotFile.ending) != nil
        }
        if taken { throw .invalidMember("\(disk.path) is the directory of a member already") }
        let environment = StoreEnvironment(
            disk: disk, limits: StoreLimits(), random: { UInt64.random(in: 1 ... .max) },
            logger: Logger(label: "restore"))
        let recovered = try StoreRecovery(environment, bootstrap: .restore(snapshot, cluster, name: name)).run()
        recovered.log.close()
        return recovered.log.identity
    }
}
