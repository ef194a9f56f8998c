extension StatusError {
    /// Reads a Status object of a failure as it came over the wire; nil for what is none.
    public init?(status: JSON) {
        guard status["kind"]?.string == "Status", status["status"]?.string != "Success" else { return nil }
        let details = status["details"]
        self.init(
            code: status["code"]?.int ?? 500, reason: Reason(rawValue: status["reason"]?.string ?? "") ?? .unknown,
            message: status["message"]?.string ?? "", group: details?["group"]?.string ?? "",
            kind: details?["kind"]?.string ?? "", name: details?["name"]?.string ?? "",
            uid: details?["uid"]?.string ?? "",
            causes: (details?["causes"]?.elements ?? []).map {
                Cause(
                    reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "",
                    field: $0["field"]?.string ?? "")
            }, retryAfterSeconds: details?["retryAfterSeconds"]?.int)
        continueToken = status["metadata", "continue"]?.string ?? ""
    }

    /// What a server means that answers with a code alone, or with a text of its own.
    public init(code: Int, answer: String) {
        let reason: Reason =
            switch code {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 409: .conflict
            case 410: .gone
            case 413: .requestEntityTooLarge
            case 429: .tooManyRequests
            case 503: .serviceUnavailable
            case 504: .timeout
            case 500...: .internalError
            default: .unknown
            }
        self.init(code: code, reason: reason, message: answer.isEmpty ? "the server answered \(code)" : answer)
    }
}
