import APIMachinery
import HTTPMessages

extension ClusterServer {
    /// What is outside `/api/…/resource`: discovery, version, health, API description. Throws `NoSuchPage`.
    func answerPage(_ request: Request, _ target: Target) async throws -> Answer {
        let isRead = request.method == "GET" || request.method == "HEAD"
        let path = request.path
        if path == "/version" || path == "/version/" {
            guard isRead else { throw Self.methodNotAllowed }
            return Rendering.value(configuration.version.json, .json, status: 200)
        }
        if isRead, let answer = await health.answer(path: path, query: target.query) { return answer }
        if isRead, let answer = try discovery.answer(path: path, request) { return answer }
        if isRead, let answer = try openAPI.answer(path: path, query: target.query, request) { return answer }
        if isRead, let answer = issuerPage(path) { return answer }
        if isRead, let answer = FlowPages.answer(path: path, flow) { return answer }
        if let answer = try statusPage(path, request) { return answer }
        if path == "/" || path == "/index.html" {
            return Rendering.value(["paths": JSON(paths)], .json, status: 200)
        }
        throw NoSuchPage()
    }

    /// Answers any method, as kube-apiserver does.
    private func statusPage(_ path: String, _ request: Request) throws -> Answer? {
        guard path == "/statusz" || path == "/flagz" else { return nil }
        let mark = StatusPage.marks[Int(surroundings.random() % UInt64(StatusPage.marks.count))]
        let page: StatusPage =
            path == "/flagz"
            ? .flags(configuration.flags, mark: mark)
            : .status(
                began: began, now: surroundings.time, configuration.version, paths: roots, mark: mark)
        return try page.answer(request.header("accept"))
    }

    /// What there is to see, in order: `/` lists it.
    private var paths: [String] {
        var all: Set = [
            "/flagz", "/metrics", "/metrics/slis", "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/statusz", "/version",
        ]
        if configuration.serviceAccountTokens != nil {
            all.formUnion(["/.well-known/openid-configuration", "/openid/v1/jwks"])
        }
        all.formUnion(discovery.paths)
        all.formUnion(health.paths)
        return all.sorted()
    }

    /// The beginnings of paths where the server tells of itself.
    private var roots: [String] {
        let others: Set = ["/api", "/apis", "/openid", "/openapi", "/.well-known"]
        let all = Set(paths.map { path in "/" + path.dropFirst().prefix { $0 != "/" } })
        return all.subtracting(others).sorted()
    }

    /// How others check service accounts' tokens (OpenID Connect Discovery 1.0).
    private func issuerPage(_ path: String) -> Answer? {
        guard let tokens = configuration.serviceAccountTokens else { return nil }
        let server = "https://\(configuration.advertiseAddress):\(configuration.securePort)"
        let (type, page): (String, JSON)
        switch path {
        case "/.well-known/openid-configuration":
            (type, page) = ("application/json", tokens.discoveryDocument(server: server))
        case "/openid/v1/jwks": (type, page) = ("application/jwk-set+json", tokens.keySet)
        default: return nil
        }
        return Answer(
            status: 200, headers: [("content-type", type), ("cache-control", "public, max-age=3600")],
            body: .bytes(page.bytes))
    }

    func addStandardChecks() {
        for name in ["ping", "log"] { health.add(HealthCheck(name) { nil }) }
        health.add(
            HealthCheck("etcd") { [storage] in
                do {
                    _ = try await storage.store.status()
                    return nil
                } catch {
                    return "the store does not answer: \(error)"
                }
            })
        health.add(
            HealthCheck("watch-cache", pages: ["readyz"]) { [cache] in cache.isLoaded ? nil : "loading" })
        health.add(
            HealthCheck("bootstrap", pages: ["readyz"]) { [weak self] in
                self?.isReady == true ? nil : "the system namespaces are not there yet"
            })
    }
}

extension VersionInfo {
    var json: JSON {
        [
            "major": JSON(major), "minor": JSON(minor), "emulationMajor": JSON(major), "emulationMinor": JSON(minor),
            "minCompatibilityMajor": JSON(major), "minCompatibilityMinor": JSON(minor), "gitVersion": JSON(gitVersion),
            "gitCommit": JSON(gitCommit), "gitTreeState": JSON(gitTreeState), "buildDate": JSON(buildDate),
            "goVersion": "", "compiler": "swiftc", "platform": JSON(platform),
        ]
    }
}
