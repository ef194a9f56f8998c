import NIOCore
import NIOPosix

/// A client that sends bytes as they are and reads answers as bytes: nothing is put right on the way.
struct WireClient {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func connect(_ port: Int) async throws -> WireClient {
        WireClient(
            channel: try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                })
    }

    struct Wire {
        var reader: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
        var held = ""

        func send(_ text: String) async throws { try await writer.write(ByteBuffer(string: text)) }

        /// Reads until the text holds `end`, and takes all up to it; nil when the connection ended before.
        mutating func read(until end: String) async throws -> String? {
            while true {
                if let range = held.firstRange(of: end) {
                    let taken = String(held[..<range.upperBound])
                    held = String(held[range.upperBound...])
                    return taken
                }
                guard let more = try await reader.next() else { return nil }
                held += String(buffer: more)
            }
        }

        /// One answer with a Content-Length.
        mutating func answer() async throws -> (head: String, body: String)? {
            guard let head = try await read(until: "\r\n\r\n") else { return nil }
            let lines = head.lowercased().split(separator: "\r\n")
            let length =
                lines.first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
            while held.utf8.count < length {
                guard let more = try await reader.next() else { return nil }
                held += String(buffer: more)
            }
            let body = String(held.prefix(length))
            held = String(held.dropFirst(length))
            return (head, body)
        }

        /// All there is until the connection ends.
        mutating func rest() async throws -> String {
            while let more = try await reader.next() { held += String(buffer: more) }
            return held
        }
    }

    func use<Result: Sendable>(
        _ body: @Sendable (inout Wire) async throws -> Result
    ) async throws -> Result {
        try await channel.executeThenClose { inbound, outbound in
            var wire = Wire(reader: inbound.makeAsyncIterator(), writer: outbound)
            return try await body(&wire)
        }
    }

    /// Sends text and reads until the connection ends.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        try await connect(port).use { wire in
            try await wire.send(text)
            return try await wire.rest()
        }
    }

    /// One GET on a connection of its own.
    static func get(
        _ port: Int, _ path: String, host: String = "cafe.example.com", method: String = "GET", headers: String = ""
    ) async throws -> String {
        try await exchange(
            port, "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)Connection: close\r\n\r\n")
    }
}
