import APIMachinery
import APIServer
import HTTPMessages
import KubeAPI
import Synchronization
import Testing

/// A node that gives two lines of log and remembers what was asked.
final class RecordingNode: NodeConnector {
    let options = Mutex<LogOptions?>(nil)
    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        self.options.withLock { $0 = options }
        return Pieces(["one\n", "two\n"])
    }
    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
        Answer(status: 101)
    }
    func page(node: String, request: Request) async throws -> Answer {
        Answer(status: 200, body: .bytes(Array("\(node) \(request.method) \(request.path)?\(request.query)".utf8)))
    }
}

final class Pieces: ByteStream {
    private let rest: Mutex<[String]>
    init(_ pieces: [String]) { rest = Mutex(pieces) }
    func next() async throws -> [UInt8]? {
        rest.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
    }
    func cancel() {}
}
