import Glibc

/// An address that could not be listened at, told so that a person can act on it.
public struct ListenFailure: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The sentence's part that names who has it; nil when nobody can be seen.
        case inUse(by: String?)
        case notPermitted
        /// No interface of this machine has the address.
        case noSuchAddress
        /// Any other errno.
        case other(Int32)
    }
    public var place: ListenPlace
    /// What was to be served there, such as "cluster DNS".
    public var purpose: String
    public var reason: Reason
    /// The flag that moves it, such as "--port"; empty when there is none.
    public var flag = ""

    public init(_ place: ListenPlace, for purpose: String, _ reason: Reason) {
        self.place = place
        self.purpose = purpose
        self.reason = reason
    }

    /// From the errno of bind(2) or listen(2); who holds the address is looked up now.
    public init(_ place: ListenPlace, for purpose: String, errno code: Int32) {
        switch code {
        case EADDRINUSE: self.init(place, for: purpose, .inUse(by: SocketTable.holder(of: place)))
        case EACCES, EPERM: self.init(place, for: purpose, .notPermitted)
        case EADDRNOTAVAIL: self.init(place, for: purpose, .noSuchAddress)
        default: self.init(place, for: purpose, .other(code))
        }
    }

    public var description: String {
        "cannot listen at \(place) for \(purpose): \(cause)" + (flag.isEmpty ? "" : "; \(flag) moves it")
    }

    private var cause: String {
        switch reason {
        case .inUse(let holder): "it is in use by \(holder ?? "another program")"
        case .notPermitted:
            "ports below 1024 are root's (the sysctl net.ipv4.ip_unprivileged_port_start sets from where on they are not)"
        case .noSuchAddress: "this machine has no such address"
        case .other(let code): String(cString: strerror(code))
        }
    }
}

extension ListenPlace {
    /// Listens for a moment, to find out whether it can be done. Nothing is tried for a name, or for port 0, which is any
    /// free one.
    public func probe(for purpose: String) throws(ListenFailure) {
        guard port > 0, var name = SocketName(address, port: port) else { return }
        try listenForAMoment(&name, for: purpose)
    }

    /// The same place, or with another port of its address that was free just now if this one cannot be listened at.
    public func orFreePort(for purpose: String) throws(ListenFailure) -> ListenPlace {
        if var name = SocketName(address, port: port), (try? listenForAMoment(&name, for: purpose)) != nil {
            return self
        }
        guard var name = SocketName(address, port: 0) else { return self }
        var place = self
        place.port = try listenForAMoment(&name, for: purpose)
        return place
    }

    /// Returns the port.
    @discardableResult
    private func listenForAMoment(_ name: inout SocketName, for purpose: String) throws(ListenFailure) -> Int {
        let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(name.family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ListenFailure(self, for: purpose, .other(errno)) }
        defer { close(descriptor) }
        if transport == .tcp {
            // As servers do: connections of an earlier one that are still fading away do not count.
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        let isBound = name.withPointer { bind(descriptor, $0, $1) } == 0
        guard isBound, transport == .udp || listen(descriptor, 1) == 0 else {
            throw ListenFailure(self, for: purpose, errno: errno)
        }
        return SocketName.port(of: descriptor) ?? port
    }
}
