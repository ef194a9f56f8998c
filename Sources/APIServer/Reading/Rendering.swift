import APIMachinery
import Basics
import KubeAPI

/// Turns what a call gave into the answer's bytes, in the form the client wants.
enum Rendering {
    static let json = (name: "content-type", value: "application/json")
    static let yaml = (name: "content-type", value: "application/yaml")
    /// Lists longer than this are sent in pieces rather than gathered.
    static let streamedBytes = 1 << 20

    static func answer(
        _ outcome: Outcome, _ call: Call, _ form: AnswerForm, now: @escaping @Sendable () -> Instant
    ) -> Answer {
        switch outcome {
        case .object(let result, let created):
            return object(result, call, form, now, status: created ? 201 : 200)
        case .list(let list):
            return self.list(list, call, form, now)
        case .watch(let reader):
            let body = WatchBody(reader, call.resource, form, call.query, now: now)
            return Answer(
                status: 200, headers: [json], body: .stream(body.isText ? TextWatchBody(body) : body))
        case .success(let status, let code):
            return value(status, form, status: code)
        case .answer(let answer):
            return answer
        }
    }

    /// Any value, as JSON or YAML.
    static func value(_ value: JSON, _ form: AnswerForm, status: Int) -> Answer {
        switch form.encoding {
        case .json: Answer(status: status, headers: [json], body: .bytes(value.bytes))
        case .yaml: Answer(status: status, headers: [yaml], body: .bytes(Array(YAML.text(value).utf8)))
        }
    }

    private static func object(
        _ result: ObjectResult, _ call: Call, _ form: AnswerForm, _ now: @escaping @Sendable () -> Instant,
        status: Int
    ) -> Answer {
        switch form.shape {
        case .plain, .discovery:
            if form.encoding == .json {
                return Answer(status: status, headers: [json], body: .bytes(result.text))
            }
            return value(result.json, form, status: status)
        case .table(let version):
            let table = Tables(call.resource, call.query, version, now: now).table(result.json)
            return value(table, form, status: status)
        case .metadata(let version):
            return value(PartialMetadata.of(result.json, version), form, status: status)
        }
    }

    private static func list(
        _ list: ListResult, _ call: Call, _ form: AnswerForm, _ now: @escaping @Sendable () -> Instant
    ) -> Answer {
        switch form.shape {
        case .plain, .discovery:
            guard form.encoding == .json else {
                return value(ListBody.value(list, call.resource), form, status: 200)
            }
            let body = ListBody(list, call.resource)
            if body.byteCount <= streamedBytes {
                return Answer(status: 200, headers: [json], body: .bytes(body.all()))
            }
            return Answer(
                status: 200, headers: [json, (name: "content-length", value: String(body.byteCount))],
                body: .stream(body))
        case .table(let version):
            let table = Tables(call.resource, call.query, version, now: now)
                .table(list.items.map(\.json), metadata: ListBody.metadata(list))
            return value(table, form, status: 200)
        case .metadata(let version):
            return value(PartialMetadata.list(list, version), form, status: 200)
        }
    }
}
