import APIMachinery
import Basics
import FoundationEssentials
import Glibc
import KubeAPI
import Logging

/// The files of a node that describe pods: one, or all of a directory but for hidden ones and what is in further directories.
/// A file is read again when it is another by its time, size or number.
struct StaticPodFiles {
    private struct Signature: Equatable {
        var seconds: Int
        var nanoseconds: Int
        var size: Int
        var number: UInt64
    }
    let path: String
    let node: String
    private var known: [String: (signature: Signature, pod: Pod?)] = [:]

    init(path: String, node: String) {
        self.path = path
        self.node = node
    }

    /// The pods as they are described now, by uid; of two with one name the later file's. What is no pod is told once.
    mutating func read(at now: Instant, _ logger: Logger) -> [String: Pod] {
        var present: [String: (signature: Signature, pod: Pod?)] = [:]
        for file in files() {
            guard let signature = Self.signature(file) else { continue }
            if let before = known[file], before.signature == signature {
                present[file] = before
                continue
            }
            present[file] = (signature, pod(file, now, logger))
        }
        known = present
        var byName: [ObjectKey: Pod] = [:]
        for file in present.keys.sorted() {
            if let pod = present[file]?.pod { byName[pod.key] = pod }
        }
        return Dictionary(byName.values.map { ($0.uid, $0) }) { first, _ in first }
    }

    private func pod(_ file: String, _ now: Instant, _ logger: Logger) -> Pod? {
        do {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            return try StaticPod.parse(bytes, file: file, node: node, now: now)
        } catch {
            logger.error("Cannot read a static pod", metadata: ["file": "\(file)", "error": "\(error)"])
            return nil
        }
    }

    private func files() -> [String] {
        var information = stat()
        guard stat(path, &information) == 0 else { return [] }
        guard information.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }
    }
    /// nil for what is no file.
    private static func signature(_ file: String) -> Signature? {
        var information = stat()
        guard stat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return Signature(
            seconds: information.st_mtim.tv_sec, nanoseconds: information.st_mtim.tv_nsec,
            size: Int(information.st_size), number: UInt64(information.st_ino))
    }
}
