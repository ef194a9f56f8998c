import APIMachinery

/// What a zone says to a question.
enum ZoneAnswer: Sendable, Equatable {
    /// Records for the answer section, and for the additional one.
    case records([DNSRecord], additional: [DNSRecord])
    /// The name is another name for this one.
    case alias(DNSRecord, DNSName)
    /// The name is there, but not with such records.
    case noData
    /// There is no such name.
    case noName
    /// The question is for another server.
    case elsewhere
}

/// The cluster's names as a value: Services, their endpoints, pods by address, and the way back from addresses
/// (github.com/kubernetes/dns/blob/master/docs/specification.md, version 1.1.0).
struct Zone: Sendable {
    /// Cluster IPs stay; pods come and go.
    static let serviceSeconds: UInt32 = 30
    static let memberSeconds: UInt32 = 5
    /// How long it is believed that a name is not there (SOA minimum, RFC 2308).
    static let absenceSeconds: UInt32 = 5

    /// "cluster.local"
    let origin: DNSName
    /// Where this server is found; for the zone's NS record.
    let serverAddress: IPv4?
    private var services: [ObjectKey: ZoneService] = [:]
    private var namespaces: Set<String> = []
    /// Services in a namespace, so that a namespace without a Namespace object (not seen yet) still has its names.
    private var servicesIn: [String: Int] = [:]
    private var pointers: [IPv4: [ObjectKey: DNSName]] = [:]
    private var serial: UInt32 = 1

    init(origin: DNSName, serverAddress: IPv4?) {
        self.origin = origin
        self.serverAddress = serverAddress
    }

    // MARK: What the cluster says

    mutating func serviceChanged(_ key: ObjectKey, to service: ZoneService?) {
        if let old = services[key] {
            for (address, _) in names(of: old, key) {
                pointers[address]?[key] = nil
                if pointers[address]?.isEmpty == true { pointers[address] = nil }
            }
            servicesIn[key.namespace, default: 1] -= 1
            if servicesIn[key.namespace] == 0 { servicesIn[key.namespace] = nil }
        }
        services[key] = service
        if let service {
            for (address, name) in names(of: service, key) { pointers[address, default: [:]][key] = name }
            servicesIn[key.namespace, default: 0] += 1
        }
        serial &+= 1
    }

    mutating func namespaceChanged(_ name: String, isThere: Bool) {
        if isThere { namespaces.insert(name) } else { namespaces.remove(name) }
        serial &+= 1
    }

    // MARK: Questions

    /// `turn` moves the order of addresses on, so that clients that take the first do not all take the same.
    func answer(_ question: DNSQuestion, turn: Int = 0) -> ZoneAnswer {
        if let labels = question.name.dropping(suffix: origin) { return answer(labels, question, turn: turn) }
        if let labels = question.name.dropping(suffix: Self.reverse) { return pointer(labels, question) }
        return .elsewhere
    }

    /// The zone's SOA record, for answers that say no.
    var authority: DNSRecord {
        DNSRecord(
            origin, ttl: Self.absenceSeconds,
            .soa(
                primary: name(["ns", "dns"]), mailbox: name(["hostmaster"]), serial: serial, refresh: 7_200,
                retry: 1_800, expire: 86_400, minimum: Self.absenceSeconds))
    }

    private static let reverse = DNSName("in-addr.arpa") ?? .root

    private func answer(_ labels: [String], _ question: DNSQuestion, turn: Int) -> ZoneAnswer {
        switch labels.count {
        case 0: return apex(question)
        case 1:
            if labels[0] == "dns-version" {
                return records(question, [.txt([Array("1.1.0".utf8)])], ttl: Self.serviceSeconds)
            }
            return ["svc", "pod", "dns"].contains(labels[0]) ? .noData : .noName
        case 2 where labels == ["ns", "dns"]:
            return records(question, serverAddress.map { [.a($0)] } ?? [], ttl: Self.serviceSeconds)
        default: break
        }
        let kind = labels[labels.count - 1]
        let namespace = labels[labels.count - 2]
        guard kind == "svc" || kind == "pod", hasNamespace(namespace) else { return .noName }
        let rest = labels.dropLast(2)
        if rest.isEmpty { return .noData }
        return kind == "pod" ? pod(Array(rest), question) : service(Array(rest), namespace, question, turn: turn)
    }

