import FoundationEssentials
import Glibc

/// Writes a volume's files so that a reader sees all the old ones or all the new ones: they are in a directory named by
/// time, `..data` is a link to it that is replaced by a rename, and each file is a link through `..data`
/// (k8s.io/kubernetes pkg/volume/util AtomicWriter).
struct AtomicDirectory {
    let path: String
    /// Owns what is written and may read it, as the kubelet does it for volumes that containers cannot write
    /// (SetVolumeOwnership); nil is root's.
    var group: Int?

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// Does nothing when the files are as they should be. `stamp` names the new directory.
    func write(_ files: [String: VolumePlan.PayloadFile], stamp: String) throws {
        try makeDirectory(path)
        giveToGroup(path, mode: 0o2755)
        let data = path + "/..data"
        let oldTarget = try? FileManager.default.destinationOfSymbolicLink(atPath: data)
        if let oldTarget, isSame(files, path + "/" + oldTarget) { return }
        let name = "..\(stamp)"
        let directory = path + "/" + name
        try makeDirectory(directory)
        giveToGroup(directory, mode: 0o2755)
        for (file, content) in files {
            let target = directory + "/" + file
            try makeDirectories(of: file, below: directory)
            try put(content, target)
        }
        unlink(path + "/..data_tmp")
        guard symlink(name, path + "/..data_tmp") == 0, rename(path + "/..data_tmp", data) == 0 else {
            throw Failure(description: "cannot replace \(data): \(String(cString: strerror(errno)))")
        }
        let wanted = Set(files.keys.map { String($0.split(separator: "/").first ?? "") })
        for entry in wanted {
            let link = path + "/" + entry
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == nil {
                symlink("..data/" + entry, link)
            }
        }
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where !entry.hasPrefix("..") && !wanted.contains(entry) { unlink(path + "/" + entry) }
        if let oldTarget { try? FileManager.default.removeItem(atPath: path + "/" + oldTarget) }
    }

    private func isSame(_ files: [String: VolumePlan.PayloadFile], _ data: String) -> Bool {
        let present = (FileManager.default.enumerator(atPath: data)?.compactMap { $0 as? String } ?? []).filter {
            entry in
            var information = stat()
            return stat(data + "/" + entry, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
        }
        guard Set(present) == Set(files.keys) else { return false }
        return files.allSatisfy { name, file in
            (try? Data(contentsOf: URL(filePath: data + "/" + name))).map(Array.init) == file.bytes
        }
    }
    private func put(_ content: VolumePlan.PayloadFile, _ target: String) throws {
        try Data(content.bytes).write(to: URL(filePath: target))
        let mode = content.mode & 0o777
        guard chmod(target, mode_t(mode)) == 0 else {
            throw Failure(description: "cannot set the mode of \(target): \(String(cString: strerror(errno)))")
        }
        if let user = content.user { _ = chown(target, uid_t(clamping: user), gid_t.max) }
        giveToGroup(target, mode: mode | 0o440)
    }
    /// Nothing happens without a group, or where this process may not.
    private func giveToGroup(_ path: String, mode: Int) {
        guard let group, chown(path, uid_t.max, gid_t(clamping: group)) == 0 else { return }
        chmod(path, mode_t(mode))
    }
    private func makeDirectories(of file: String, below directory: String) throws {
        var current = directory
        for part in file.split(separator: "/").dropLast() {
            current += "/" + part
            try makeDirectory(current)
            giveToGroup(current, mode: 0o2755)
        }
    }
    private func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
