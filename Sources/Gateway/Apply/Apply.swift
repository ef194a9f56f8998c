import APIMachinery
import HTTPMessages
import HTTPServer

/// `POST /apply`: documents in YAML or JSON, each applied as `kubectl apply` does, one line of result each.
enum Apply {
    /// Documents beyond this are refused; lists count their items.
    static let documentLimit = 1_000

    static func answer(_ site: Site, _ call: Call) async throws -> Answer {
        for item in call.query.items where !["dryRun", "namespace"].contains(item.name) {
            throw Problem.badRequest("The parameter \"\(item.name)\" is not known.")
        }
        guard let api = site.api else { throw Problem.unavailable("There is no cluster here.") }
        let isDryRun = try dryRun(call.query["dryRun"])
        let objects = try objects(call.request.body)
        if let namespace = call.query["namespace"], !Validation.isDNS1123Label(namespace).isEmpty {
            throw Problem.badRequest("namespace is not a namespace's name: \"\(namespace)\".")
        }
        let applier = ObjectApplier(
            api: api, caller: call.request, namespace: call.query["namespace"], isDryRun: isDryRun)
        var lines = ""
        var status = 200
        for object in objects {
            do {
                lines += try await applier.apply(object) + "\n"
            } catch let error as StatusError {
                lines += "Error from server (\(error.reason.rawValue)): \(error.message)\n"
                if status == 200 { status = error.code }
            }
        }
        return Answer(
            status: status, headers: [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")],
            body: .bytes(Array(lines.utf8)))
    }

    private static func dryRun(_ text: String?) throws -> Bool {
        switch text {
        case nil: return false
        case "All": return true
        case .some(let other): throw Problem.badRequest("dryRun must be All, not \"\(other)\".")
        }
    }

    /// The documents' objects, lists taken apart. Nothing is applied if any document is not an object with a kind.
    static func objects(_ body: [UInt8]) throws -> [JSON] {
        let documents: [YAML.Document]
        do throws(YAMLError) {
            documents = try YAML.documents(body)
        } catch {
            throw Problem.badRequest("The body is neither YAML nor JSON: line \(error.line): \(error.reason).")
        }
        var objects: [JSON] = []
        for document in documents {
            if let duplicate = document.duplicates.first {
                throw Problem.badRequest("A key is set twice: \(duplicate.description).")
            }
            objects += try flattened(document)
        }
        guard !objects.isEmpty else { throw Problem.badRequest("The body has no documents.") }
        guard objects.count <= documentLimit else {
            throw Problem.badRequest("The body has more than \(documentLimit) objects.")
        }
        return objects
    }

    private static func flattened(_ document: YAML.Document) throws -> [JSON] {
        let value = document.value
        let items = value["kind"]?.string?.hasSuffix("List") == true ? value["items"]?.elements : nil
        for object in items ?? [value] {
            guard object["apiVersion"]?.string?.isEmpty == false, object["kind"]?.string?.isEmpty == false else {
                throw Problem.badRequest("The document at line \(document.line) is no object with apiVersion and kind.")
            }
            guard object["metadata", "name"]?.string?.isEmpty == false else {
                throw Problem.badRequest("The document at line \(document.line) has no metadata.name.")
            }
        }
        return items ?? [value]
    }
}
