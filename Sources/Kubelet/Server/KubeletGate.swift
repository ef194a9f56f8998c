import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// Who may ask a kubelet what, as the cluster has it: clients show a certificate or a token (TokenReview), and what they ask
/// is asked of the cluster (SubjectAccessReview). Answers are kept for a while, so that a kubelet can be asked while the
/// cluster is away.
actor KubeletGate {
    /// As the kubelet's webhooks keep theirs.
    private static let tokenLife = Duration.seconds(120)
    private static let allowedLife = Duration.seconds(300)
    private static let deniedLife = Duration.seconds(30)
    /// Answers that are kept of each kind; the oldest go first.
    private static let mostKept = 1_000

    struct User: Hashable, Sendable {
        var name: String
        var uid = ""
        var groups: [String] = []
        var extra: [String: [String]] = [:]
    }
    private struct Question: Hashable {
        var user: User
        var verb: String
        var subresource: String
    }
    private struct Kept<Key: Hashable, Value> {
        private var entries: [Key: (value: Value, until: Instant)] = [:]

        func find(_ key: Key, at now: Instant) -> Value? {
            entries[key].flatMap { $0.until > now ? $0.value : nil }
        }
        mutating func keep(_ key: Key, _ value: Value, until: Instant, at now: Instant) {
            if entries.count >= mostKept { entries = entries.filter { $0.value.until > now } }
            if entries.count >= mostKept, let oldest = entries.min(by: { $0.value.until < $1.value.until }) {
                entries[oldest.key] = nil
            }
            entries[key] = (value, until)
        }
    }
    private let node: String
    private let api: any ClusterAPI
    private let clock: any TimeSource
    /// Nil for a token that is nobody's.
    private var users = Kept<String, User?>()
    private var decisions = Kept<Question, Bool>()

    init(node: String, api: any ClusterAPI, clock: any TimeSource) {
        self.node = node
        self.api = api
        self.clock = clock
    }

    /// What is answered to who may not; nil lets the request pass. `path` is the request's, decoded.
    func refusal(_ request: Request, path: String) async -> Answer? {
        guard let user = await user(request) else { return KubeletText.answer(401, "Unauthorized") }
        let access = KubeletAccess(method: request.method, path: path)
        for subresource in access.subresources {
            do {
                if try await isAllowed(Question(user: user, verb: access.verb, subresource: subresource)) { return nil }
            } catch {
                return KubeletText.answer(500, access.failure(user.name, subresource))
            }
        }
        return KubeletText.answer(403, access.refusal(user.name))
    }

    // MARK: Who it is

    private func user(_ request: Request) async -> User? {
        if let subject = request.certificate {
            return User(name: subject.commonName, groups: subject.organizations + ["system:authenticated"])
        }
        guard let token = Self.token(request) else { return nil }
        let now = clock.now
        if let known = users.find(token, at: now) { return known }
        let review = TokenReview { $0.spec.token = token }
        guard let answer = try? await api.create(review) else { return nil }
        var user: User?
        let status = answer.json["status"]
        if status?["authenticated"]?.bool == true, let told = status?["user"], let name = told["username"]?.string {
            user = User(
                name: name, uid: told["uid"]?.string ?? "", groups: told["groups"]?.strings ?? [],
                extra: (told["extra"]?.members ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.strings })
        }
        users.keep(token, user, until: now + Self.tokenLife, at: now)
        return user
    }

    private static func token(_ request: Request) -> String? {
        guard let header = request.header("authorization") else { return nil }
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }

    // MARK: What he may

    private func isAllowed(_ question: Question) async throws -> Bool {
        let now = clock.now
        if let known = decisions.find(question, at: now) { return known }
        var attributes: JSON = [
            "verb": JSON(question.verb), "version": "v1", "resource": "nodes", "name": JSON(node),
        ]
        attributes["subresource"] = JSON(question.subresource)
        var spec: JSON = [
            "user": JSON(question.user.name), "groups": JSON(question.user.groups.map { JSON($0) }),
            "resourceAttributes": attributes,
        ]
        if !question.user.uid.isEmpty { spec["uid"] = JSON(question.user.uid) }
        for (name, values) in question.user.extra { spec["extra", name] = JSON(values.map { JSON($0) }) }
        let review = SubjectAccessReview([
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec,
        ])
        let answer = try await api.create(review)
        let isAllowed = answer.json["status", "allowed"]?.bool == true
        decisions.keep(question, isAllowed, until: now + (isAllowed ? Self.allowedLife : Self.deniedLife), at: now)
        return isAllowed
    }
}

/// Answers of plain text, as a kubelet gives them.
enum KubeletText {
    static func answer(_ status: Int, _ text: String) -> Answer {
        Answer(
            status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }
    static func answer(_ error: any Error) -> Answer {
        guard let error = error as? StatusError else { return answer(500, "\(error)") }
        return answer(error.code, error.message)
    }
    static let notFound = answer(404, "404 page not found\n")
}
