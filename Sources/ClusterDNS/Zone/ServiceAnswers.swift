/// What the names of one Service say.
struct ServiceAnswers {
    let service: ZoneService
    /// `web.default.svc.cluster.local`
    let name: DNSName

    /// The Service's own name: its cluster IPs, or all its members.
    func own(_ question: DNSQuestion, turn: Int) -> ZoneAnswer {
        if question.type == .srv { return servers(question, where: { _ in true }, turn: turn) }
        switch service.form {
        case .clusterIPs(let addresses, _):
            return Self.records(question, question.name, addresses.map { .a($0) }, ttl: Zone.serviceSeconds)
        case .headless, .alias:
            var seen: Set<IPv4> = []
            let addresses = service.members.map(\.address).filter { seen.insert($0).inserted }
            return Self.records(
                question, question.name, Self.turned(addresses, by: turn).map { .a($0) }, ttl: Zone.memberSeconds)
        }
    }

    /// `hostname.web…`, or the address with dashes for a member without one.
    func member(_ label: String, _ question: DNSQuestion) -> ZoneAnswer {
        let members = service.members.filter { $0.label == label }
        guard !members.isEmpty else { return .noName }
        return Self.records(question, question.name, members.map { .a($0.address) }, ttl: Zone.memberSeconds)
    }

    /// `_port._transport.web…`
    func port(_ port: String, _ transport: String, _ question: DNSQuestion, turn: Int) -> ZoneAnswer {
        let isAsked: (ZoneService.Port) -> Bool = { $0.name == port && $0.transport == transport }
        guard ports.contains(where: isAsked) else { return .noName }
        guard question.type == .srv || question.type == .any else { return .noData }
        return servers(question, where: isAsked, turn: turn)
    }

    func hasTransport(_ transport: String) -> Bool { ports.contains { $0.transport == transport } }

    private var ports: [ZoneService.Port] {
        if case .clusterIPs(_, let ports) = service.form { return ports }
        return service.members.flatMap(\.ports)
    }

    private func servers(
        _ question: DNSQuestion, where isAsked: (ZoneService.Port) -> Bool, turn: Int
    ) -> ZoneAnswer {
        var answers: [DNSRecord] = []
        var additional: [DNSRecord] = []
        func add(_ port: ZoneService.Port, _ target: DNSName, _ addresses: [IPv4], ttl: UInt32) {
            let data = DNSData.srv(priority: 0, weight: 100, port: port.number, target: target)
            answers.append(DNSRecord(question.name, ttl: ttl, data))
            for address in addresses {
                let record = DNSRecord(target, ttl: ttl, .a(address))
                if !additional.contains(record) { additional.append(record) }
            }
        }
        switch service.form {
        case .clusterIPs(let addresses, let ports):
            for port in ports where isAsked(port) { add(port, name, addresses, ttl: Zone.serviceSeconds) }
        case .headless, .alias:
            for member in Self.turned(service.members, by: turn) {
                guard let target = DNSName(member.label)?.appending(name) else { continue }
                for port in member.ports where isAsked(port) {
                    add(port, target, [member.address], ttl: Zone.memberSeconds)
                }
            }
        }
        return answers.isEmpty ? .noData : .records(answers, additional: additional)
    }

    /// Those of the data that are asked for.
    static func records(_ question: DNSQuestion, _ name: DNSName, _ data: [DNSData], ttl: UInt32) -> ZoneAnswer {
        let asked = data.filter { $0.type == question.type || question.type == .any }
        return asked.isEmpty ? .noData : .records(asked.map { DNSRecord(name, ttl: ttl, $0) }, additional: [])
    }

    private static func turned<Element>(_ elements: [Element], by turn: Int) -> [Element] {
        guard elements.count > 1 else { return elements }
        let first = Int(turn.magnitude % UInt(elements.count))
        return Array(elements[first...] + elements[..<first])
    }
}
