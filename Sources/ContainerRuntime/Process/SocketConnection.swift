import Glibc

/// A TCP connection to a pod's address.
final class SocketConnection: ContainerConnection {
    private let descriptor: AsyncDescriptor
    private init(_ descriptor: AsyncDescriptor) { self.descriptor = descriptor }

    /// Within a network namespace, where one is given.
    static func connect(_ ip: String, port: Int, in network: NetworkNamespace? = nil) async throws -> SocketConnection {
        guard (1...65_535).contains(port) else { throw ContainerError.refused("no port \(port)") }
        let type = Int32(SOCK_STREAM.rawValue)
        let socket =
            if let network { try network.socket(AF_INET, type) } else {
                try SystemCall.check("socket") {
                    Glibc.socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                }
            }
        let descriptor = AsyncDescriptor(socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        guard inet_pton(AF_INET, ip, &address.sin_addr) == 1 else { throw ContainerError.refused("bad address \(ip)") }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 {
            guard errno == EINPROGRESS else { throw ContainerError.system(call: "connect", number: errno) }
            await DescriptorWatcher.shared.wait(socket, .writable)
            var number: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &size)
            if number != 0 { throw ContainerError.system(call: "connect", number: number) }
        }
        return SocketConnection(descriptor)
    }
    func read() async throws -> [UInt8]? { try await descriptor.read() }
    func write(_ bytes: [UInt8]) async throws { try await descriptor.write(bytes) }
    func closeWrite() async { descriptor.shutdownWrite() }
    func cancel() { descriptor.cancel() }
}
