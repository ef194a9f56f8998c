import HTTPMessages
import APIMachinery
import Instruments
import KubeAPI

extension ClusterServer {
    /// Counts a request that came from outside.
    func count(_ attributes: RequestAttributes, _ request: Request, _ answer: Answer, nanoseconds: Int64) {
        let bytes: Int? =
            switch answer.body {
            case .bytes(let bytes): bytes.count
            case .stream: answer.headers.first { $0.name == "content-length" }.flatMap { Int($0.value) }
            case .tunnel: nil
            }
        metrics.requests.record(
            sort(attributes, request, isServed: answer.status < 400 || isServed(attributes)), code: answer.status,
            nanoseconds: nanoseconds, bytes: bytes)
    }

    /// Counts a call of a loop in this process.
    func count(local call: Call, _ failure: (any Error)?, nanoseconds: Int64) {
        let code = (failure as? StatusError)?.code ?? (failure == nil ? Self.code(call) : 500)
        metrics.recordLocalCall(call.attributes.verb, code: code)
        metrics.requests.record(
            RequestMetrics.Sort(
                call.attributes, isServed: true, isDryRun: call.isDryRun, isApply: call.isApply, isConnection: false),
            code: code, nanoseconds: nanoseconds, bytes: nil)
    }

    /// A log or a connection, counted until it ends.
    func counted(_ outcome: Outcome, _ call: Call, _ request: Request) -> Outcome {
        guard case .answer(var answer) = outcome else { return outcome }
        let open = metrics.requests.begin(sort(call.attributes, request, isServed: true))
        switch answer.body {
        case .bytes: return outcome
        case .stream(let stream): answer.body = .stream(CountedStream(stream: stream, open: open))
        case .tunnel(let tunnel): answer.body = .tunnel(CountedTunnel(tunnel: tunnel, open: open))
        }
        return .answer(answer)
    }

    /// A watch that is about to begin.
    func countedWatch(_ call: Call) -> CountedWatch {
        let sort = RequestMetrics.Sort(
            call.attributes, isServed: true, isDryRun: false, isApply: false, isConnection: false)
        return CountedWatch(series: metrics.watches[call.attributes], open: metrics.requests.begin(sort))
    }

    /// Shows what there is whenever the metrics are read, until the returned value is ended.
    func sampled() -> Sampling {
        metrics.factory.sampled { [weak self] in
            guard let self else { return }
            let inFlight = limits.inFlight
            metrics.gauges.show(reading: inFlight.reads, changing: inFlight.writes)
            flow.showFigures()
            for (resource, figures) in cache.figures {
                metrics.gauges.show(resource, figures, reached: cache.reached)
            }
        }
    }

    private func sort(_ attributes: RequestAttributes, _ request: Request, isServed: Bool) -> RequestMetrics.Sort {
        let isChange = request.method != "GET" && request.method != "HEAD"
        return RequestMetrics.Sort(
            attributes, isServed: isServed,
            isDryRun: isChange && !request.query.isEmpty && request.query.contains("dryRun=All"),
            isApply: attributes.verb == .patch
                && request.header("content-type")?.hasPrefix("application/apply-patch") == true,
            isConnection: attributes.subresource?.isConnection == true)
    }

    /// Whether the path of a request that failed names something that is there to be asked for.
    private func isServed(_ attributes: RequestAttributes) -> Bool {
        guard attributes.isResourceRequest else { return false }
        let name = GroupResource(group: attributes.group, resource: attributes.resource)
        guard let resource = registry.resource(name, version: attributes.version) else { return false }
        return attributes.subresource.map { name in resource.subresources.contains { $0.name == name } } ?? true
    }

    private static func code(_ call: Call) -> Int { call.attributes.verb == .create ? 201 : 200 }
}

extension Call {
    fileprivate var isApply: Bool {
        if case .patch(.apply, _) = body { true } else { false }
    }
}

private struct CountedStream: ByteStream {
    let stream: any ByteStream
    let open: LongRequest
    func next() async throws -> [UInt8]? { try await stream.next() }
    func cancel() { stream.cancel() }
}

private struct CountedTunnel: Tunnel {
    let tunnel: any Tunnel
    let open: LongRequest
    func received(_ bytes: [UInt8]?) async throws { try await tunnel.received(bytes) }
    func next() async throws -> [UInt8]? { try await tunnel.next() }
    func cancel() { tunnel.cancel() }
}
