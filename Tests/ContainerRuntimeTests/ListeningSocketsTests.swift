import APIMachinery
import Glibc
import Listening
import Testing

@testable import ContainerRuntime

@Suite struct ListeningSocketsTests {
    @Test func aSocketIsFoundByWhoHoldsIt() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        try #require(listens)
        let port = Int(UInt16(bigEndian: address.sin_port))
        let sockets = SocketTable.read(.tcp)
        #expect(sockets.address(port: port, heldBy: [Int(getpid())]) == "127.0.0.1")
        #expect(sockets.address(port: port, heldBy: [1]) == nil)
        #expect(sockets.address(port: port, heldBy: []) == nil)
        #expect(ProcessTable.read().processes(below: Int(getppid())).contains(Int(getpid())))
    }
}