    private func hasNamespace(_ name: String) -> Bool { namespaces.contains(name) || servicesIn[name] != nil }

    private func apex(_ question: DNSQuestion) -> ZoneAnswer {
        switch question.type {
        case .soa: .records([authority], additional: [])
        case .ns:
            .records(
                [DNSRecord(origin, ttl: Self.serviceSeconds, .name(.ns, name(["ns", "dns"])))],
                additional: serverAddress.map { [DNSRecord(name(["ns", "dns"]), ttl: Self.serviceSeconds, .a($0))] }
                    ?? [])
        default: .noData
        }
    }

    /// `1-2-3-4.namespace.pod`: the address is in the name.
    private func pod(_ rest: [String], _ question: DNSQuestion) -> ZoneAnswer {
        guard rest.count == 1, !rest[0].contains("."), let address = IPv4(rest[0].replacing("-", with: ".")) else {
            return .noName
        }
        return records(question, [.a(address)], ttl: Self.memberSeconds)
    }

    private func service(_ rest: [String], _ namespace: String, _ question: DNSQuestion, turn: Int) -> ZoneAnswer {
        guard let last = rest.last else { return .noData }
        let key = ObjectKey(namespace: namespace, name: last)
        guard let service = services[key] else { return .noName }
        let before = rest.dropLast()
        if case .alias(let target) = service.form {
            guard before.isEmpty else { return .noName }
            return .alias(DNSRecord(question.name, ttl: Self.serviceSeconds, .cname(target)), target)
        }
        let answers = ServiceAnswers(service: service, name: name([key.name, namespace, "svc"]))
        switch before.count {
        case 0: return answers.own(question, turn: turn)
        case 1 where before[0].hasPrefix("_"):
            return answers.hasTransport(String(before[0].dropFirst())) ? .noData : .noName
        case 1: return answers.member(before[0], question)
        case 2 where before[0].hasPrefix("_") && before[1].hasPrefix("_"):
            return answers.port(
                String(before[0].dropFirst()), String(before[1].dropFirst()), question, turn: turn)
        default: return .noName
        }
    }

    private func pointer(_ labels: [String], _ question: DNSQuestion) -> ZoneAnswer {
        guard let address = IPv4(labels.reversed().joined(separator: ".")) else {
            // The loopback network is nobody's else (RFC 6303).
            return labels.last == "127" ? .noData : .elsewhere
        }
        guard let names = pointers[address] else { return address.number >> 24 == 127 ? .noName : .elsewhere }
        let sorted = names.sorted { $0.key < $1.key }
        return records(question, sorted.map { .ptr($0.value) }, ttl: Self.memberSeconds)
    }

    private func records(_ question: DNSQuestion, _ data: [DNSData], ttl: UInt32) -> ZoneAnswer {
        ServiceAnswers.records(question, question.name, data, ttl: ttl)
    }

    private func names(of service: ZoneService, _ key: ObjectKey) -> [(IPv4, DNSName)] {
        let own = name([key.name, key.namespace, "svc"])
        switch service.form {
        case .clusterIPs(let addresses, _): return addresses.map { ($0, own) }
        case .headless: break
        case .alias: return []
        }
        return service.members.compactMap { member in
            DNSName(member.label)?.appending(own).map { (member.address, $0) }
        }
    }

    /// A name in this zone. Kubernetes' names are short enough; one that is not leads nowhere.
    private func name(_ labels: [String]) -> DNSName {
        DNSName(labels: labels.map { Array($0.utf8) })?.appending(origin) ?? origin
    }
}
