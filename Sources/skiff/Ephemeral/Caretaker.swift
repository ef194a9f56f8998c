import CProcess
import ContainerRuntime
import Foundation
import Synchronization

/// The process beside one that runs an ephemeral cluster. It waits until that one ends, however it ends, then ends what
/// containers are left and removes the cluster's directory. So there is one way to clear up, which is taken every time.
enum Caretaker {
    private struct Engaged {
        var process: pid_t
        /// Written once, with the directory; the caretaker reads its end when we are gone.
        var lifeline: Int32
    }
    private static let engaged = Mutex<Engaged?>(nil)

    /// Makes it; before anything starts a thread. Whoever finds no `directory` told clears up nothing.
    static func engage() {
        var lifeline: Int32 = -1
        let process = cprocess_fork_caretaker(&lifeline)
        if process == 0 { work() }
        if process > 0 { engaged.withLock { $0 = Engaged(process: process, lifeline: lifeline) } }
    }

    /// The caretaker's own life.
    private static func work() -> Never {
        var told: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            told += buffer.prefix(count)
        }
        let directory = String(decoding: told, as: UTF8.self)
        if directory.hasPrefix("/") {
            ContainerRemains.remove(directory, supervisorCommand: Skiff.supervisorCommand)
            ContainerRemains.removeCgroups(of: directory)
        }
        _exit(0)
    }

    /// Why an ephemeral cluster cannot be had; a sentence.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Makes the directory that is this cluster's for as long as it runs, readable to its owner only.
    static func makeDirectory() throws -> String {
        guard let engaged = engaged.withLock({ $0 }) else {
            throw Failure(description: "there is no process that would clear up after an ephemeral cluster")
        }
        let place = FileManager.default.temporaryDirectory.path
        var name = Array("\(place)/skiff-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            throw Failure(description: "no directory can be made in \(place): \(String(cString: strerror(errno)))")
        }
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Shorter than what a pipe takes at once.
        let count = write(engaged.lifeline, path, path.utf8.count)
        guard count == path.utf8.count else { throw Failure(description: "the caretaker cannot be told of \(path)") }
        return path
    }

    /// Has everything cleared up and waits until it is; nothing may use the directory any more.
    static func finish() {
        guard let engaged = engaged.withLock({ $0.take() }) else { return }
        // What tasks begin after this could not be found any more.
        ContainerRemains.endStarts()
        close(engaged.lifeline)
        var status: Int32 = 0
        while waitpid(engaged.process, &status, 0) < 0, errno == EINTR {}
    }
}
