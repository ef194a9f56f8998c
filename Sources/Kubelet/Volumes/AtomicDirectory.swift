import FoundationEssentials
import Glibc

/// Writes a volume's files so that a reader sees all the old ones or all the new ones: they are in a directory named by
/// time, `..data` is a link to it that is replaced by a rename, and each file is a link through `..data`
/// (k8s.io/kubernetes pkg/volume/util AtomicWriter).
struct AtomicDirectory {
    let path: String

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// Does nothing when the files are as they should be. `stamp` names the new directory.
    func write(_ files: [String: VolumePlan.PayloadFile], stamp: String) throws {
        try makeDirectory(path)
        let data = path + "/..data"
        let oldTarget = try? FileManager.default.destinationOfSymbolicLink(atPath: data)
        if let oldTarget, isSame(files, path + "/" + oldTarget) { return }
        let name = "..\(stamp)"
        let directory = path + "/" + name
        try makeDirectory(directory)
        for (file, content) in files {
            let target = directory + "/" + file
            if let slash = target.lastIndex(of: "/") { try makeDirectory(String(target[..<slash])) }
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
        guard chmod(target, mode_t(content.mode & 0o777)) == 0 else {
            throw Failure(description: "cannot set the mode of \(target): \(String(cString: strerror(errno)))")
        }
    }
    private func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
