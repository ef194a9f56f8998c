import ContainerRuntime
import Streams

/// One forwarded connection as the client's protocol carries it.
protocol ForwardedStream: Sendable {
    /// Whether the client has given it up.
    var isReset: Bool { get }
    /// The client's next bytes; nil when it sends no more.
    func read() async -> [UInt8]?
    /// Waits while the client has too much to take; false when nobody will read it.
    func write(_ bytes: [UInt8]) async -> Bool
    /// Nothing more is written.
    func close()
    /// Nothing more is read.
    func discard()
}

extension SPDYStream: ForwardedStream {}

/// Where forwarded connections go: the ports of a pod.
struct PortForwardTarget: Sendable {
    /// As in messages.
    var pod: String
    var uid: String
    var connect: @Sendable (_ port: Int) async throws -> any ContainerConnection

    /// The kubelet's sentence for a client's error stream.
    func message(port: Int, _ error: any Error) -> String {
        "error forwarding port \(port) to pod \(pod), uid \(uid): \(error)"
    }

    /// Carries bytes both ways until both sides have said all, or the client gives up.
    func relay(_ stream: any ForwardedStream, _ connection: any ContainerConnection) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = await stream.read() {
                    do { try await connection.write(bytes) } catch {
                        // The pod takes no more, but what it has said is still on its way.
                        stream.discard()
                        break
                    }
                }
                if stream.isReset { connection.cancel() } else { await connection.closeWrite() }
            }
            group.addTask {
                while let bytes = try? await connection.read() {
                    guard await stream.write(bytes) else { return connection.cancel() }
                }
                stream.close()
            }
        }
        connection.cancel()
    }
}
