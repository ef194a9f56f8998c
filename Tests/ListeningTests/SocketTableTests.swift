import APIMachinery
import Glibc
import Testing

@testable import Listening

@Suite struct SocketTableTests {
    @Test func theKernelsTableIsRead() throws {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51234 1 0000000000000000 100 0 0 10 0
               1: 0500647F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 51235 1 0000000000000000 100 0 0 10 0
               2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 51236 1 0000000000000000 20 4 30 10 -1
               3: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51237 2 0000000000000000 0
               4: 0100007F:1F9 nonsense
            """
        #expect(
            SocketTable(text: table).rows == [
                .init(address: try #require(IPAddress("127.0.0.1")), port: 8080, user: 0, inode: 51_234),
                .init(address: try #require(IPAddress("127.100.0.5")), port: 80, user: 33, inode: 51_235),
                .init(address: try #require(IPAddress("::1")), port: 53, user: 0, inode: 51_237),
            ])
    }

    /// A socket that listens at any port of the address, and its port.
    private func listening(_ address: String) throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr(address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        try #require(listens)
        return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
    }

    private func probing(_ place: ListenPlace) -> ListenFailure? {
        do throws(ListenFailure) { try place.probe(for: "a test") } catch { return error }
        return nil
    }

    @Test func aTakenPortBecomesAFreeOneOfTheSameAddress() throws {
        let (descriptor, port) = try listening("127.0.0.1")
        defer { close(descriptor) }
        let other = try ListenPlace(.tcp, "127.0.0.1", port).orFreePort(for: "a test")
        #expect(other.address == "127.0.0.1" && other.port != port && other.port > 0)
        #expect(probing(other) == nil)
        let free = ListenPlace(.tcp, "127.0.0.2", port)
        #expect(try free.orFreePort(for: "a test") == free)
        #expect(throws: ListenFailure.self) { try ListenPlace(.tcp, "192.0.2.7", port).orFreePort(for: "a test") }
    }

    @Test func aTakenAddressIsToldWithWhoHasIt() throws {
        let (descriptor, port) = try listening("127.0.0.1")
        var failure = try #require(probing(ListenPlace(.tcp, "127.0.0.1", port)))
        failure.flag = "--port"
        let text = failure.description
        #expect(text.hasPrefix("cannot listen at 127.0.0.1:\(port)/TCP for a test: it is in use by "), "\(text)")
        #expect(text.hasSuffix("(process \(getpid())); --port moves it"), "\(text)")
        // Every address is one of them, and another transport is another place.
        #expect(probing(ListenPlace(.tcp, "0.0.0.0", port))?.description.contains("in use by") == true)
        #expect(probing(ListenPlace(.tcp, "127.0.0.2", port)) == nil)
        #expect(probing(ListenPlace(.udp, "127.0.0.1", port)) == nil)
        close(descriptor)
        // A child that another test starts has it until it becomes its program.
        while probing(ListenPlace(.tcp, "127.0.0.1", port)) != nil { usleep(1_000) }
    }

    /// The kernel gives the table in pieces of less than 4 KiB, which is 27 sockets.
    @Test func aTableOfManySocketsIsReadWhole() throws {
        let sockets = try (0..<120).map { _ in try listening("127.0.0.1") }
        defer { for socket in sockets { close(socket.descriptor) } }
        let ports = Set(SocketTable.read(.tcp).rows.map(\.port))
        #expect(sockets.allSatisfy { ports.contains($0.port) })
        for socket in [sockets[0], sockets[119]] {
            let holder = SocketTable.holder(of: ListenPlace(.tcp, "127.0.0.1", socket.port))
            #expect(holder?.hasSuffix("(process \(getpid()))") == true)
        }
    }

    @Test func anAddressOfNoInterfaceIsToldAsSuch() throws {
        let failure = try #require(probing(ListenPlace(.tcp, "192.0.2.1", 9)))
        #expect(
            failure.description == "cannot listen at 192.0.2.1:9/TCP for a test: this machine has no such address")
        #expect(probing(ListenPlace(.tcp, "::1", 0)) == nil)
    }
}
