import Foundation
import Glibc
import Testing

@testable import ContainerRuntime

@Suite struct ListeningSocketsTests {
    @Test func theKernelsTableIsRead() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51234 1 0000000000000000 100 0 0 10 0
               1: 0500647F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51235 1 0000000000000000 100 0 0 10 0
               2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 51236 1 0000000000000000 20 4 30 10 -1
               3: 0100007F:1F9 nonsense
            """
        #expect(
            ListeningSockets(table: Array(table.utf8)).rows == [
                .init(address: "127.0.0.1", port: 8080, inode: 51_234),
                .init(address: "127.100.0.5", port: 80, inode: 51_235),
            ])
    }

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
        let sockets = ListeningSockets.read()
        #expect(sockets.address(port: port, heldBy: [Int(getpid())]) == "127.0.0.1")
        #expect(sockets.address(port: port, heldBy: [1]) == nil)
        #expect(sockets.address(port: port, heldBy: []) == nil)
        #expect(ProcessTable.read().processes(below: Int(getppid())).contains(Int(getpid())))
    }
}
