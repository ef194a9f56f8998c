import APIMachinery
import ContainerRuntime
import OutboundHTTP

/// One check of a container by gRPC's health protocol (grpc.health.v1.Health/Check, without TLS), in the kubelet's words.
struct GRPCCheck: Sendable {
    /// An answer is a few bytes.
    static let maximumBodyBytes = 64 << 10
    /// How long before a connection is tried again that could not be had.
    static let retryInterval = Duration.seconds(1)

    let http: OutboundClient
    let host: String
    let port: Int
    /// Empty is the server as a whole.
    let service: String
    let timeoutSeconds: Int

    private enum Attempt {
        case outcome(ProbeOutcome)
        case notConnected
    }
    private var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    private var timeoutText: String { GoDuration.text(nanoseconds: Int64(timeoutSeconds) * 1_000_000_000) }

    func run() async -> ProbeOutcome {
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while true {
            let left = deadline - .now
            if left > .zero, case .outcome(let outcome) = await attempt(left) { return outcome }
            let rest = deadline - .now
            if rest > .zero { try? await Task.sleep(for: min(rest, Self.retryInterval)) }
            if Task.isCancelled || deadline <= .now {
                return .unhealthy(
                    "timeout: failed to connect service \"\(address)\" within \(timeoutText): context deadline exceeded"
                )
            }
        }
    }

    private func attempt(_ left: Duration) async -> Attempt {
        var request = OutboundRequest("http://\(address)/grpc.health.v1.Health/Check")
        request.method = "POST"
        request.speaksHTTP2AtOnce = true
        request.usesFreshConnection = true
        request.timeout = left
        request.connectTimeout = left
        request.maximumBodyBytes = Self.maximumBodyBytes
        request.headers = [
            ("Content-Type", "application/grpc"), ("TE", "trailers"), ("User-Agent", "kube-probe/1.36"),
        ]
        request.body = HealthMessages.request(service)
        do {
            let response = try await http.send(request)
            let body = try await response.body.collect()
            return .outcome(verdict(response, body))
        } catch OutboundError.timedOut {
            return .outcome(.unhealthy("timeout: health rpc did not complete within \(timeoutText)"))
        } catch OutboundError.tooLarge {
            return .outcome(failed(8, "grpc: received message larger than max"))
        } catch {
            return .notConnected
        }
    }

    private func verdict(_ response: OutboundResponse, _ body: [UInt8]) -> ProbeOutcome {
        guard let code = response.body.trailer("grpc-status").flatMap({ Int($0) }) else {
            let type = response.header("content-type") ?? ""
            if response.status == 200, type.hasPrefix("application/grpc") {
                return failed(13, "server closed the stream without sending trailers")
            }
            let why =
                type.isEmpty
                ? "malformed header: missing HTTP content-type"
                : "transport: received unexpected content-type \"\(type)\""
            return failed(
                Self.code(ofStatus: response.status),
                "unexpected HTTP status code received from server: \(response.status); \(why)")
        }
        guard code == 0 else {
            return failed(code, Self.decoded(response.body.trailer("grpc-message") ?? ""))
        }
        guard let status = HealthMessages.status(body) else {
            return failed(13, "grpc: failed to unmarshal the received message")
        }
        return status == 1
            ? .healthy : .unhealthy("service unhealthy (responded with \"\(HealthMessages.name(status))\")")
    }

    private func failed(_ code: Int, _ message: String) -> ProbeOutcome {
        switch code {
        case 12:
            return .unhealthy(
                "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): \(message)")
        case 4: return .unhealthy("timeout: health rpc did not complete within \(timeoutText)")
        default:
            return .unhealthy("error: health rpc probe failed: \(GRPCStatus(code: code, message: message))")
        }
    }

    /// For answers of servers that speak no gRPC (grpc's http-grpc-status-mapping.md).
    private static func code(ofStatus status: Int) -> Int {
        switch status {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }
    /// `%41` is `A`; what is no escape stays.
    private static func decoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(position + 1)...(position + 2)], as: UTF8.self), radix: 16)
            {
                result.append(byte)
                position += 3
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The two messages of the health protocol as they are on the wire, with gRPC's prefix of five bytes.
enum HealthMessages {
    /// HealthCheckRequest: field 1 is the service.
    static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8)
        let message = name.isEmpty ? [] : [0x0A] + varint(name.count) + name
        let count = UInt32(clamping: message.count)
        return [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + message
    }
    private static func varint(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// HealthCheckResponse: field 1 is the status, 0 when it is left out. nil when it is none, or compressed.
    static func status(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 5, bytes[0] == 0 else { return nil }
        let count = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count == count + 5 else { return nil }
        var rest = bytes[5...]
        var status = 0
        while let key = number(&rest) {
            switch key & 7 {
            case 0:
                guard let value = number(&rest) else { return nil }
                if key >> 3 == 1 { status = value }
            case 2:
                guard let length = number(&rest), length <= rest.count else { return nil }
                rest = rest.dropFirst(length)
            default: return nil
            }
        }
        return rest.isEmpty ? status : nil
    }
    /// nil at the end, and when it is cut off.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for (index, byte) in rest.prefix(9).enumerated() {
            value |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 {
                rest = rest.dropFirst(index + 1)
                return value
            }
        }
        return nil
    }

    static func name(_ status: Int) -> String {
        let names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]
        return names.indices.contains(status) ? names[status] : String(status)
    }
}
