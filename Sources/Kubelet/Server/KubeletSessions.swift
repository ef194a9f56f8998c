import APIMachinery
import Basics
import ContainerRuntime
import HTTPMessages
import HTTPServer
import KubeAPI
import Streams

extension KubeletServer {
    // MARK: Logs of containers

    func containerLogs(_ place: KubeletRoute.PodPlace, _ container: String, _ query: Query) async throws -> Answer {
        let options: ContainerLogOptions
        switch Self.logOptions(container, query) {
        case .success(let read): options = read
        case .failure(let refusal): return KubeletText.answer(refusal.status, refusal.text)
        }
        let pod = try pod(place, absent: "pod \(JSON(place.name).text) does not exist")
        guard pod.container(container) != nil else {
            return KubeletText.answer(
                404, "container \(JSON(container).text) not found in pod \(JSON(place.name).text)")
        }
        do {
            let stream = try await kubelet.logs(pod, options)
            return Answer(
                status: 200, headers: [("content-type", "text/plain; charset=utf-8")],
                body: .stream(stream))
        } catch let error as StatusError {
            return KubeletText.answer(error.code == 501 ? 500 : 400, error.message)
        }
    }

    struct Refusal: Error, Equatable {
        var status: Int
        var text: String
    }

    /// The query of PodLogOptions, and `tail`, which older clients send.
    static func logOptions(_ container: String, _ query: Query) -> Result<ContainerLogOptions, Refusal> {
        let unreadable = Refusal(status: 400, text: "{\"message\": \"Unable to decode query.\"}")
        var options = ContainerLogOptions()
        options.container = container
        for (name, path) in [
            ("follow", \ContainerLogOptions.follow), ("previous", \.previous), ("timestamps", \.timestamps),
        ] {
            guard let text = query[name] else { continue }
            guard let flag = flag(text) else { return .failure(unreadable) }
            options[keyPath: path] = flag
        }
        for (name, path) in [
            ("sinceSeconds", \ContainerLogOptions.sinceSeconds), ("tailLines", \.tailLines),
            ("limitBytes", \.limitBytes),
        ] {
            guard let text = query[name], !text.isEmpty else { continue }
            guard let number = Int(text) else { return .failure(unreadable) }
            options[keyPath: path] = number
        }
        if let tail = query["tail"], !tail.isEmpty {
            guard let lines = tail == "all" ? nil : Int(tail) else {
                if tail != "all" { return .failure(unreadable) }
                options.tailLines = nil
                return checked(options, query)
            }
            options.tailLines = lines
        }
        if let time = query["sinceTime"], !time.isEmpty {
            guard Instant(rfc3339: time) != nil else { return .failure(unreadable) }
            options.sinceTime = time
        }
        return checked(options, query)
    }

    private static func checked(_ options: ContainerLogOptions, _ query: Query) -> Result<ContainerLogOptions, Refusal>
    {
        let isInvalid =
            options.sinceTime != nil && options.sinceSeconds != nil || (options.tailLines ?? 0) < 0
            || (options.limitBytes ?? 1) < 1 || (options.sinceSeconds ?? 1) < 1
        if isInvalid { return .failure(Refusal(status: 422, text: "{\"message\": \"Invalid request.\"}")) }
        if let stream = query["stream"], stream != "All" {
            return .failure(
                Refusal(
                    status: 400,
                    text: "unable to return the given log stream: \(JSON(stream).text). Please enable "
                        + "PodLogsQuerySplitStreams feature gate in kubelet"))
        }
        return .success(options)
    }

    /// As Go's ParseBool; nothing is yes, as a query's bare name.
    private static func flag(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True", "": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    // MARK: Sessions

    /// What the kubelet calls exec's and attach's streams, and what the API does.
    private static let streams = ["input": "stdin", "output": "stdout", "error": "stderr", "tty": "tty"]

    func session(
        _ subresource: SubresourceName, _ place: KubeletRoute.PodPlace, _ container: String, _ query: Query,
        _ request: Request
    ) async throws -> Answer {
        var items: [(name: String, value: String)] = [("container", container)]
        for (name, value) in query.items {
            if let stream = Self.streams[name] { items.append((stream, value)) }
            if name == "command" { items.append((name, value)) }
        }
        guard items.contains(where: { $0.name.hasPrefix("std") && SessionQuery.isTrue($0.value) }) else {
            throw StatusError.badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        return try await upgraded(subresource, try pod(place), Query(items: items).text(), request)
    }

    func portForward(_ place: KubeletRoute.PodPlace, _ request: Request) async throws -> Answer {
        try await upgraded(.portForward, try pod(place), request.query, request)
    }

    private func upgraded(_ subresource: SubresourceName, _ pod: Pod, _ query: String, _ request: Request) async throws
        -> Answer
    {
        let answer = try await kubelet.connect(pod, subresource: subresource, query: query, headers: request.headers)
        return Answer(status: 101, headers: answer.headers, body: .tunnel(answer.tunnel))
    }

    // MARK: Commands

    /// How long a command may run (the kubelet's runtimeRequestTimeout).
    private static let commandSeconds = 120

    /// Runs a command to its end; gives what it wrote.
    func run(_ place: KubeletRoute.PodPlace, _ container: String, _ query: Query) async throws -> Answer {
        let command = (query["cmd"] ?? "").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let id = try await kubelet.runningContainer(try pod(place), container)
        let result: ExecResult
        do {
            result = try await context.runtime.execSync(id, command: command, timeoutSeconds: Self.commandSeconds)
        } catch {
            return KubeletText.answer(500, "\(error)")
        }
        guard result.exitCode == 0 else {
            let said = String(decoding: result.standardError, as: UTF8.self)
            return KubeletText.answer(
                500, "command '\(command.joined(separator: " "))' exited with \(result.exitCode): \(said)")
        }
        return Answer(
            status: 200, headers: [("content-type", "application/json")],
            body: .bytes(result.standardOutput + result.standardError))
    }
}
