import APIMachinery

/// How a command ended, as its client is told on the error stream.
public struct RemoteCommandEnd: Sendable {
    private static let withStatus: Set<String> = [
        "v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io",
    ]
    /// `metav1.Status`.
    public let status: JSON

    /// An exit code, or why there is none.
    public init(_ result: Result<Int, StatusError>) {
        switch result {
        case .success(0): status = ["metadata": .object, "status": "Success"]
        case .success(let code):
            status = [
                "metadata": .object, "status": "Failure",
                "message": JSON(
                    "command terminated with non-zero exit code: command terminated with exit code \(code)"),
                "reason": "NonZeroExitCode",
                "details": ["causes": [["reason": "ExitCode", "message": JSON(String(code))]]],
            ]
        case .failure(let error): status = error.json
        }
    }

    /// From version 4 on a Status; before, the message alone, and nothing for success.
    public func bytes(in version: String) -> [UInt8] {
        if Self.withStatus.contains(version) { return status.bytes }
        return status["status"]?.string == "Success" ? [] : Array((status["message"]?.string ?? "").utf8)
    }
}
