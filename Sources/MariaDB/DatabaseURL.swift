import Foundation

/// Where a database is and who we are there: `mysql://user:password@host:port/name`, for a unix socket
/// `mysql://user@localhost/name?socket=/path` (everything percent-encoded where needed).
public struct DatabaseURL: Sendable, Equatable, CustomStringConvertible {
    public var user: String
    public var password: String
    public var host: String
    public var port: Int
    /// The socket's path; nil for TCP.
    public var socket: String?
    /// The database's name; empty for none.
    public var name: String

    public init(
        user: String, password: String = "", host: String = "localhost", port: Int = 3306, socket: String? = nil,
        name: String
    ) {
        self.user = user
        self.password = password
        self.host = host
        self.port = port
        self.socket = socket
        self.name = name
    }

    /// Why a text is no database URL.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public var reason: String
        public var description: String { "not a database URL: \(reason)" }
    }

    public init(parsing text: String) throws(Malformed) {
        guard let parts = URLComponents(string: text) else { throw Malformed(reason: "it is not a URL") }
        guard parts.scheme == "mysql" || parts.scheme == "mariadb" else {
            throw Malformed(reason: "it must begin with mysql://")
        }
        guard let user = parts.user, !user.isEmpty else { throw Malformed(reason: "the user is missing") }
        let query = parts.queryItems ?? []
        for item in query where item.name != "socket" {
            throw Malformed(reason: "the option \"\(item.name)\" is not known")
        }
        let socket = query.first { $0.name == "socket" }?.value
        guard let host = parts.host, !host.isEmpty else { throw Malformed(reason: "the host is missing") }
        let port = parts.port ?? 3306
        guard (1...65535).contains(port) else { throw Malformed(reason: "the port is out of range") }
        let name = String(parts.path.dropFirst())
        guard !name.contains("/") else { throw Malformed(reason: "the name of the database has a slash in it") }
        if let socket {
            // sockaddr_un has room for 107 bytes and the end.
            guard socket.hasPrefix("/"), socket.utf8.count <= 107 else {
                throw Malformed(reason: "the socket's path is not absolute or longer than 107 bytes")
            }
        }
        self.init(
            user: user, password: parts.password ?? "",
            host: host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host, port: port, socket: socket,
            name: name)
    }

    /// For logs: without the password.
    public var description: String {
        let place = socket.map { "\(host)/\(name)?socket=\($0)" } ?? "\(host):\(port)/\(name)"
        return "mysql://\(user)@\(place)"
    }
}
