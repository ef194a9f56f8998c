import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// Turns what a call gave into the answer's bytes, in the form the client wants.
enum Rendering {
    static let json = (name: "content-type", value: "application/json")
    static let yaml = (name: "content-type", value: "application/yaml")
    static let protobuf = (name: "content-type", value: Protobuf.mediaType)
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
            let type = body.isProtobuf ? (name: "content-type", value: Protobuf.watchMediaType) : json
            return Answer(
                status: 200, headers: [type], body: .stream(body.isText ? TextWatchBody(body) : body))
        case .success(let status, let code):
            return value(status, form, status: code)
        case .answer(let answer):
            return answer
        }
    }

    /// Any value, in the encoding asked for; in JSON when there is no other form of it.
    static func value(_ value: JSON, _ form: AnswerForm, status: Int) -> Answer {
        switch form.encoding {
        case .json: Answer(status: status, headers: [json], body: .bytes(value.bytes))
        case .yaml: Answer(status: status, headers: [yaml], body: .bytes(Array(YAML.text(value).utf8)))
        case .protobuf:
            if let type = Schema.kubernetes(GroupVersionKind(of: value)),
                let bytes = try? Protobuf.encode(value, type: type)
            {
                Answer(status: status, headers: [protobuf], body: .bytes(bytes))
            } else {
                Answer(status: status, headers: [json], body: .bytes(value.bytes))
            }
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

    /// A short list goes out as it is, a long one in pieces.
    private static func answer(_ body: any ListForm, _ type: (name: String, value: String)) -> Answer {
        if body.byteCount <= streamedBytes { return Answer(status: 200, headers: [type], body: .bytes(body.all())) }
        return Answer(
            status: 200, headers: [type, (name: "content-length", value: String(body.byteCount))], body: .stream(body))
    }

    private static func list(
        _ list: ListResult, _ call: Call, _ form: AnswerForm, _ now: @escaping @Sendable () -> Instant
    ) -> Answer {
        switch form.shape {
        case .plain, .discovery:
            switch form.encoding {
            case .yaml: return value(ListBody.value(list, call.resource), form, status: 200)
            case .protobuf:
                let kind = call.resource.groupVersionKind
                if let item = Schema.kubernetes(kind),
                    let type = Schema.kubernetes(
                        GroupVersionKind(apiVersion: kind.apiVersion, kind: call.resource.listKind)),
                    let body = try? ProtobufListBody(list, call.resource, list: type, item: item)
                {
                    return answer(body, protobuf)
                }
            case .json: break
            }
            return answer(ListBody(list, call.resource), json)
        case .table(let version):
            let table = Tables(call.resource, call.query, version, now: now)
                .table(list.items.map(\.json), metadata: ListBody.metadata(list))
            return value(table, form, status: 200)
        case .metadata(let version):
            return value(PartialMetadata.list(list, version), form, status: 200)
        }
    }
}
