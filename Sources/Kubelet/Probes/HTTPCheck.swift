import FoundationEssentials
import OutboundHTTP

/// One HTTP check of a container, as the kubelet makes it: the status decides, redirects within the host are followed, of
/// the body only the beginning is read.
struct HTTPCheck: Sendable {
    static let maximumBodyBytes = 10 << 10
    static let maximumRedirects = 10

    let http: OutboundClient
    /// With the first URL.
    let request: OutboundRequest
    let timeout: Duration

    func run() async -> ProbeOutcome {
        let deadline = ContinuousClock.now + timeout
        var url = request.url
        var followed = 0
        while true {
            let left = deadline - .now
            guard left > .zero else { return Self.timedOut(url) }
            let response: OutboundResponse
            do {
                response = try await send(url, left)
            } catch OutboundError.timedOut {
                return Self.timedOut(url)
            } catch OutboundError.cannotConnect {
                return .unhealthy(
                    "Get \"\(url)\": dial tcp \(Self.authority(url)): connect: connection refused")
            } catch {
                return .unhealthy("Get \"\(url)\": \(error)")
            }
            switch Self.redirect(of: response, from: url, first: request.url) {
            case .follow(let next, let location):
                guard followed + 1 < Self.maximumRedirects else {
                    return .unhealthy(
                        "Get \"\(location)\": stopped after \(Self.maximumRedirects) redirects")
                }
                followed += 1
                url = next
            case .stop: return await verdict(response)
            }
        }
    }

    private func send(_ url: String, _ left: Duration) async throws -> OutboundResponse {
        var request = request
        request.url = url
        request.timeout = left
        request.connectTimeout = left
        // However long the body is, no more of it is taken than is read.
        request.maximumBodyBytes = .max
        return try await http.send(request)
    }

    // MARK: What an answer means

    private func verdict(_ response: OutboundResponse) async -> ProbeOutcome {
        var body: [UInt8] = []
        do {
            for try await piece in response.body {
                body += piece
                if body.count >= Self.maximumBodyBytes { break }
            }
        } catch OutboundError.timedOut {
            return .unknown("context deadline exceeded (Client.Timeout or context cancellation while reading body)")
        } catch {
            return .unknown("unexpected EOF")
        }
        guard (200..<400).contains(response.status) else {
            return .unhealthy("HTTP probe failed with statuscode: \(response.status)")
        }
        guard response.status >= 300 else { return .healthy }
        let text = String(decoding: body.prefix(Self.maximumBodyBytes), as: UTF8.self)
        return .warning("Probe terminated redirects, Response body: \(text)")
    }
    private static func timedOut(_ url: String) -> ProbeOutcome {
        .unhealthy("Get \"\(url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    }

    // MARK: Redirects

    private enum Redirect {
        /// `location` is as the server wrote it.
        case follow(String, location: String)
        case stop
    }
    /// One that leads away from the first URL's host, or nowhere, is not followed.
    private static func redirect(of response: OutboundResponse, from url: String, first: String) -> Redirect {
        guard [301, 302, 303, 307, 308].contains(response.status), let location = response.header("location"),
            !location.isEmpty, let next = URL(string: location, relativeTo: URL(string: url))?.absoluteURL,
            let host = next.host(), host == URL(string: first)?.host()
        else { return .stop }
        return .follow(next.absoluteString, location: location)
    }
    private static func authority(_ url: String) -> String {
        guard let url = URL(string: url), let host = url.host() else { return url }
        return "\(host):\(url.port ?? (url.scheme == "https" ? 443 : 80))"
    }
}
