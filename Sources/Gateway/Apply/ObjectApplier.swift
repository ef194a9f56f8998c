import APIMachinery
import Basics
import HTTPMessages
import HTTPServer
import KubeAPI

/// Applies objects one by one through the cluster API, in the caller's name.
struct ObjectApplier {
    let api: Site.API
    let caller: Request
    /// From the query: objects without a namespace go there, others must agree.
    let namespace: String?
    let isDryRun: Bool
    /// How often an object is read and merged anew that others change at the same time.
    static let attempts = 8

    /// The line that says what became of it, as kubectl prints it. Throws `StatusError`.
    func apply(_ given: JSON) async throws -> String {
        let kind = GroupVersionKind(
            apiVersion: given["apiVersion"]?.string ?? "", kind: given["kind"]?.string ?? "")
        let place = try await place(of: kind)
        var object = given
        if place.isNamespaced { object["metadata", "namespace"] = JSON(try namespace(of: given)) }
        object = LastApplied.annotated(object)
        let name = object["metadata", "name"]?.string ?? ""
        let title = "\(kind.kind.lowercased())\(kind.group.isEmpty ? "" : ".\(kind.group)")/\(name)"
        let ending = isDryRun ? " (server dry run)" : ""
        let path = place.path(namespace: object["metadata", "namespace"]?.string)
        var attempt = 1
        while true {
            do {
                return title + " " + (try await applyOnce(object, path, name, place.schema)) + ending
            } catch let error as StatusError where error.code == 409 && attempt < Self.attempts {
                attempt += 1
            }
        }
    }

    private func applyOnce(_ object: JSON, _ path: String, _ name: String, _ schema: SchemaType?) async throws -> String
    {
        let own = "\(path)/\(PercentEncoding.encode(name))"
        let live: JSON
        do {
            live = try await call("GET", own)
        } catch let error as StatusError where error.code == 404 {
            _ = try await call("POST", path, object)
            return "created"
        }
        let merged = ThreeWayMerge.merge(last: LastApplied.read(live), now: object, live: live, type: schema)
        if merged == live { return "unchanged" }
        let after = try await call("PUT", own, merged)
        return Self.isSame(after, live) ? "unchanged" : "configured"
    }

    /// Whether a write changed anything; a dry run has no new resourceVersion to tell it by.
    private static func isSame(_ after: JSON, _ before: JSON) -> Bool {
        func bare(_ object: JSON) -> JSON {
            var object = object
            object["metadata", "resourceVersion"] = nil
            object["metadata", "managedFields"] = nil
            return object
        }
        return bare(after) == bare(before)
    }

    private func namespace(of object: JSON) throws -> String {
        let own = object["metadata", "namespace"]?.string ?? ""
        guard let namespace, !namespace.isEmpty else { return own.isEmpty ? "default" : own }
        guard own.isEmpty || own == namespace else {
            throw StatusError.badRequest(
                "the namespace from the provided object \"\(own)\" does not match the namespace \"\(namespace)\"")
        }
        return namespace
    }

    // MARK: The cluster API

    /// Where a kind's objects are.
    private struct Place {
        var kind: GroupVersionKind
        var plural: String
        var isNamespaced: Bool
        var schema: SchemaType? { Schema.kubernetes(kind) }

        func path(namespace: String?) -> String {
            let root = kind.group.isEmpty ? "/api/v1" : "/apis/\(kind.group)/\(kind.version)"
            let middle = isNamespaced ? "/namespaces/\(PercentEncoding.encode(namespace ?? ""))" : ""
            return "\(root)\(middle)/\(plural)"
        }
    }

    /// Asks discovery, which knows custom kinds too.
    private func place(of kind: GroupVersionKind) async throws -> Place {
        func encoded(_ text: String) -> String { PercentEncoding.encode(text) }
        let path =
            kind.group.isEmpty
            ? "/api/\(encoded(kind.version))" : "/apis/\(encoded(kind.group))/\(encoded(kind.version))"
        let none = StatusError(
            code: 404, reason: .notFound,
            message: "no matches for kind \"\(kind.kind)\" in version \"\(kind.apiVersion)\"")
        let list: JSON
        do {
            list = try await call("GET", path)
        } catch let error as StatusError where error.code == 404 {
            throw none
        }
        let resource = list["resources"]?.elements.first { resource in
            resource["kind"]?.string == kind.kind && resource["name"]?.string?.contains("/") == false
        }
        guard let resource, let plural = resource["name"]?.string else { throw none }
        return Place(kind: kind, plural: plural, isNamespaced: resource["namespaced"]?.bool ?? true)
    }

    private func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        var request = caller
        request.method = method
        request.path = path
        let isWrite = method != "GET"
        request.query = isWrite ? "fieldManager=kubectl-client-side-apply&fieldValidation=Strict" : ""
        if isWrite && isDryRun { request.query += "&dryRun=All" }
        let credentials: Set<String> = ["authorization", "user-agent", "impersonate-user", "impersonate-group"]
        request.headers = caller.headers.filter { credentials.contains($0.name) }
        request.headers.append(("accept", "application/json"))
        if isWrite { request.headers.append(("content-type", "application/json")) }
        request.body = body?.bytes ?? []
        let answer = await api(request)
        guard case .bytes(let bytes) = answer.body, let value = try? JSON(parsing: bytes) else {
            answer.abandon()
            // A path of no group or version, which is told in plain text.
            if answer.status == 404 {
                throw StatusError(
                    code: 404, reason: .notFound, message: "the server could not find the requested resource")
            }
            throw StatusError.internalError("the API answered \(answer.status) without an object")
        }
        guard (200..<300).contains(answer.status) else { throw StatusError(status: value, code: answer.status) }
        return value
    }
}

extension StatusError {
    /// What a Status object says, as far as a line for a person needs it.
    fileprivate init(status: JSON, code: Int) {
        self.init(
            code: code, reason: Reason(rawValue: status["reason"]?.string ?? "") ?? .unknown,
            message: status["message"]?.string ?? "the server answered \(code)")
    }
}
