import APIMachinery
import HTTPMessages
import HTTPServer

extension Problem {
    /// The answer at a path: under Kubernetes' own paths clients understand only a Status.
    func answer(for path: String) -> Answer {
        guard APIPaths.contains(path) else { return answer }
        let reason: StatusError.Reason =
            switch status {
            case 400: .badRequest
            case 403: .forbidden
            case 408: .timeout
            case 413: .requestEntityTooLarge
            case 503: .serviceUnavailable
            default: .unknown
            }
        let error = StatusError(code: status, reason: reason, message: detail.isEmpty ? title : detail)
        return Answer(
            status: status, headers: [("content-type", "application/json")] + headers.map { ($0.name, $0.value) },
            body: .bytes(error.json.bytes))
    }
}
