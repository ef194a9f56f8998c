/// A nameserver's address.
public struct Nameserver: Sendable, Hashable, CustomStringConvertible {
    public var address: String
    public var port: Int
    public init(_ address: String, port: Int = 53) {
        self.address = address
        self.port = port
    }
    /// From `10.0.0.10`, `10.0.0.10:5353`, `fd00::10` or `[fd00::10]:53`; nil for other text.
    public init?(parsing text: some StringProtocol) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":"), let port = after.isEmpty ? 53 : Int(after.dropFirst()) else {
                return nil
            }
            self.init(String(text[text.index(after: text.startIndex)..<end]), port: port)
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            guard let port = Int(text[text.index(after: colon)...]) else { return nil }
            self.init(String(text[..<colon]), port: port)
        } else {
            guard !text.isEmpty else { return nil }
            // A zone of an IPv6 address is not for us to resolve.
            self.init(String(text.prefix { $0 != "%" }))
        }
        guard (1...65_535).contains(port) else { return nil }
    }
    public var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// What a resolv.conf says (resolv.conf(5)); nameservers may have a port besides, as `10.0.0.10:5353`.
public struct ResolverConfiguration: Sendable, Equatable {
    public var nameservers: [Nameserver]
    public var search: [String]
    /// Names with at least so many dots are tried as they are before the search domains.
    public var dots: Int
    public var timeoutSeconds: Int64
    public var attempts: Int

    public init(
        nameservers: [Nameserver], search: [String] = [], dots: Int = 1,
        timeoutSeconds: Int64 = 2, attempts: Int = 2
    ) {
        self.nameservers = nameservers
        self.search = search
        self.dots = dots
        self.timeoutSeconds = timeoutSeconds
        self.attempts = attempts
    }

    /// Reads the file's text; lines that it does not know are passed over.
    public init(parsing text: String) {
        self.init(nameservers: [])
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" && $0 != ";" }.split(whereSeparator: \.isWhitespace)
            guard let keyword = words.first else { continue }
            switch keyword {
            case "nameserver":
                if nameservers.count < Limits.nameservers, words.count > 1, let server = Nameserver(parsing: words[1]) {
                    nameservers.append(server)
                }
            case "search", "domain": search = words.dropFirst().prefix(Limits.searchDomains).map(String.init)
            case "options": for option in words.dropFirst() { read(option: option) }
            default: break
            }
        }
    }

    private mutating func read(option: Substring) {
        let parts = option.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return }
        switch parts[0] {
        case "ndots": dots = min(number, Limits.dots)
        case "timeout": timeoutSeconds = Int64(min(max(number, 1), 30))
        case "attempts": attempts = min(max(number, 1), 5)
        default: break
        }
    }

    /// The full names to ask for, in order, for a name as a program gives it.
    public func candidates(for name: String) -> [DNSName] {
        if name.hasSuffix(".") { return [DNSName(name)].compactMap { $0 } }
        let asItIs = DNSName(name)
        let searched = search.compactMap { domain in
            DNSName(name).flatMap { name in DNSName(domain).flatMap { name.appending($0) } }
        }
        let comesFirst = name.count { $0 == "." } >= dots
        return (comesFirst ? [asItIs] + searched : searched + [asItIs]).compactMap { $0 }
    }
}
